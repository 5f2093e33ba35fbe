package stockmail_test

import (
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

func TestAnOrderIsWrittenInTheSuppliersTerms(t *testing.T) {
	for name, tc := range map[string]struct {
		lines []stockmail.OrderLine
		want  string
	}{
		"kestrel": {[]stockmail.OrderLine{{"CELLX10", 1500}, {"CELLXDATA1G", 50}}, "H|VS-0017|2026-11-25\nD|101|10.00|1500\nD|171|85.00|50\nT|2|1550\n"},
		"baobab":  {[]stockmail.OrderLine{{"RIVER30", 2000}, {"SAVANNA15", 1}}, "order,date,product,face,quantity\nVS-0017,2026-11-25,RIVER,30.00,2000\nVS-0017,2026-11-25,SAVANNA,15.00,1\n"},
	} {
		got, err := stockmail.WriteOrder(parse(t, supplier(t, name)), "VS-0017", today, tc.lines)
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

func TestAnOrderAgainstTheAgreementIsNotWritten(t *testing.T) {
	lines := func(lines ...stockmail.OrderLine) []stockmail.OrderLine { return lines }
	for _, tc := range []struct {
		supplier, order string
		lines           []stockmail.OrderLine
		says            string
	}{
		{"protea", "1", lines(stockmail.OrderLine{"EASY5", 1}), "order 1: the agreement with PROTEA has no [order]"},
		{"kestrel", "", lines(stockmail.OrderLine{"CELLX10", 500}), `order number "" is not 1 to 64 letters`},
		{"kestrel", "1|2", lines(stockmail.OrderLine{"CELLX10", 500}), `order number "1|2" is not`},
		{"kestrel", "1\n2", lines(stockmail.OrderLine{"CELLX10", 500}), `order number "1\n2" is not`},
		{"kestrel", "1", nil, "order 1: nothing is asked for"},
		{"kestrel", "1", lines(stockmail.OrderLine{"NONE", 500}), "order 1: product NONE: is not in the agreement"},
		{"kestrel", "1", lines(stockmail.OrderLine{"CELLX10", 0}), "order 1: product CELLX10: 0 is not a quantity"},
		{"kestrel", "1", lines(stockmail.OrderLine{"CELLX10", -500}), "order 1: product CELLX10: -500 is not a quantity"},
		{"kestrel", "1", lines(stockmail.OrderLine{"CELLX10", 550}), "order 1: product CELLX10: 550 is not a multiple of 100"},
		{"kestrel", "1", lines(stockmail.OrderLine{"CELLX10", 400}), "order 1: product CELLX10: 400 is less than the agreed 500"},
		{"kestrel", "1", lines(stockmail.OrderLine{"CELLX10", 500}, stockmail.OrderLine{"CELLX10", 600}), "order 1: product CELLX10: is asked for twice"},
	} {
		got, err := stockmail.WriteOrder(parse(t, supplier(t, tc.supplier)), tc.order, today, tc.lines)
		if err == nil || !strings.HasPrefix(err.Error(), tc.says) || got != nil {
			t.Errorf("%v is not %s", err, tc.says)
		}
	}
}
