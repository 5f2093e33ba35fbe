package utility_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream"
)

func TestAnAnswerToAServiceIsTakenOnlyIfItIsOursAndWhole(t *testing.T) {
	pay, key := sample(t, "resp-pay-account-generic"), sample(t, "resp-update-meter-key-generic")
	withoutTx := regexp.MustCompile(`(?s)<r:tx .*</r:tx>`).ReplaceAllString(pay, "")
	meter := upstream.Meter{Number: "07215001236", SupplyGroup: "100600", KeyRevision: "1", TariffIndex: "07", Algorithm: "07", Technology: "02"}
	payment := upstream.VendOrder{
		Meter: meter, Amount: 120_00, Currency: "ZAR",
		Service: &upstream.Service{Kind: upstream.AccountPayment, Account: &upstream.Account{Kind: upstream.LineCharge}},
	}
	update := upstream.VendOrder{Meter: meter, Currency: "ZAR", Service: &upstream.Service{Kind: upstream.KeyUpdate}}
	free := upstream.VendOrder{Meter: meter, Currency: "ZAR", Service: &upstream.Service{Kind: upstream.FreeBasic}}
	for _, c := range []struct {
		name, answer string
		number       int
		order        upstream.VendOrder
		want         upstream.Verdict
	}{
		{"a payment", pay, 1011, payment, upstream.Accepted},
		{"a payment of another message", pay, 1012, payment, upstream.Unknown},
		{"a payment without a transaction", withoutTx, 1011, payment, upstream.Unknown},
		{"a payment where a free token was asked for", pay, 1011, free, upstream.Unknown},
		{"a key update", key, 1012, update, upstream.Accepted},
		{"a key update for no meter", strings.ReplaceAll(key, ` msno="07215001236"`, ""), 1012, update, upstream.Unknown},
		{"a key update for another meter", strings.ReplaceAll(key, `"07215001236"`, `"07215001244"`), 1012, update, upstream.Unknown},
		{"a key update with the power limit of another meter", replaceLast(key, `msno="07215001236"`, `msno="07215001244"`), 1012, update, upstream.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := upstream.MessageID{DateTime: "20240611101500", Number: c.number}
			r := adapter(t, answering(t, http.StatusOK, c.answer).URL).Vend(t.Context(), id, c.order)
			if r.Verdict != c.want {
				t.Errorf("%v (%s), want %v", r.Verdict, r.Reason, c.want)
			}
		})
	}
}

func replaceLast(s, old, by string) string {
	at := strings.LastIndex(s, old)
	return s[:at] + by + s[at+len(old):]
}

// A key change repeats for as long as the keys are the same; credit and the other
// tokens for one meter never do.
func TestOnlyTokensWithAnIdentifierMayComeOnce(t *testing.T) {
	token := func(kind upstream.ServiceKind) *upstream.Vend {
		return &upstream.Vend{Served: &upstream.Served{Kind: kind, Management: &upstream.Management{Token: saleToken}}}
	}
	if got := token(upstream.MeterToken).OnceTokens(); !slices.Equal(got, []string{saleToken}) {
		t.Errorf("of an engineering token %q", got)
	}
	change := &upstream.Vend{Served: &upstream.Served{Kind: upstream.KeyUpdate, KeyChange: &upstream.KeyChange{First: saleToken, Second: saleToken}}}
	for _, v := range []*upstream.Vend{token(upstream.TypeToken), change} {
		if got := v.OnceTokens(); len(got) != 0 {
			t.Errorf("of a %s %q", v.Served.Kind, got)
		}
	}
}
