package xmlvend_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// remembering sells, and lists the ids of the requests that it was asked with.
func remembering(t testing.TB) (xmlvend.ServiceFunc, func() []xmlvend.RequestHeader) {
	var mu sync.Mutex
	var heads []xmlvend.RequestHeader
	sell := sells(t)
	return func(ctx context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
			mu.Lock()
			heads = append(heads, *call.Request.Head())
			mu.Unlock()
			return sell(ctx, call)
		}, func() []xmlvend.RequestHeader {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(heads)
		}
}

func TestIdsThatTheSchemaHasNoRoomForStayTheIdsTheyAre(t *testing.T) {
	for _, c := range []struct {
		dialect, name string
		ids           [][2]string // two that may look alike when repaired
	}{
		{"hexing", "thousandths", [][2]string{{"20240611101500123", "1"}, {"20240611101500456", "1"}, {"20240611101500", "1"}}},
		{"itron", "thousandths", [][2]string{{"20240611101500000", "1"}, {"20240611101500", "1"}, {"202406111015000", "1"}}},
		{"hexing", "minutes", [][2]string{{"202406111015", "1"}, {"20240611101500", "1"}}},
		{"hexing", "no century", [][2]string{{"240611101559", "1"}, {"20240611101559", "1"}}},
		{"itron", "seven digits", [][2]string{{"20240611101500", "1234567"}, {"20240611101500", "2234567"}, {"20240611101500", "999999"}, {"20240611101500", "234567"}}},
		{"conlog-2016", "seven digits", [][2]string{{"20240611101500", "1000001"}, {"20240611101500", "1"}}},
	} {
		t.Run(c.dialect+"/"+c.name, func(t *testing.T) {
			serve, heads := remembering(t)
			s := openShop(t, serve, speaking(t, c.dialect))
			for _, id := range c.ids {
				doc := request(t, `dateTime="20240611101500" uniqueNumber="1001"`, `dateTime="`+id[0]+`" uniqueNumber="`+id[1]+`"`)
				status, _, body := s.post(t, doc)
				if echo := `<b:reqMsgID dateTime="` + id[0] + `" uniqueNumber="` + id[1] + `"/>`; status != 200 || !strings.Contains(string(body), echo) {
					t.Errorf("%v: status %d, the answer does not hold %s: %s", id, status, echo, body)
				}
			}
			seen := heads()
			if len(seen) != len(c.ids) {
				t.Fatalf("%d of %d requests were served", len(seen), len(c.ids))
			}
			for i, a := range seen {
				if a.MsgID.DateTime != c.ids[i][0] || a.MsgID.UniqueNumber != c.ids[i][1] || a.MsgID.Number() == 0 {
					t.Errorf("%v was read as %v", c.ids[i], a.MsgID)
				}
				for _, b := range seen[:i] {
					if a.MsgID.Same(b.MsgID) {
						t.Errorf("%v was taken for %v", a.MsgID, b.MsgID)
					}
				}
			}
		})
	}
}

func TestARequestWithAnIdThatIsNoDateInAnyDialectIsRefused(t *testing.T) {
	serve, heads := remembering(t)
	for _, dialect := range []string{"hexing", "itron"} {
		s := openShop(t, serve, speaking(t, dialect))
		for _, date := range []string{"20241311101500", "20241311101500123", "241311101500", "209913999999", "20240611101", "2024061110150"} {
			if got := s.fault(t, request(t, `"20240611101500"`, `"`+date+`"`)).Payload.(*xmlvend.FaultResp); got.Fault.Class != xmlvend.XMLVendSchemaEx {
				t.Errorf("%s, %s: %v", dialect, date, got.Fault)
			}
		}
	}
	if len(heads()) != 0 {
		t.Errorf("served %v", heads())
	}
}

func TestADeviceIsNamedInTheAnswerAsItWasInTheRequest(t *testing.T) {
	serve, heads := remembering(t)
	s := openShop(t, serve, speaking(t, "conlog-2016"))
	status, _, body := s.post(t, sample(t, "req-credit-vend-conlog.xml"))
	client, terminal := xmlvend.EAN("VEND1"), xmlvend.EAN("0000000000007")
	if seen := heads(); len(seen) != 1 || seen[0].Client != client || seen[0].Terminal != terminal {
		t.Fatalf("status %d, read as %+v", status, seen)
	}
	for _, echo := range []string{
		`<b:clientID xsi:type="b:EANDeviceID" ean="VEND1"/>`, `<b:terminalID xsi:type="b:EANDeviceID" ean="0000000000007"/>`,
	} {
		if !strings.Contains(string(body), echo) {
			t.Errorf("the answer does not hold %s: %s", echo, body)
		}
	}
	repaired, _, err := dialectOf(t, "conlog-2016").Repair(body)
	if err != nil {
		t.Fatal(err)
	}
	mustBeValid(t, repaired)
}

func TestAnAnswerIsReadAsItWasSentWhereTheSchemaHasNoRoom(t *testing.T) {
	a, err := xmlvend.DecodeResponse(sample(t, "resp-credit-vend-conlog-2016.xml"), dialectOf(t, "conlog-2016"))
	if err != nil || len(a.Deviations) > 0 {
		t.Fatalf("%v, %v", err, a)
	}
	resp := a.Response.(*xmlvend.CreditVendResp)
	tx := resp.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx)
	detail := tx.CreditTokenIssue.MeterDetail
	if tx.Amt != (xmlvend.Currency{Value: "22.00"}) || resp.ClientStatus.AvailCredit.Symbol != "XCG" || resp.Client != xmlvend.EAN("VEND1") {
		t.Errorf("%v, %v, %v", tx.Amt, resp.ClientStatus, resp.Client)
	}
	if detail.TI != "01" || detail.Type != (xmlvend.MeterType{TT: "02"}) || tx.CreditTokenIssue.Units.SIUnit != "kWh" {
		t.Errorf("%+v, %+v", detail, tx.CreditTokenIssue.Units)
	}

	long := "CUSTOMER 25, OF " + strings.Repeat("A", 40)
	a, err = xmlvend.DecodeResponse(changed(t, sold, "A CUSTOMER", long, "ACC1002003", "ACC10020030040050060071"), dialectOf(t, "conlog-2021"))
	if err != nil || len(a.Deviations) > 0 {
		t.Fatalf("%v, %v", err, a)
	}
	if c := a.Response.(*xmlvend.CreditVendResp).CustVendDetail; c.Name != long || c.AccNo != "ACC10020030040050060071" {
		t.Errorf("%+v", c)
	}
}

func TestAnAnswerToAnIdWithThousandthsIsNotOneToTheIdWithout(t *testing.T) {
	a, err := xmlvend.DecodeResponse(changed(t, sold, `dateTime="20240611101500"`, `dateTime="20240611101500777"`), hexing(t))
	if err != nil || len(a.Deviations) > 0 {
		t.Fatalf("%v, %v", err, a)
	}
	if got := a.Response.Head().ReqMsgID; got.Same(xmlvend.MsgID{DateTime: "20240611101500", UniqueNumber: "1001"}) {
		t.Errorf("read as an answer to %v", got)
	}
}
