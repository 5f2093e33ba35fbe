package gateway_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/gateway"
)

func TestNumbersAreBroughtIntoTheInternationalForm(t *testing.T) {
	for _, c := range []struct{ number, country, want string }{
		{"0821234567", "", "27821234567"},
		{"082 123 4567", "27", "27821234567"},
		{"(082) 123-4567", "27", "27821234567"},
		{"+27821234567", "27", "27821234567"},
		{"+27 (0)82 123 4567", "27", "27821234567"},
		{"0027821234567", "27", "27821234567"},
		{"27821234567", "27", "27821234567"},
		{"0811234567", "264", "264811234567"},
		{"+26771234567", "27", "26771234567"},
	} {
		if got, err := gateway.MSISDN(c.number, c.country); err != nil || got != c.want {
			t.Errorf("%s in %s: %q, %v, want %s", c.number, c.country, got, err, c.want)
		}
	}
}

func TestWhatIsNoNumberIsNotGuessedAt(t *testing.T) {
	for _, number := range []string{
		"", "0", "821234567", "082123456", "08212345678", "2782123456", "278212345678", "+", "++27821234567", "082l234567",
		"26771234567", "FNB", "+1234567890123456", "٠٨٢١٢٣٤٥٦٧", "0821234567;0831234567",
	} {
		if got, err := gateway.MSISDN(number, "27"); !errors.Is(err, gateway.ErrNumber) {
			t.Errorf("%q: %q, %v", number, got, err)
		}
	}
}

func FuzzMSISDN(f *testing.F) {
	for _, seed := range []string{"0821234567", "+27 (0)82", "0027", "FNB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, number string) {
		got, err := gateway.MSISDN(number, gateway.DefaultCountry)
		if err != nil {
			return
		}
		if strings.Trim(got, "0123456789") != "" || len(got) < 8 || len(got) > 15 {
			t.Errorf("%q: %q", number, got)
		}
		if again, err := gateway.MSISDN("+"+got, gateway.DefaultCountry); err != nil || again != got {
			t.Errorf("%q, then %q, %v", got, again, err)
		}
	})
}
