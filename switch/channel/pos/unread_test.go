package pos_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// What cannot be read, or is not XMLVend 2.1, is refused before anybody looks at
// who sent it.
func TestRequestThatCannotBeReadIsRefusedAndLeavesNothingBehind(t *testing.T) {
	w := newWorld(t, plan{})
	good := string(xmlvend.Encode(xmlvend.Envelope{Payload: w.creditVend(sim.Good, "100.00")}))
	change := func(pairs ...string) []byte {
		doc := strings.NewReplacer(pairs...).Replace(good)
		if doc == good {
			t.Fatalf("nothing to replace: %q", pairs)
		}
		return []byte(doc)
	}
	for _, day := range []struct {
		name    string
		doc     []byte
		headers map[string]string
		status  int
		says    string             // in the SOAP fault
		class   xmlvend.FaultClass // empty: there is no XMLVend detail
		reason  string             // on the counter
	}{
		{
			name: "more than 64 KiB", doc: change("<soap:Body>", strings.Repeat(" ", xmlvend.MaxRequest)+"<soap:Body>"),
			status: 413, says: "too large", reason: "size",
		}, {
			name: "a gzip bomb", doc: zipped(strings.Repeat(" ", 50<<20)), headers: map[string]string{"Content-Encoding": "gzip"},
			status: 413, says: "too large", reason: "size",
		}, {
			name: "gzip that is cut off", doc: zipped(good)[:200], headers: map[string]string{"Content-Encoding": "gzip"},
			status: 500, says: "reading the request", reason: "unreadable",
		}, {
			name:   "a document type declaration",
			doc:    []byte(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + good),
			status: 500, says: "document type declaration", reason: "malformed",
		}, {
			name:   "an encoding other than UTF-8",
			doc:    []byte(`<?xml version="1.0" encoding="ISO-8859-1"?>` + good),
			status: 500, says: "UTF-8", reason: "malformed",
		}, {
			name: "bytes that are not UTF-8", doc: change(opName, "Th\xe9mb\xed"),
			status: 500, says: "UTF-8", reason: "malformed",
		}, {
			name: "a document that is not well-formed", doc: []byte(good[:len(good)-20]),
			status: 500, says: "well-formed", reason: "malformed",
		}, {
			name: "a payload without an envelope", doc: []byte("<creditVendReq/>"),
			status: 500, says: "not a SOAP message", reason: "not-soap",
		}, {
			name: "an envelope of an unknown version", doc: change("http://schemas.xmlsoap.org/soap/envelope/", "urn:soap:9"),
			status: 500, says: "unknown SOAP version", reason: "not-soap",
		}, {
			name: "an operation that XMLVend does not have", doc: change("creditVendReq", "creditVendRequest"),
			status: 500, class: xmlvend.UseCaseSupportEx, reason: "use-case",
		}, {
			name: "the namespace of XMLVend 2.0", doc: change("revenue/2.1/", "revenue/2.0/"),
			status: 500, class: xmlvend.UseCaseSupportEx, reason: "use-case",
		}, {
			name: "a meter without a number", doc: change(`msno="`+sim.Numbers()[sim.Good]+`"`, ""),
			status: 500, class: xmlvend.XMLVendSchemaEx, reason: "schema",
		}, {
			name: "an amount that is not a number", doc: change("100.00", "100,00"),
			status: 500, class: xmlvend.XMLVendSchemaEx, reason: "schema",
		}, {
			name: "a message id of the thirteenth month", doc: change("20260611101500", "20261311101500"),
			status: 500, class: xmlvend.XMLVendSchemaEx, reason: "schema",
		}, {
			name: "a message id with the number 0", doc: change(`uniqueNumber="1"`, `uniqueNumber="0"`),
			status: 500, class: xmlvend.XMLVendSchemaEx, reason: "schema",
		}, {
			name: "a message id with a number of seven digits", doc: change(`uniqueNumber="1"`, `uniqueNumber="1000000"`),
			status: 500, class: xmlvend.XMLVendSchemaEx, reason: "schema",
		},
	} {
		t.Run(day.name, func(t *testing.T) {
			w.TB = t
			float, counted := w.float(), w.counted("vendswitch_pos_refused_total", "reason="+day.reason)
			status, body := w.post(day.doc, day.headers)
			if status != day.status {
				t.Errorf("HTTP status %d, want %d", status, day.status)
			}
			w.valid(body)
			answer, err := xmlvend.DecodeResponse(body, xmlvend.Strict())
			w.must(err)
			if answer.Fault == nil || answer.Fault.Class != day.class || !strings.Contains(answer.Fault.SOAP.String, day.says) {
				t.Errorf("fault %+v, want class %q and %q", answer.Fault, day.class, day.says)
			}
			if day.class != "" && answer.Response.Head().OperatorMsg == "" {
				t.Error("the fault says nothing to the operator")
			}
			if now := w.counted("vendswitch_pos_refused_total", "reason="+day.reason); now != counted+1 {
				t.Errorf("counted %v refusals with reason %s, want one more than %v", now, day.reason, counted)
			}
			if w.float() != float || len(w.legs()) != 0 {
				t.Error("the refusal left something in the ledger")
			}
		})
	}
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // a bytes.Buffer does not fail
	_ = z.Close()
	return b.Bytes()
}

func TestSenderThatIsNotWhoItSaysIsRefusedAndLeavesNothingBehind(t *testing.T) {
	w := newWorld(t, plan{})
	w.must(w.store.AddClient(t.Context(), "test", ledger.Client{ID: "6009990000025", Merchant: merchant, Dialect: "strict", Status: ledger.Blocked}))
	for _, day := range []struct {
		name   string
		change func(*xmlvend.RequestHeader)
		class  xmlvend.FaultClass
		reason string
	}{
		{"a client nobody knows", func(h *xmlvend.RequestHeader) { h.Client = xmlvend.EAN("6009990000032") }, xmlvend.ClientIDAuthorisationEx, "client"},
		{"a client that is blocked", func(h *xmlvend.RequestHeader) { h.Client = xmlvend.EAN("6009990000025") }, xmlvend.ClientIDAuthorisationEx, "client"},
		{"a wrong password", func(h *xmlvend.RequestHeader) { h.AuthCred.Password = "Sample124" }, xmlvend.RequestAuthorisationEx, "credentials"},
		{"an operator nobody knows", func(h *xmlvend.RequestHeader) { h.AuthCred.OpName = "NOBODY" }, xmlvend.RequestAuthorisationEx, "credentials"},
		{"no credentials", func(h *xmlvend.RequestHeader) { h.AuthCred = nil }, xmlvend.RequestAuthorisationEx, "credentials"},
		{"a terminal nobody knows", func(h *xmlvend.RequestHeader) { h.Terminal = xmlvend.Generic("8") }, xmlvend.RequestAuthorisationEx, "terminal"},
		{"a terminal that is blocked", func(h *xmlvend.RequestHeader) { h.Terminal = xmlvend.Generic("stolen") }, xmlvend.RequestAuthorisationEx, "terminal"},
	} {
		t.Run(day.name, func(t *testing.T) {
			w.TB = t
			float, counted := w.float(), w.counted("vendswitch_pos_refused_total", "reason="+day.reason)
			request := w.voucherVend(airtime, 1)
			day.change(&request.RequestHeader)
			w.refused(request, day.class)
			if now := w.counted("vendswitch_pos_refused_total", "reason="+day.reason); now != counted+1 {
				t.Errorf("counted %v refusals with reason %s, want one more than %v", now, day.reason, counted)
			}
			if w.float() != float || len(w.legs()) != 0 {
				t.Error("the refusal left something in the ledger")
			}
		})
	}
}

// refused sends a request that must be refused, in words for everybody.
func (w *world) refused(m xmlvend.Request, class xmlvend.FaultClass) *xmlvend.FaultResp {
	w.Helper()
	fault := answered[*xmlvend.FaultResp](w, m)
	w.faulty(fault, class)
	return fault
}

func (w *world) faulty(fault *xmlvend.FaultResp, class xmlvend.FaultClass) {
	w.Helper()
	if fault.Fault.Class != class {
		w.Errorf("refused with %v, want %s", &fault.Fault, class)
	}
	if fault.Fault.Desc == "" || fault.DispHeader == "" || fault.OperatorMsg == "" || fault.CustMsg == "" {
		w.Errorf("somebody is told nothing: description %q, heading %q, operator %q, customer %q",
			fault.Fault.Desc, fault.DispHeader, fault.OperatorMsg, fault.CustMsg)
	}
}
