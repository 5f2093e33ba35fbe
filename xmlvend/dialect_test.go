package xmlvend_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/mutanttest"
)

func dialectOf(t testing.TB, name string) *xmlvend.Dialect {
	t.Helper()
	d, ok := xmlvend.DialectByName(name)
	if !ok {
		t.Fatalf("there is no dialect %s", name)
	}
	return d
}

func hexing(t testing.TB) *xmlvend.Dialect { return dialectOf(t, "hexing") }

// speaking makes all clients of a handler those of a dialect.
func speaking(t testing.TB, dialect string) func(*xmlvend.HandlerConfig) {
	d := dialectOf(t, dialect)
	return func(c *xmlvend.HandlerConfig) {
		c.DialectFor = func(*xmlvend.RequestHeader, *http.Request) (*xmlvend.Dialect, any) { return d, nil }
	}
}

func TestADialectIsFoundByItsName(t *testing.T) {
	names := xmlvend.DialectNames()
	if want := []string{"conlog-2016", "conlog-2021", "hexing", "itron", "strict"}; !slices.Equal(names, want) {
		t.Errorf("there are %v, want %v", names, want)
	}
	for _, name := range names {
		if d, ok := xmlvend.DialectByName(name); !ok || d.Name() != name || xmlvend.CheckDialect(name) != nil {
			t.Errorf("%s: %v, %v", name, d, ok)
		}
	}
	if _, ok := xmlvend.DialectByName("martian"); ok {
		t.Error("there is a dialect martian")
	}
	err := xmlvend.CheckDialect("martian")
	for _, name := range names {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

func TestWhereNoRuleAppliesTheBytesAreUntouched(t *testing.T) {
	for _, name := range xmlvend.DialectNames() {
		d := dialectOf(t, name)
		for _, name := range strictSamples(t) {
			doc := sample(t, name)
			got, rules, err := d.Repair(doc)
			if err != nil || len(rules) > 0 || !bytes.Equal(got, doc) || &got[0] != &doc[0] {
				t.Errorf("%s, %s: %v %v", d.Name(), name, rules, err)
			}
		}
	}
}

// TestNoRuleIsForAValidRequest is why the handler asks no dialect about one: the rules
// for requests mend what the schema refuses. What an answer means they change even where
// the schema has nothing against it.
func TestNoRuleIsForAValidRequest(t *testing.T) {
	v, valid := validator(t), 0
	for _, name := range sampleNames(t, "*.xml") {
		for seed := range uint64(1 + mutanttest.Each) {
			doc := mutanttest.Of(sample(t, name), seed)
			if v.Validate(doc) != nil {
				continue
			}
			if _, is := mustDecode(t, doc).Payload.(xmlvend.Request); !is {
				continue
			}
			valid++
			for _, d := range everyDialect(t) {
				if _, rules, err := d.Repair(doc); err != nil || rules != nil {
					t.Errorf("%s, mutant %d: %s applied %v, %v", name, seed, d.Name(), rules, err)
				}
			}
		}
	}
	if valid < 25 {
		t.Errorf("only %d requests were valid", valid)
	}
}

// TestAValidRequestIsTakenAsItIs has a SOAP header hold, for another node, what a rule
// would change, so that the rules are seen not to be asked.
func TestAValidRequestIsTakenAsItIs(t *testing.T) {
	doc := request(t, "<soap:Body>", `<soap:Header><b:dispHeader>a|b</b:dispHeader></soap:Header><soap:Body>`)
	mustBeValid(t, doc)
	if _, rules, _ := hexing(t).Repair(doc); !slices.Equal(rules, []string{"heading-with-pipes"}) {
		t.Fatalf("no rule would change it: %v", rules)
	}
	var repairs []string
	sell := sells(t)
	s := openShop(t, func(ctx context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
		repairs = call.Repairs
		return sell(ctx, call)
	}, speaking(t, "hexing"))
	if status, _, body := s.post(t, doc); status != http.StatusOK || repairs != nil {
		t.Errorf("status %d, repaired by %v: %s", status, repairs, body)
	}
}

// deviating lists the samples that are not valid, with the rules of the dialects that
// bring them back.
var deviating = map[string]map[string][]string{
	"req-fbe-hexing.xml": {"hexing": {"resource-missing"}},
	"req-trial-credit-vend-ende.xml": {
		"hexing": {"resource-missing"}, "conlog-2016": {"resource-missing"}, "conlog-2021": {"resource-missing"},
	},
	"req-credit-vend-conlog.xml": {
		"conlog-2016": {"resource-missing", "ean-of-other-length"}, "conlog-2021": {"resource-missing", "ean-of-other-length"},
	},
	"req-confirm-customer-ende-vendingserver.xml": {"conlog-2016": {"vending-server-named"}, "conlog-2021": {"vending-server-named"}},
	"req-pay-account-ende.xml":                    {"conlog-2016": {"vending-server-named"}, "conlog-2021": {"vending-server-named"}},
	"resp-credit-vend-conlog-2016.xml":            {"conlog-2016": conlogReceipt, "conlog-2021": conlogReceipt},
	"fault-conlog-systemex.xml":                   {"conlog-2016": conlogFault, "conlog-2021": conlogFault},
	"resp-credit-vend-hexing.xml":                 {"hexing": hexingReceipt},
	"resp-trial-credit-vend-hexing.xml":           {"hexing": hexingReceipt},
	"resp-credit-vend-hexing-fbe-keychange.xml":   {"hexing": hexingReceipt},
	"resp-advice-lastresp-hexing.xml":             {"hexing": hexingReceipt[1:]},
	"resp-confirm-customer-hexing.xml":            {"hexing": {"meter-detail-extras"}},
	"fault-hexing-systemex.xml":                   {"hexing": {"fault-without-header"}},

	// Of operations that are not part of XMLVend 2.1: no dialect has them.
	"req-login-hexing.xml":  nil,
	"resp-login-hexing.xml": nil,
}

var (
	hexingReceipt = []string{"meter-detail-extras", "tax-reference-missing", "vat-as-fraction", "rounding-of-all",
		"heading-with-pipes", "unit-in-capitals"}
	conlogReceipt = []string{"ean-of-other-length", "tariff-breakdown", "currency-missing", "algorithm-missing",
		"tariff-index-of-one-digit", "tax-reference-missing", "unit-in-capitals"}
	conlogFault = []string{"ean-of-other-length", "fault-in-no-namespace", "fault-without-server"}
)

func TestEachSampleThatStraysIsValidOnceItsDialectIsApplied(t *testing.T) {
	for _, name := range sampleNames(t, "*.xml") {
		want, strays := deviating[name]
		if strict := validator(t).Validate(sample(t, name)) == nil; strict == strays {
			t.Errorf("%s: strict %v, and listed %v", name, strict, strays)
		}
		for dialect, want := range want {
			t.Run(name+" "+dialect, func(t *testing.T) {
				d := dialectOf(t, dialect)
				doc, rules, err := d.Repair(sample(t, name))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, rules); diff != "" {
					t.Errorf("rules applied (-want +got):\n%s", diff)
				}
				mustBeValid(t, doc)
				mustDecode(t, doc)
			})
		}
	}
}

func TestADialectIsAppliedOnceHoweverOften(t *testing.T) {
	for _, pattern := range []string{"*.xml", "invalid/*.xml"} {
		for _, name := range sampleNames(t, pattern) {
			for _, dialect := range xmlvend.DialectNames() {
				d := dialectOf(t, dialect)
				once, _, err := d.Repair(sample(t, strings.Replace(pattern, "*.xml", name, 1)))
				if err != nil {
					continue // it cannot be read, as FuzzDecode has it
				}
				if twice, rules, err := d.Repair(once); err != nil || rules != nil || !bytes.Equal(once, twice) {
					t.Errorf("%s, %s: applied a second time: %v, %v", dialect, name, rules, err)
				}
			}
		}
	}
}

func TestAnOperationThatOnlyAVendorHasIsRefusedAsNotSupported(t *testing.T) {
	for _, dialect := range []string{"strict", "hexing"} {
		s := openShop(t, sells(t), speaking(t, dialect))
		status, _, body := s.post(t, sample(t, "req-login-hexing.xml"))
		answer, err := xmlvend.DecodeResponse(body, dialectOf(t, dialect))
		if err != nil || status != 500 || answer.Fault == nil || answer.Fault.Class != xmlvend.UseCaseSupportEx {
			t.Errorf("%s: status %d, %v: %s", dialect, status, err, body)
		}
		if _, err := xmlvend.DecodeResponse(sample(t, "resp-login-hexing.xml"), dialectOf(t, dialect)); !errors.Is(err, xmlvend.ErrNotAnswer) {
			t.Errorf("%s: the answer to a login was read: %v", dialect, err)
		}
	}
}

func TestADocumentThatCannotBeReadIsNotRepaired(t *testing.T) {
	if _, _, err := hexing(t).Repair([]byte("<!DOCTYPE a><a/>")); err == nil {
		t.Error("repaired a document with a DTD")
	}
}

func TestADialectHasTheClassesOfTheStandardAndSomeHaveEskoms(t *testing.T) {
	eskom := map[string]bool{"conlog-2016": true, "conlog-2021": true, "itron": true}
	for _, name := range xmlvend.DialectNames() {
		d := dialectOf(t, name)
		if !d.Has(xmlvend.LastResponseEx) || d.Has(xmlvend.IndeterminantLastResponseEx) != eskom[name] || d.Has(xmlvend.XMLVendFaultEx) || d.Has("MadeUpEx") {
			t.Errorf("%s: Has is wrong", name)
		}
	}
}
