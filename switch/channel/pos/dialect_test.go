package pos_test

import (
	"strings"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// written is a request as a client of the dialect writes it.
var written = map[string]func(doc string) string{
	"strict": func(doc string) string { return doc },
	"hexing": strings.NewReplacer(`<b:resource xsi:type="b:Electricity"/>`, "", "</b:password>", "</b:password><b:newPassword/>",
		`dateTime="20260611101500"`, `dateTime="20260611101500123"`, `id="7"/>`, `id="7"> </b:terminalID>`).Replace,
	"conlog-2016": conlogWrites,
	"conlog-2021": conlogWrites,
	"itron":       strings.NewReplacer(`dateTime="20260611101500"`, `dateTime="20260611101500123"`, `uniqueNumber="`, `uniqueNumber="100000`).Replace,
}

var conlogWrites = strings.NewReplacer(`<b:resource xsi:type="b:Electricity"/>`, "", `<b:terminalID xsi:type="b:GenericDeviceID" id="7"/>`,
	`<b:terminalID xsi:type="EANDeviceID" xmlns="urn:other" ean="7"/>`, "<b:clientID", "<b:vendingServerID>1</b:vendingServerID><b:clientID").Replace

func TestClientsAndSuppliersOfEveryDialectDoBusiness(t *testing.T) {
	for _, dialect := range xmlvend.DialectNames() {
		d, _ := xmlvend.DialectByName(dialect)
		t.Run(dialect, func(t *testing.T) {
			w := newWorld(t, plan{
				client: func(c *ledger.Client) {
					if c.Dialect = dialect; d.RefusesRepeats() {
						c.OnDuplicate = ledger.DuplicateRefuse
					}
				},
				town: func(s *ledger.Supplier) { s.Dialect = dialect }, manner: dialect,
			})
			ask := func(m xmlvend.Request) *xmlvend.Answer {
				t.Helper()
				doc := written[dialect](string(xmlvend.Encode(xmlvend.Envelope{Payload: m})))
				_, body := w.post([]byte(doc), nil)
				answer, err := xmlvend.DecodeResponse(body, d)
				if err != nil || answer.Response == nil || len(answer.Deviations) > 0 {
					t.Fatalf("%v, %+v: %s", err, answer, body)
				}
				return answer
			}
			confirm := &xmlvend.ConfirmCustomerReq{RequestHeader: w.header(), ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[sim.Good]}}}
			if _, ok := ask(confirm).Response.(*xmlvend.ConfirmCustomerResp); !ok {
				t.Error("the customer was not confirmed")
			}
			vend := w.creditVend(sim.Good, "100.00")
			sold, ok := ask(vend).Response.(*xmlvend.CreditVendResp)
			if !ok {
				t.Fatal("nothing was sold")
			}
			float := w.float()
			again := ask(vend)
			if repeated, ok := again.Response.(*xmlvend.CreditVendResp); ok != !d.RefusesRepeats() || ok && repeated.Receipt.ReceiptNo != sold.Receipt.ReceiptNo {
				t.Errorf("the repeat was answered with %+v", again.Fault)
			} else if !ok && again.Fault.Class != xmlvend.DuplicateMsgIDEx {
				t.Errorf("the repeat was refused as %+v", again.Fault)
			}
			advice, ok := ask(w.lastResponse(vend.MsgID)).Response.(*xmlvend.LastRespAdviceResp)
			if !ok || encoded(advice.LastResponse) != encoded(sold) {
				t.Errorf("the last response is %+v, want %+v", advice, sold)
			}
			if got := ask(w.creditVend(sim.Unknown, "100.00")).Fault; got == nil || got.Class != xmlvend.UnknownMeterEx {
				t.Errorf("an unknown meter: %+v", got)
			}
			if w.float() != float || len(w.town.Issued("")) != 1 {
				t.Errorf("the float was %+v and is %+v, %d tokens were issued", float, w.float(), len(w.town.Issued("")))
			}
			w.inject(sim.DropAfter, sim.Vend)
			lost := w.creditVend(sim.Good, "50.00")
			ask(lost) // found by an advice at once, or unknown
			if _, ok := ask(w.lastResponse(lost.MsgID)).Response.(*xmlvend.LastRespAdviceResp); !ok {
				t.Error("the lost answer was not recovered")
			}
			if n := len(w.town.Issued("")); n != 2 {
				t.Errorf("%d tokens were issued, want 2", n)
			}
		})
	}
}
