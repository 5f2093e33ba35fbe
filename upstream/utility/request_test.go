package utility_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// received is the request that a call sends, which must be valid to the schema.
func received(t *testing.T, call func(*utility.Adapter), change ...func(*utility.Config)) xmlvend.Message {
	t.Helper()
	docs := make(chan []byte, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc, _ := io.ReadAll(r.Body)
		docs <- doc
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer s.Close()
	call(adapter(t, s.URL, change...))
	doc := <-docs
	validator, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	if err := validator.Validate(doc); err != nil {
		t.Errorf("the request is not valid: %v\n%s", err, doc)
	}
	env, err := xmlvend.Decode(doc)
	if err != nil {
		t.Fatal(err)
	}
	return env.Payload
}

func vends(order upstream.VendOrder) func(*utility.Adapter) {
	id := upstream.MessageID{DateTime: "20240611101500", Number: 1002}
	return func(a *utility.Adapter) { a.Vend(context.Background(), id, order) }
}

func TestAVendIsAskedForInTheWordsOfTheStandard(t *testing.T) {
	order := bought().order
	header := xmlvend.VendRequestHeader{
		RequestHeader: xmlvend.RequestHeader{
			Client:   xmlvend.EAN(clientEAN),
			Terminal: xmlvend.Generic("1"),
			MsgID:    xmlvend.MsgID{DateTime: "20240611101500", UniqueNumber: "1002"},
			AuthCred: &xmlvend.AuthCred{OpName: "clerk01", Password: password},
		},
		Resource: xmlvend.Electricity,
		Meter:    xmlvend.MeterNumber{MSNO: "07215001236"},
	}
	amount := xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "200.00", Symbol: "ZAR"}}

	want := &xmlvend.CreditVendReq{VendRequestHeader: header, PurchaseValue: amount}
	if diff := cmp.Diff(xmlvend.Message(want), received(t, vends(order))); diff != "" {
		t.Errorf("vend (-want +got)\n%s", diff)
	}

	trial := received(t, func(a *utility.Adapter) {
		a.Trial(context.Background(), upstream.MessageID{DateTime: "20240611101500", Number: 1002}, order)
	})
	if diff := cmp.Diff(xmlvend.Message(&xmlvend.TrialCreditVendReq{VendRequestHeader: header, PurchaseValue: amount}), trial); diff != "" {
		t.Errorf("trial (-want +got)\n%s", diff)
	}

	advice := received(t, func(a *utility.Adapter) {
		a.LastResponse(context.Background(), upstream.MessageID{DateTime: "20240611101500", Number: 1002},
			upstream.MessageID{DateTime: "20240611101455", Number: 999999}, order)
	})
	if diff := cmp.Diff(xmlvend.Message(&xmlvend.LastRespAdviceReq{AdviceHeader: xmlvend.AdviceHeader{
		RequestHeader:  header.RequestHeader,
		AdviceReqMsgID: xmlvend.MsgID{DateTime: "20240611101455", UniqueNumber: "999999"},
	}}), advice); diff != "" {
		t.Errorf("advice (-want +got)\n%s", diff)
	}

	lookup := received(t, func(a *utility.Adapter) {
		a.ConfirmCustomer(context.Background(), upstream.MessageID{DateTime: "20240611101500", Number: 1002}, order.Meter)
	})
	if diff := cmp.Diff(xmlvend.Message(&xmlvend.ConfirmCustomerReq{
		RequestHeader: header.RequestHeader, ID: xmlvend.VendIDMethod{Meter: header.Meter},
	}), lookup); diff != "" {
		t.Errorf("lookup (-want +got)\n%s", diff)
	}
}

func TestDevicesAreEANsOnlyWithARightCheckDigit(t *testing.T) {
	tests := []struct {
		id   string
		want xmlvend.DeviceID
	}{
		{"6009990000018", xmlvend.EAN("6009990000018")},
		{"6009990000019", xmlvend.Generic("6009990000019")},
		{"600999000001", xmlvend.Generic("600999000001")},
		{"600999000001x", xmlvend.Generic("600999000001x")},
		{"VEND1", xmlvend.Generic("VEND1")},
	}
	for _, tt := range tests {
		m := received(t, vends(bought().order), func(c *utility.Config) { c.ClientID, c.TerminalID = tt.id, tt.id })
		h := m.(xmlvend.Request).Head()
		if h.Client != tt.want || h.Terminal != tt.want {
			t.Errorf("%s: client %+v and terminal %+v, want %+v", tt.id, h.Client, h.Terminal, tt.want)
		}
	}
}

func TestAMeterIsNamedAsPreciselyAsItIsKnown(t *testing.T) {
	const track2 = "600727072150012344===0207100600071"
	whole := upstream.Meter{
		Number: "07215001236", SupplyGroup: "100600", KeyRevision: "1", TariffIndex: "07", Algorithm: "07", Technology: "02",
	}
	detail := xmlvend.MeterDetail{MSNO: "07215001236", SGC: "100600", KRN: "1", TI: "07", Type: xmlvend.MeterType{AT: "07", TT: "02"}}
	partly, carded, swiped := whole, whole, upstream.Meter{Number: "07215001236", Track2: track2}
	partly.TariffIndex = ""
	carded.Track2 = track2
	extended := detail
	extended.Ext = &xmlvend.MeterDetailExt{Track2: track2}
	tests := []struct {
		name  string
		meter upstream.Meter
		want  xmlvend.MeterIdentifier
	}{
		{"by its number", upstream.Meter{Number: "07215001236"}, xmlvend.MeterNumber{MSNO: "07215001236"}},
		{"by its whole configuration", whole, detail},
		{"by its number if the configuration has a gap", partly, xmlvend.MeterNumber{MSNO: "07215001236"}},
		{"by its card", swiped, xmlvend.MeterCard{Track2: track2}},
		{"by configuration and card", carded, extended},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			order := bought().order
			order.Meter = tt.meter
			m := received(t, vends(order)).(*xmlvend.CreditVendReq)
			if diff := cmp.Diff(tt.want, m.Meter); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAVendByCardIsSoldToTheMeterOfTheAnswer(t *testing.T) {
	q := bought()
	q.order.Meter = upstream.Meter{Track2: "600727072150012344===0207100600071"}
	if r := buys(t, q, sample(t, debtReceipt)); r.Vend.Lines[0].Meter.Number != "07215001236" {
		t.Errorf("meter %v", r.Vend.Lines[0].Meter)
	}
	unnamed := sample(t, debtReceipt, ` msno="07215001236"`, ``)
	if r := adapter(t, answering(t, 200, unnamed).URL).Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Unknown {
		t.Errorf("an answer for no meter: %v (%s)", r.Verdict, r.Reason)
	}
}

func TestUnitsAreBoughtAsTheyWereWritten(t *testing.T) {
	order := bought().order
	order.Amount, order.Units, order.SIUnit = 0, "48.50", "kWh"
	m := received(t, vends(order)).(*xmlvend.CreditVendReq)
	want := xmlvend.PurchaseValueUnits{Units: xmlvend.Units{Value: "48.50", SIUnit: "kWh"}}
	if m.PurchaseValue != xmlvend.PurchaseValue(want) {
		t.Errorf("purchase value %v", m.PurchaseValue)
	}
}

func TestWhatAnOrderLeavesOutIsFilledIn(t *testing.T) {
	order := upstream.VendOrder{Meter: upstream.Meter{Number: "07215001236"}, Amount: 1500}
	m := received(t, vends(order), func(c *utility.Config) { c.Currency, c.OpName, c.Password = "XOF", "", "" }).(*xmlvend.CreditVendReq)
	if m.Resource != xmlvend.Electricity || m.AuthCred != nil {
		t.Errorf("resource %s, credentials %v", m.Resource, m.AuthCred)
	}
	if want := (xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "1500", Symbol: "XOF"}}); m.PurchaseValue != xmlvend.PurchaseValue(want) {
		t.Errorf("purchase value %v", m.PurchaseValue)
	}
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	tests := []struct {
		name string
		set  func(*utility.Config)
		says string
	}{
		{"no URL", func(c *utility.Config) { c.URL = "" }, "URL"},
		{"a URL that is no web address", func(c *utility.Config) { c.URL = "ftp://127.0.0.1/" }, "URL"},
		{"a password in the URL", func(c *utility.Config) { c.URL = "http://clerk01:Sample123@127.0.0.1/" }, "password"},
		{"no client id", func(c *utility.Config) { c.ClientID = "" }, "client id"},
		{"a dialect that is not known", func(c *utility.Config) { c.Dialect = "klingon" }, "klingon"},
		{"SystemEx on the closed list", closedList("UnknownMeterEx", "SystemEx"), "too wide"},
		{"every fault on the closed list", closedList("Fault"), "too wide"},
		{"every protocol fault on the closed list", closedList("XMLVendFaultEx"), "too wide"},
		{"duplicates on the closed list", closedList("DuplicateMsgIDEx"), "DuplicateMsgIDEx"},
		{"open outcomes on the closed list", closedList("IndeterminantLastResponseEx"), "IndeterminantLastResponseEx"},
		{"missing last responses on the closed list", closedList("LastResponseEx"), "LastResponseEx"},
		{"orders being processed on the closed list", closedList("VD.17020008"), "VD.17020008"},
		{"an empty entry on the closed list", closedList(""), "empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := utility.Config{Supplier: "city", URL: "http://127.0.0.1/", ClientID: clientEAN, OpName: "clerk01", Password: password}
			tt.set(&c)
			_, err := utility.New(c, utility.HTTP{})
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "city") {
				t.Errorf("New() = %v, want an error about %s and the supplier", err, tt.says)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}
