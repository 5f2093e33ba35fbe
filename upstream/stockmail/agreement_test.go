package stockmail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

func TestAnAgreementTellsWhatWasAgreed(t *testing.T) {
	a := parse(t, supplier(t, "kestrel"))
	if !strings.HasPrefix(a.PGPKey, "-----BEGIN PGP PUBLIC KEY BLOCK-----") {
		t.Error(a.PGPKey)
	}
	want := stockmail.Agreement{
		Code: "KESTREL", Name: "Kestrel Wholesale (Pty) Ltd", Address: "12 Falcon Street, Polokwane, 0700", TaxRef: "4990000017", VATBP: 1500,
		Mail: "stock@kestrel.example", PGPKey: a.PGPKey, Order: &stockmail.Ordering{Mail: "orders@kestrel.example", Format: "pipe"},
		Products: []stockmail.Product{
			{Ours: "CELLX10", Theirs: "101", Face: 1000, Cost: 920, Currency: "ZAR", CommissionBP: 500, LeadDays: 1, SafetyDays: 3, OrderMultiple: 100, OrderMinimum: 500},
			{Ours: "CELLX50", Theirs: "105", Face: 5000, Cost: 4600, Currency: "ZAR", CommissionBP: 500, LeadDays: 1, SafetyDays: 3, OrderMultiple: 100, OrderMinimum: 500},
			{Ours: "CELLXDATA1G", Theirs: "171", Face: 8500, Cost: 7820, Currency: "ZAR", CommissionBP: 450, LeadDays: 1, SafetyDays: 3, OrderMultiple: 50},
			{Ours: "PLAYPIN100", Theirs: "301", Face: 10000, Cost: 9450, Currency: "ZAR", CommissionBP: 300, LeadDays: 2, SafetyDays: 5, OrderMultiple: 10},
		},
	}
	if diff := cmp.Diff(want, a, cmpopts.IgnoreUnexported(stockmail.Agreement{}, stockmail.Product{})); diff != "" {
		t.Error(diff)
	}
	if p, ok := a.Product("CELLX50"); !ok || p.Theirs != "105" {
		t.Errorf("%+v", p)
	}
	if p, ok := a.Product("105"); ok {
		t.Errorf("%+v", p)
	}
}

func TestAWrongAgreementIsRefusedByKeyAndPlace(t *testing.T) {
	for _, tc := range []struct {
		supplier string
		change   change
		says     string
	}{
		{"umtata", change{`code     =`, `kode =`}, `unknown key kode`},
		{"protea", change{`face       = "20"`, "face = \"20\"\nfaces = 3"}, `unknown key product.faces`},
		{"protea", change{`face       = "20"`, "face = 20.0"}, `a number with decimals is written in quotes, as in "9.50"`},
		{"protea", change{`face       = "20"`, "face = \"20,00\""}, `product 2 (EASY20): face: "20,00" is not an amount above zero`},
		{"protea", change{`face       = "20"`, "face = 0"}, `product 2 (EASY20): face: "0" is not an amount above zero`},
		{"protea", change{`face       = "20"`, ""}, `product 2 (EASY20): face: "" is not an amount above zero`},
		{"protea", change{`face       = "20"`, `face = "5.00"`}, `product 2 (EASY20): theirs: product EASY5 has this code and face value`},
		{"protea", change{`ours       = "EASY20"`, `ours = "EASY5"`}, `product 2 (EASY5): ours: there is such a product already`},
		{"protea", change{`ours       = "EASY20"`, `ours = "EASY 20"`}, `product 2 (EASY 20): ours is not 1 to 32 letters`},
		{"protea", change{"theirs     = \"Easyload\"\nface       = \"20\"", `face = "20"`}, `product 2 (EASY20): theirs is missing`},
		{"protea", change{"theirs     = \"Easyload\"\nface       = \"20\"", "theirs = \"a|b\"\nface = 20"}, `product 2 (EASY20): theirs is not a code`},
		{"umtata", change{"cost       = \"91.00\"\ncurrency   = \"ZAR\"", "cost = 91\ncurrency = \"USD\""}, `product 2 (UMT100): currency USD: an agreement is in one currency, and this one in ZAR`},
		{"umtata", change{"cost       = \"91.00\"\ncurrency   = \"ZAR\"", "cost = 91\ncurrency = \"rand\""}, `product 2 (UMT100): currency "rand" is not three capital letters`},
		{"umtata", change{`"9.10"`, `"8.333%"`}, `product 1 (UMT10): cost: "8.333" is not a percentage`},
		{"umtata", change{`"9.10"`, `"8.33%"`}, `product 1 (UMT10): cost: 8.33% off 10.00 does not come to a whole cent; write the amount`},
		{"umtata", change{`"9.10"`, `"101%"`}, `product 1 (UMT10): cost: "101" is not a percentage`},
		{"umtata", change{`"9.10"`, `"91.00"`}, `product 1 (UMT10): cost: 91.00 is more than the face value`},
		{"umtata", change{`"9.10"`, `"nine"`}, `product 1 (UMT10): cost: "nine" is not an amount such as 10 or 9.50, nor a discount such as 8%`},
		{"baobab", change{`"3.5"`, `"3.555"`}, `product 3 (SAVANNA15): commission: "3.555" is not a percentage`},
		{"baobab", change{`"3.5"`, "\"3.5\"\nlayout = \"none\""}, `product 3 (SAVANNA15): layout: there is no layout "none"`},
		{"baobab", change{`"3.5"`, "\"3.5\"\nlead_days = -1"}, `product 3 (SAVANNA15): lead_days is not from 0`},
		{"baobab", change{`"3.5"`, "\"3.5\"\nsafety_days = 9999"}, `product 3 (SAVANNA15): safety_days is not from 0`},
		{"baobab", change{`"3.5"`, "\"3.5\"\norder_multiple = -1"}, `product 3 (SAVANNA15): order_multiple is not from 1`},
		{"baobab", change{`"3.5"`, "\"3.5\"\norder_minimum = -1"}, `product 3 (SAVANNA15): order_minimum is not from 0`},
		{"kestrel", change{`layout         = "data"`, ``}, `product 3 (CELLXDATA1G): layout: there is no layout ""`},
		{"kestrel", change{`theirs         = "105"`, `theirs = "171"`}, `product 3 (CELLXDATA1G): theirs: another product of this code lies in layout "airtime"`},
		{"heron", change{`theirs     = "50"`, `theirs = "5"`}, `product 2 (HERON50): theirs: there is such a code already, and no column face to tell them apart`},
		{"protea", change{"vat     = 15", ``}, `vat: "" is not a percentage`},
		{"protea", change{"code    = \"PROTEA\"", `code = "PRO TEA"`}, `code "PRO TEA" is not 1 to 64 characters without a space`},
		{"protea", change{`name    = "Protea Vouchers CC"`, ``}, `name is missing`},
		{"protea", change{`mail    = "vouchers@protea.example"`, `mail = "Vouchers <v@protea.example>"`}, `mail "Vouchers <v@protea.example>" is not a mail address`},
		{"protea", change{"-----BEGIN PGP PUBLIC KEY BLOCK-----", `-----BEGIN PGP PRIVATE KEY BLOCK-----`}, `pgp_key is a private key`},
		{"protea", change{"-----BEGIN PGP PUBLIC KEY BLOCK-----", ``}, `pgp_key is no armoured public key`},
		{"baobab", change{`tax_ref = "4990000025"`, `tax_ref = "49"`}, `tax_ref "49" is not ten digits`},
		{"baobab", change{`format = "csv"`, `format = "xml"`}, `order: format "xml" is none of pipe, csv`},
		{"protea", change{"[file]", "[order]\nmail = \"o@protea.example\"\nencrypt = \"yes\"\n[file]"}, `encrypt`},
		{"baobab", change{`mail   = "orders@baobab.example"`, ``}, `order: mail "" is not a mail address`},
		{"baobab", change{`delimiter = "|"`, `delimiter = ":"`}, `file: delimiter is none of`},
		{"baobab", change{`delimiter = "|"`, ``}, `file: delimiter is none of`},
		{"baobab", change{`delimiter = "|"`, "delimiter = \"|\"\nfixed = true"}, `file: delimiter is none of`},
		{"baobab", change{`delimiter = "|"`, "delimiter = \"|\"\namounts = \"rand\""}, `file: amounts: "rand" is neither "decimal" nor "cents"`},
		{"baobab", change{`delimiter = "|"`, "delimiter = \"|\"\nheading = [\"a\"]"}, `layout 1 (order): has 6 columns, and the heading 1`},
		{"baobab", change{`delimiter = "|"`, "delimiter = \"|\"\nmany_batches = true"}, `many_batches: layout "order" has no batch`},
		{"baobab", change{`delimiter = "|"`, "delimiter = \"|\"\nfields = {Batch = \"batch\"}"}, `file: fields are in comments, and comment is missing`},
		{"heron", change{`= "total"`, `= "pin"`}, `file: fields: Total value: "pin" is none of order, batch, count, total, cost, first, last`},
		{"heron", change{`{product}" = "count"`, `{product}" = "batch"`}, `file: fields: Count of type {product}: "batch" is none of count, total, cost`},
		{"heron", change{`comment   = "#"`, `comment = " "`}, `file: comment is not a short mark`},
		{"heron", change{`comment   = "#"`, `comment = "7"`}, `file: comment is not a short mark`},
		{"heron", change{`comment   = "#"`, `comment = "-"`}, `file: comment is not a short mark`},
		{"umtata", change{`fixed   = true`, "fixed = true\nquotes = true"}, `file: lines of fixed width have neither quotes nor a heading`},
		{"baobab", change{`["mark H", "order"]`, `["order"]`}, `file: header 1: such a line is known by its mark`},
		{"baobab", change{`["mark H", "order"]`, `["mark H", "pin"]`}, `file: header 1: column 2: "pin" is none of mark, order,`},
		{"baobab", change{`["mark H", "order"]`, `["mark", "order"]`}, `file: header 1: column 1: a mark is named, as in "mark D"`},
		{"baobab", change{`["mark H", "order"]`, `["mark H", "face"]`}, `file: header 1: a product or face value comes with a count, total or cost`},
		{"baobab", change{`["mark H", "order"]`, `["mark H", "face", "count", "batch"]`}, `file: header 1: what is told for a product or face value is`},
		{"baobab", change{`["mark H", "order"]`, `["mark B", "order"]`}, `file: two kinds of header or trailer have the mark B`},
		{"baobab", change{`["mark H", "order"]`, `["mark D", "order"]`}, `layout 1 (order): a header or trailer has the mark D too`},
		{"baobab", change{`["mark H", "order"]`, `["mark H", "order", "order"]`}, `file: header 1: column 3: order is there already`},
		{"baobab", change{`"serial", "pin", "cost"`, `"serial", "cost"`}, `layout 1 (order): columns: there is no pin`},
		{"baobab", change{`"serial", "pin", "cost"`, `"pin", "cost"`}, `layout 1 (order): columns: there is no serial`},
		{"baobab", change{`"serial", "pin", "cost"`, `"serial", "pin", "pin", "cost"`}, `layout 1 (order): columns: column 6: pin is there already`},
		{"baobab", change{`"serial", "pin", "cost"`, `"serial", "pin of 12", "cost"`}, `layout 1 (order): columns: column 5: "pin of 12" is more than the kind of column`},
		{"baobab", change{`"serial", "pin", "cost"`, `"serial", "pin", "total"`}, `layout 1 (order): columns: column 6: "total" is none of mark, product`},
		{"baobab", change{`"serial", "pin", "cost"`, `"serial", "pin", ""`}, `layout 1 (order): columns: column 6: is empty`},
		{"baobab", change{`pin_length        = "12-16"`, ``}, `layout 1 (order): pin_length is missing`},
		{"baobab", change{`pin_length        = "12-16"`, `pin_length = "16-12"`}, `layout 1 (order): pin_length: "16-12" is not a length`},
		{"baobab", change{`pin_length        = "12-16"`, `pin_length = "12,50"`}, `layout 1 (order): pin_length: "12,50" is not a length`},
		{"baobab", change{`pin_length        = "12-16"`, "pin_length = \"12\"\npin_characters = \"any\""}, `layout 1 (order): pin_characters: there are no characters "any"; there are "digits"`},
		{"baobab", change{`pin_length        = "12-16"`, "pin_length = \"12\"\ndate = \"ddmmyy\""}, `layout 1 (order): there is no column expires, but a rule for it`},
		{"baobab", change{`name              = "order"`, ``}, `layout 1 (): name is missing`},
		{"protea", change{`date            = "yyyymmdd"`, `date = "yyyymmmm"`}, `layout 1 (easyload): date: "yyyymmmm" does not have one year, one month and at most one day`},
		{"protea", change{`date            = "yyyymmdd"`, `date = "d/m/yy"`}, `layout 1 (easyload): date: "d/m/yy" is not a notation such as`},
		{"protea", change{`date            = "yyyymmdd"`, `latest_year = 1999`}, `layout 1 (easyload): latest_year is not from 2000`},
		{"protea", change{`expires_in_days = 30 `, `expires_in_days = -1`}, `layout 1 (easyload): expires_in_days is not from 0`},
		{"kestrel", change{`name          = "data"`, `name = "airtime"`}, `layout 2 (airtime): name: there is such a layout already`},
		{"kestrel", change{`["mark D", "product", "face", "number days", "number value", "expires", "batch", "pin", "serial"]`,
			`["mark D", "face", "product", "number days", "number value", "expires", "batch", "pin", "serial"]`}, `layout 3 (games): the product is not where it is in layout "airtime"`},
		{"kestrel", change{`["mark D", "product", "face", "number days", "number value", "expires", "batch", "pin", "serial"]`,
			`["mark G", "product", "face", "number days", "number value", "expires", "batch", "pin", "serial"]`}, `layout 3 (games): the mark is not the one of layout "airtime"`},
		{"umtata", change{`"product 2-5", "face 6-13"`, `"product 2-5", "face 7-13"`}, `layout 1 (voucher): columns: column 3: begins at 7, not at 6`},
		{"umtata", change{`"product 2-5", "face 6-13"`, `"product 2-5", "face"`}, `layout 1 (voucher): columns: column 3: "face" does not end with its first and last character`},
		{"umtata", change{`"product 2-5", "face 6-13"`, `"product 2-5", "face 6-5"`}, `layout 1 (voucher): columns: column 3: "face 6-5" does not end with`},
		{"umtata", change{`"mark 9 1-1"`, `"mark 99 1-1"`}, `file: trailer 1: column 1: mark 99 is longer than its column`},
	} {
		text := replace(t, supplier(t, tc.supplier), tc.change.old, tc.change.by)
		_, err := stockmail.ParseAgreement([]byte(text))
		if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.HasPrefix(err.Error(), "agreement: ") {
			t.Errorf("%s: %s > %s:\n%v\nis not\n%s", tc.supplier, tc.change.old, tc.change.by, err, tc.says)
		}
	}
}

func TestAnAgreementWithoutWhatItNeedsIsRefused(t *testing.T) {
	const top = "code = \"A\"\nname = \"A\"\nvat = 15\n"
	const file = "[file]\ndelimiter = \"|\"\n"
	const onePiece = "[[product]]\nours = \"P\"\ntheirs = \"1\"\nface = 10\ncost = 9\ncurrency = \"ZAR\"\ncommission = 5\n"
	const layout = "[[layout]]\nname = \"l\"\ncolumns = [\"product\", \"serial\", \"pin\"]\npin_length = \"12\"\n"
	for text, says := range map[string]string{
		"":                               `code "" is not`,
		"code = \"A":                     `expected`,
		top:                              `pgp_key is missing; a supplier who does not sign needs unsigned = true`,
		top + "unsigned = true":          `file: delimiter is none of`,
		top + "unsigned = true\n" + file: `there is no [[layout]]`,
		top + "unsigned = true\n" + file + layout: `there is no [[product]]`,
		top + "unsigned = true\n" + file + layout + onePiece + "[order]\nmail = \"o@a.example\"\nencrypt = true\n": `order: encrypt: there is no pgp_key to encrypt to`,
		strings.Repeat("#", stockmail.MaxAgreement+1):                                                              `longer than`,
	} {
		if _, err := stockmail.ParseAgreement([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.80q: %v is not %s", text, err, says)
		}
	}
	a, err := stockmail.ParseAgreement([]byte(top + "unsigned = true\n" + file + layout + onePiece))
	if err != nil {
		t.Fatal(err)
	}
	if p := a.Products[0]; p.LeadDays != stockmail.DefaultLeadDays || p.SafetyDays != stockmail.DefaultSafetyDays || p.OrderMultiple != 1 || p.OrderMinimum != 0 {
		t.Errorf("where nothing is said of orders: %+v", p)
	}
	if a, err = stockmail.ParseAgreement([]byte(top + "unsigned = true\n" + file + layout + onePiece + "lead_days = 0\nsafety_days = 0\n")); err != nil || a.Products[0].LeadDays != 0 || a.Products[0].SafetyDays != 0 {
		t.Errorf("where none are agreed: %+v, %v", a.Products, err)
	}
}
