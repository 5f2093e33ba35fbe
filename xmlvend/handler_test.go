package xmlvend_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

var server = xmlvend.EAN("6009990009004")

// shop is a server under test with what its observer saw.
type shop struct {
	*httptest.Server
	mu       sync.Mutex
	refusals []xmlvend.Refusal
}

func (s *shop) refused() []xmlvend.RefusalKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []xmlvend.RefusalKind
	for _, r := range s.refusals {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

// openShop serves with the given function on a real socket.
func openShop(t testing.TB, serve xmlvend.ServiceFunc, change ...func(*xmlvend.HandlerConfig)) *shop {
	t.Helper()
	s := new(shop)
	config := xmlvend.HandlerConfig{
		Service: serve,
		Server:  server,
		Now:     func() time.Time { return time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC) },
		Observe: func(_ context.Context, r xmlvend.Refusal) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refusals = append(s.refusals, r)
		},
	}
	for _, c := range change {
		c(&config)
	}
	h, err := xmlvend.NewHandler(config)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// sells answers a vend with the sample receipt, and all else not.
func sells(t testing.TB) xmlvend.ServiceFunc {
	receipt := mustDecode(t, sample(t, "resp-credit-vend-generic.xml")).Payload.(*xmlvend.CreditVendResp)
	return func(_ context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
		if _, ok := call.Request.(*xmlvend.CreditVendReq); !ok {
			return nil, &xmlvend.Fault{Class: xmlvend.UseCaseSupportEx, Desc: "not here"}
		}
		resp := &xmlvend.CreditVendResp{VendResponseHeader: receipt.VendResponseHeader, Receipt: receipt.Receipt}
		resp.ResponseHeader = xmlvend.ResponseHeader{}
		return resp, nil
	}
}

// post sends a document and returns status, header and body of the answer.
func (s *shop) post(t testing.TB, doc []byte, header ...string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.URL, bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// fault posts a document and returns the fault it is answered with, which must
// be valid and have status 500.
func (s *shop) fault(t testing.TB, doc []byte, header ...string) xmlvend.Envelope {
	t.Helper()
	status, _, body := s.post(t, doc, header...)
	mustBeValid(t, body)
	env := mustDecode(t, body)
	if env.Fault == nil || status != http.StatusInternalServerError {
		t.Fatalf("status %d, no fault:\n%s", status, body)
	}
	return env
}

func zip(doc []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(doc)
	_ = w.Close()
	return b.Bytes()
}

func TestARequestIsAnsweredInItsEnvelopeVersionWithItsHeaderEchoed(t *testing.T) {
	s := openShop(t, sells(t))
	for version, space := range map[xmlvend.Version]string{xmlvend.SOAP11: schemas.NSSOAP11, xmlvend.SOAP12: schemas.NSSOAP12} {
		doc := bytes.ReplaceAll(sample(t, "req-credit-vend-generic.xml"), []byte(schemas.NSSOAP11), []byte(space))
		status, header, body := s.post(t, doc)
		if status != http.StatusOK || header.Get("Content-Type") != "text/xml; charset=utf-8" {
			t.Errorf("status %d, content type %s", status, header.Get("Content-Type"))
		}
		mustBeValid(t, body)
		env := mustDecode(t, body)
		if env.Version != version {
			t.Errorf("asked in %v, answered in %v", version, env.Version)
		}
		want := xmlvend.ResponseHeader{
			Client: xmlvend.EAN("6009990000018"), Server: server, Terminal: xmlvend.Generic("1"),
			ReqMsgID:     xmlvend.MsgID{DateTime: "20240611101500", UniqueNumber: "1001"},
			RespDateTime: "2026-11-23T08:30:00Z",
		}
		if diff := cmp.Diff(want, *env.Payload.(xmlvend.Response).Head()); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
	}
	if kinds := s.refused(); kinds != nil {
		t.Errorf("refusals were reported: %v", kinds)
	}
}

func TestNeitherSOAPActionNorTheFormOfTheContentTypeMatters(t *testing.T) {
	s := openShop(t, sells(t))
	for _, header := range [][]string{
		{}, {"SOAPAction", `""`}, {"SOAPAction", "ConfirmCustomerRequest"}, {"SOAPAction", `"urn:x/AdviceRequest"`},
		{"Content-Type", "text/xml"}, {"Content-Type", `text/xml; charset="UTF-8"`}, {"Content-Type", ""},
		{"Content-Type", `application/soap+xml; charset=utf-8; action="urn:x"`},
	} {
		if status, _, body := s.post(t, sample(t, "req-credit-vend-generic.xml"), header...); status != http.StatusOK {
			t.Errorf("%v: status %d\n%s", header, status, body)
		}
	}
}

func TestTheServiceSeesTheBytesAsReceivedAndTheMessageAsRepaired(t *testing.T) {
	doc := sample(t, "req-fbe-hexing.xml")
	var got *xmlvend.Call
	s := openShop(t, func(_ context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
		got = call
		return nil, &xmlvend.Fault{Class: xmlvend.FBEEx, Desc: "not registered"}
	}, func(c *xmlvend.HandlerConfig) {
		c.DialectFor = func(claimed *xmlvend.RequestHeader, _ *http.Request) (*xmlvend.Dialect, any) {
			if claimed.Client == xmlvend.EAN("6009990000018") {
				return hexing(t), "an old friend"
			}
			return nil, nil
		}
	})
	env := s.fault(t, doc)
	if got.Sender != "an old friend" {
		t.Errorf("of the sender the service is told %v", got.Sender)
	}
	if !bytes.Equal(got.Raw, doc) || got.Dialect.Name() != "hexing" || !cmp.Equal(got.Repairs, []string{"resource-missing"}) {
		t.Errorf("call: %s, %v", got.Dialect.Name(), got.Repairs)
	}
	req := got.Request.(*xmlvend.FBEReq)
	if req.Resource != xmlvend.Electricity || got.Digest() != xmlvend.Digest(req) {
		t.Errorf("request: %+v", req)
	}
	if env.Payload.(*xmlvend.FaultResp).Fault.Class != xmlvend.FBEEx || env.Fault.String != "NRSFaultResponseSoapOut" {
		t.Errorf("answered with %+v", env.Payload)
	}
}

func TestHexingClientsAreGivenTheCodeTheyLookFor(t *testing.T) {
	unknown := func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
		return nil, fmt.Errorf("routing: %w", &xmlvend.Fault{Class: xmlvend.UnknownMeterEx, Desc: "no such meter", Code: "internal-7"})
	}
	for dialect, want := range map[*xmlvend.Dialect]string{hexing(t): "VD.01010004", xmlvend.Strict(): ""} {
		s := openShop(t, unknown, func(c *xmlvend.HandlerConfig) {
			c.DialectFor = func(*xmlvend.RequestHeader, *http.Request) (*xmlvend.Dialect, any) { return dialect, nil }
		})
		fault := s.fault(t, sample(t, "req-credit-vend-generic.xml")).Payload.(*xmlvend.FaultResp).Fault
		if want := (xmlvend.Fault{Class: xmlvend.UnknownMeterEx, Desc: "no such meter", Code: want}); fault != want {
			t.Errorf("%s: %+v", dialect.Name(), fault)
		}
	}
}

func TestEachKindOfBadRequestGetsItsFault(t *testing.T) {
	s := openShop(t, func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
		t.Error("the service was called")
		return nil, errors.New("called")
	})
	inEnvelope := func(header string) []byte {
		return request(t, "<soap:Body>", "<soap:Header>"+header+"</soap:Header><soap:Body>")
	}
	type want struct {
		kind  xmlvend.RefusalKind
		code  xmlvend.SOAPCode
		class xmlvend.FaultClass
	}
	var (
		client  = want{xmlvend.RefusedMalformed, xmlvend.ClientFault, ""}
		notSOAP = want{xmlvend.RefusedNotSOAP, xmlvend.ClientFault, ""}
		useCase = want{xmlvend.RefusedUseCase, xmlvend.ServerFault, xmlvend.UseCaseSupportEx}
		invalid = want{xmlvend.RefusedSchema, xmlvend.ClientFault, xmlvend.XMLVendSchemaEx}
	)
	special := map[string]want{
		"not-soap.xml": notSOAP, "body-empty.xml": notSOAP, "body-two-children.xml": notSOAP, "doctype.xml": client,
		"envelope-namespace-wrong.xml":     {xmlvend.RefusedNotSOAP, xmlvend.VersionMismatch, ""},
		"root-unknown.xml":                 useCase,
		"root-wrong-namespace-version.xml": useCase,
	}
	isAnswer := regexp.MustCompile(`Body>\s*<\w+:(\w+Resp|Fault)\b`)
	cases := map[string]struct {
		doc []byte
		want
	}{
		"nothing":                     {nil, client},
		"not XML":                     {[]byte("hello"), client},
		"Latin-1":                     {[]byte("<?xml version='1.0' encoding='latin1'?><a/>"), client},
		"an attribute given twice":    {request(t, `id="1"`, `id="1" id="2"`), client},
		"a header to be understood":   {inEnvelope(`<x:h xmlns:x="urn:x" soap:mustUnderstand="1"/>`), want{xmlvend.RefusedNotSOAP, xmlvend.MustUnderstand, ""}},
		"a response sent as request":  {sample(t, "resp-credit-vend-generic.xml"), useCase},
		"a fault sent as request":     {sample(t, "fault-blocked-meter.xml"), useCase},
		"an operation of a vendor":    {sample(t, "req-login-hexing.xml"), useCase},
		"resource missing, strictly":  {sample(t, "req-fbe-hexing.xml"), invalid},
		"a long value in a pattern":   {request(t, "clerk01", strings.Repeat("a", 30000)), invalid},
		"a date that does not exist":  {request(t, "20240611101500", "20241399999999"), invalid},
		"a client that is no EAN":     {request(t, `ean="6009990000018"`, `ean="VEND1"`), invalid},
		"a client with an empty name": {request(t, `xsi:type="b:EANDeviceID" ean="6009990000018"`, `xsi:type="b:EANDeviceID" ean=""`), invalid},
	}
	for _, name := range sampleNames(t, "invalid/*.xml") {
		switch name {
		case "msno-luhn.xml", "amount-negative.xml", "advice-self-reference.xml":
			continue // valid to the schema; the service's business
		}
		c := cases[name]
		c.doc, c.want = sample(t, "invalid/"+name), invalid
		if isAnswer.Match(c.doc) {
			c.want = useCase
		} else if w, ok := special[name]; ok {
			c.want = w
		}
		cases[name] = c
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := len(s.refused())
			env := s.fault(t, c.doc)
			got := want{code: env.Fault.Code}
			if m, ok := env.Payload.(*xmlvend.FaultResp); ok {
				got.class = m.Fault.Class
			}
			if kinds := s.refused()[before:]; len(kinds) == 1 {
				got.kind = kinds[0]
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestASchemaFaultSaysWhereAndEchoesWhatCouldBeRead(t *testing.T) {
	s := openShop(t, sells(t))
	doc := request(t, "<b:opName>clerk01</b:opName>", "<b:opName>clerk 01</b:opName>")
	m := s.fault(t, doc).Payload.(*xmlvend.FaultResp)
	if !strings.HasPrefix(m.Fault.Desc, "line 10, b:authCred/b:opName: ") || m.OperatorMsg == "" || m.CustMsg == "" {
		t.Errorf("said %q, %q, %q", m.Fault.Desc, m.OperatorMsg, m.CustMsg)
	}
	if m.Client != xmlvend.EAN("6009990000018") || m.ReqMsgID.Number() != 1001 {
		t.Errorf("echoed %+v", m.ResponseHeader)
	}
	m = s.fault(t, sample(t, "invalid/msg-datetime-iso.xml")).Payload.(*xmlvend.FaultResp)
	if m.ReqMsgID != xmlvend.NoMsgID || m.Client.ID != "6009990000018" {
		t.Errorf("echoed %+v", m.ResponseHeader)
	}
}

func TestNoFaultRepeatsAPassword(t *testing.T) {
	s := openShop(t, sells(t))
	for _, password := range []string{"se cret", "sec", "se<cret", "se&cret;", "se<x/>cret", "secretsecretsecretsecret"} {
		_, _, body := s.post(t, request(t, "Sample123", password))
		if bytes.Contains(body, []byte("cret")) || bytes.Contains(body, []byte("'sec'")) {
			t.Errorf("answered %s", body)
		}
	}
	for _, r := range s.refusals {
		if strings.Contains(r.Err.Error(), "cret") {
			t.Errorf("observed %v", r.Err)
		}
	}
}

func TestAHeaderThatNeedNotBeUnderstoodIsLetThrough(t *testing.T) {
	s := openShop(t, sells(t))
	for _, block := range []string{
		`<x:h xmlns:x="urn:x"/>`, `<x:h xmlns:x="urn:x" soap:mustUnderstand="0"/>`,
		`<x:h xmlns:x="urn:x" soap:mustUnderstand="1" soap:actor="urn:somebody-else"/>`,
	} {
		doc := request(t, "<soap:Body>", "<soap:Header>"+block+"</soap:Header><soap:Body>")
		if status, _, body := s.post(t, doc); status != http.StatusOK {
			t.Errorf("%s: %s", block, body)
		}
	}
}

func TestHTTPRulesAreKept(t *testing.T) {
	s := openShop(t, sells(t))
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
		t.Errorf("GET: status %d, allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
	doc := sample(t, "req-credit-vend-generic.xml")
	for _, header := range [][]string{
		{"Content-Type", "application/json"}, {"Content-Type", "text/xml; charset=iso-8859-1"}, {"Content-Type", "nonsense; ="},
		{"Content-Encoding", "br"},
	} {
		if status, _, _ := s.post(t, doc, header...); status != http.StatusUnsupportedMediaType {
			t.Errorf("%v: status %d", header, status)
		}
	}
	want := []xmlvend.RefusalKind{xmlvend.RefusedMethod, xmlvend.RefusedContentType, xmlvend.RefusedContentType, xmlvend.RefusedContentType, xmlvend.RefusedContentType}
	if diff := cmp.Diff(want, s.refused()); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}

func TestARequestMayBeCompressedAndSoIsTheAnswerIfAsked(t *testing.T) {
	s := openShop(t, sells(t))
	doc := sample(t, "req-credit-vend-generic.xml")
	_, _, plain := s.post(t, doc)
	for _, accept := range []string{"gzip", "gzip,deflate", "br;q=1.0, gzip;q=0.5"} {
		status, header, body := s.post(t, zip(doc), "Content-Encoding", "gzip", "Accept-Encoding", accept)
		if status != http.StatusOK || header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: status %d, encoding %q", accept, status, header.Get("Content-Encoding"))
		}
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if unzipped, err := io.ReadAll(z); err != nil || !bytes.Equal(unzipped, plain) {
			t.Errorf("unzipped to %s, %v", unzipped, err)
		}
	}
	for name, request := range map[string]struct {
		doc    []byte
		header []string
	}{
		"plain, and said to be compressed": {doc, []string{"Content-Encoding", "gzip"}},
		"compressed, and not said to be":   {zip(doc), nil},
		"in capitals":                      {zip(doc), []string{"Content-Encoding", "GZIP"}},
		"in two members":                   {append(zip(doc[:100]), zip(doc[100:])...), []string{"Content-Encoding", "gzip"}},
	} {
		if status, _, body := s.post(t, request.doc, request.header...); status != http.StatusOK || !bytes.Equal(body, plain) {
			t.Errorf("%s: status %d, %s", name, status, body)
		}
	}
	for _, accept := range []string{"", "identity", "gzip;q=0", "deflate"} {
		if _, header, _ := s.post(t, doc, "Accept-Encoding", accept); header.Get("Content-Encoding") != "" {
			t.Errorf("%q was answered with %s", accept, header.Get("Content-Encoding"))
		}
	}
}

func TestWhatIsTooLargeIsRefusedBeforeAndAfterDecompression(t *testing.T) {
	s := openShop(t, sells(t))
	pad := func(size int) []byte {
		doc := sample(t, "req-credit-vend-generic.xml")
		return append(doc, bytes.Repeat([]byte(" "), size-len(doc))...)
	}
	if status, _, body := s.post(t, pad(xmlvend.MaxRequest)); status != http.StatusOK {
		t.Errorf("the largest request allowed: %s", body)
	}
	for name, c := range map[string]struct {
		doc    []byte
		header []string
	}{
		"plain":           {pad(xmlvend.MaxRequest + 1), nil},
		"much too large":  {pad(4 << 20), nil},
		"inflated":        {zip(pad(xmlvend.MaxRequest + 1)), []string{"Content-Encoding", "gzip"}},
		"a gzip bomb":     {zip(make([]byte, 8<<20)), []string{"Content-Encoding", "gzip"}},
		"zipped and huge": {append(zip(nil), zip(noise(xmlvend.MaxRequest))...), []string{"Content-Encoding", "gzip"}},
	} {
		status, _, body := s.post(t, c.doc, c.header...)
		if status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: status %d", name, status)
		}
		mustBeValid(t, body)
	}
	for _, kind := range s.refused() {
		if kind != xmlvend.RefusedSize {
			t.Errorf("refused as %s", kind)
		}
	}
}

// noise returns bytes that do not compress.
func noise(n int) []byte {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func TestABrokenGzipRequestIsTheClientsFault(t *testing.T) {
	zipped := zip(sample(t, "req-credit-vend-generic.xml"))
	damaged := bytes.Clone(zipped)
	damaged[len(damaged)-6] ^= 1 // in the checksum
	for name, doc := range map[string][]byte{
		"truncated": zipped[:len(zipped)-20], "followed by something else": append(bytes.Clone(zipped), "rubbish"...),
		"with a wrong checksum": damaged, "no more than its beginning": {0x1f, 0x8b},
	} {
		s := openShop(t, sells(t))
		env := s.fault(t, doc, "Content-Encoding", "gzip")
		if env.Fault.Code != xmlvend.ClientFault || len(s.refused()) != 1 || s.refused()[0] != xmlvend.RefusedUnreadable {
			t.Errorf("%s: %+v, %v", name, env.Fault, s.refused())
		}
	}
}

func TestAFailingServiceTellsTheClientNotToSellAgain(t *testing.T) {
	for kind, serve := range map[xmlvend.RefusalKind]xmlvend.ServiceFunc{
		xmlvend.ServicePanicked: func(context.Context, *xmlvend.Call) (xmlvend.Response, error) { panic("secret detail") },
		xmlvend.ServiceFailed: func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
			return nil, errors.New("secret detail")
		},
	} {
		s := openShop(t, serve)
		m := s.fault(t, sample(t, "req-credit-vend-generic.xml")).Payload.(*xmlvend.FaultResp)
		if m.Fault.Class != xmlvend.SystemEx || m.CustMsg != "Do not sell again; ask for the last response" || m.ReqMsgID.Number() != 1001 {
			t.Errorf("%s: %+v", kind, m)
		}
		if strings.Contains(fmt.Sprint(m), "secret detail") {
			t.Errorf("%s: the client was told the detail", kind)
		}
		if r := s.refusals[0]; r.Kind != kind || !strings.Contains(r.Err.Error(), "secret detail") || (r.Stack == nil) == (kind == xmlvend.ServicePanicked) {
			t.Errorf("observed %s: %v", r.Kind, r.Err)
		}
		if status, _, _ := s.post(t, sample(t, "req-credit-vend-generic.xml")); status != http.StatusInternalServerError {
			t.Errorf("%s: the server does not go on", kind)
		}
	}
}

func TestAResponseThatCannotBeEncodedIsContainedAsWell(t *testing.T) {
	s := openShop(t, func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
		return &xmlvend.CreditVendResp{Receipt: xmlvend.Receipt{Transactions: xmlvend.Transactions{Tx: []xmlvend.Tx{nil}}}}, nil
	})
	m := s.fault(t, sample(t, "req-credit-vend-generic.xml")).Payload.(*xmlvend.FaultResp)
	if m.Fault.Class != xmlvend.SystemEx || s.refused()[0] != xmlvend.ServicePanicked {
		t.Errorf("%+v", m)
	}
}

func TestManyRequestsAreServedAtATime(t *testing.T) {
	s := openShop(t, sells(t), func(c *xmlvend.HandlerConfig) {
		c.DialectFor = func(*xmlvend.RequestHeader, *http.Request) (*xmlvend.Dialect, any) { return hexing(t), nil }
	})
	c := newClient(t, xmlvend.ClientConfig{URL: s.URL})
	var all sync.WaitGroup
	for n := 1; n <= 64; n++ {
		all.Go(func() {
			a, err := c.Do(context.Background(), vend(n))
			if err != nil || a.Response.Head().ReqMsgID.Number() != n {
				t.Errorf("request %d: %+v, %v", n, a, err)
			}
		})
	}
	all.Wait()
}

func TestAnObserverIsToldWhoWasRefused(t *testing.T) {
	s := openShop(t, sells(t))
	s.fault(t, request(t, "clerk01", "clerk 01"))
	r := s.refusals[0]
	want := xmlvend.MsgID{DateTime: "20240611101500", UniqueNumber: "1001"}
	if r.Client != xmlvend.EAN("6009990000018") || r.MsgID != want || r.Remote == "" {
		t.Errorf("%+v", r)
	}
}

func TestAServiceThatGivesNothingHasFailed(t *testing.T) {
	s := openShop(t, func(context.Context, *xmlvend.Call) (xmlvend.Response, error) { return nil, nil })
	m := s.fault(t, sample(t, "req-credit-vend-generic.xml")).Payload.(*xmlvend.FaultResp)
	if m.Fault.Class != xmlvend.SystemEx || s.refused()[0] != xmlvend.ServiceFailed {
		t.Errorf("%+v", m)
	}
}

func TestAServiceMayHangUp(t *testing.T) {
	s := openShop(t, func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
		return nil, fmt.Errorf("unknown sale: %w", xmlvend.ErrHangUp)
	})
	resp, err := http.Post(s.URL, "text/xml", bytes.NewReader(sample(t, "req-credit-vend-generic.xml")))
	if err == nil {
		_ = resp.Body.Close()
		t.Fatalf("answered with status %d", resp.StatusCode)
	}
	if kinds := s.refused(); len(kinds) != 1 || kinds[0] != xmlvend.ServiceHungUp {
		t.Errorf("observed %v", kinds)
	}
}

func TestAFaultWithWordsForOperatorAndCustomerIsPassedOn(t *testing.T) {
	s := openShop(t, func(context.Context, *xmlvend.Call) (xmlvend.Response, error) {
		return &xmlvend.FaultResp{
			ResponseHeader: xmlvend.ResponseHeader{OperatorMsg: "Top up", CustMsg: "Sorry"},
			Fault:          xmlvend.Fault{Class: xmlvend.VendorCreditEx, Desc: "No credit"},
		}, nil
	})
	m := s.fault(t, sample(t, "req-credit-vend-generic.xml")).Payload.(*xmlvend.FaultResp)
	if m.OperatorMsg != "Top up" || m.CustMsg != "Sorry" || m.Fault.Class != xmlvend.VendorCreditEx || m.Server != server {
		t.Errorf("%+v", m)
	}
}
