package xmlvend_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/mutanttest"
)

// addSamples seeds a fuzz target that takes a document and the seed of what is done to it.
func addSamples(f *testing.F) {
	for _, pattern := range []string{"*.xml", "invalid/*.xml"} {
		for _, name := range sampleNames(f, pattern) {
			dir := ""
			if pattern != "*.xml" {
				dir = "invalid/"
			}
			for seed := range uint64(1 + mutanttest.Each) {
				f.Add(sample(f, dir+name), seed)
			}
		}
	}
}

// everyDialect lists all there are.
func everyDialect(t testing.TB) []*xmlvend.Dialect {
	t.Helper()
	var all []*xmlvend.Dialect
	for _, name := range xmlvend.DialectNames() {
		d, _ := xmlvend.DialectByName(name)
		all = append(all, d)
	}
	return all
}

// FuzzDecode holds both parsers and the codec against each other: what the schema accepts is decoded, written valid, and
// read back the same, by content as well; and nothing panics, valid or not.
func FuzzDecode(f *testing.F) {
	addSamples(f)
	v := validator(f)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		doc = mutanttest.Of(doc, seed)
		env, err := xmlvend.Decode(doc)
		if v.Validate(doc) != nil {
			return
		}
		if err != nil {
			t.Fatalf("valid, but %v\n%s", err, doc)
		}
		written := xmlvend.Encode(env)
		if err := v.Validate(written); err != nil {
			t.Fatalf("written as %s: %v", written, err)
		}
		again, err := xmlvend.Decode(written)
		if err != nil {
			t.Fatalf("written as %s: %v", written, err)
		}
		if diff := cmp.Diff(env, again); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		if req, ok := env.Payload.(xmlvend.Request); ok && xmlvend.Digest(req) != xmlvend.Digest(again.Payload.(xmlvend.Request)) {
			t.Error("the digest changed")
		}
	})
}

// FuzzDecodeResponse makes sure that whatever a server answers is read without a panic, in every dialect, and that what
// was read can be written down as XML.
func FuzzDecodeResponse(f *testing.F) {
	addSamples(f)
	all := everyDialect(f)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		doc = mutanttest.Of(doc, seed)
		for _, d := range all {
			a, err := xmlvend.DecodeResponse(doc, d)
			if err != nil || a.Response == nil {
				continue
			}
			written := xmlvend.Encode(xmlvend.Envelope{Payload: a.Response})
			if _, err := schemas.Parse(written); err != nil {
				t.Errorf("%s: written as %s: %v", d.Name(), written, err)
			}
		}
	})
}

// repeatable are the rules that may apply to their own result, for they go by a figure: 0.0015 becomes 0.15 per cent,
// which could be a fraction as well.
var repeatable = map[string]bool{"vat-as-fraction": true}

// FuzzRepair holds the rules of every dialect to their promises: they never panic; what they leave can be read; without
// a rule the bytes stay as they are; what was valid stays valid; and what a repair has made valid
// needs no other.
func FuzzRepair(f *testing.F) {
	addSamples(f)
	f.Add([]byte("<fault/>"), uint64(0))
	v, all := validator(f), everyDialect(f)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		doc = mutanttest.Of(doc, seed)
		for _, d := range all {
			repaired, rules, err := d.Repair(doc)
			if err != nil || len(rules) == 0 {
				if !bytes.Equal(repaired, doc) {
					t.Errorf("%s: changed without a rule (%v)", d.Name(), err)
				}
				continue
			}
			if _, err := schemas.Parse(repaired); err != nil {
				t.Errorf("%s: %v made\n%s\nof\n%s\n%v", d.Name(), rules, repaired, doc, err)
				continue
			}
			if err := v.Validate(repaired); err != nil {
				if v.Validate(doc) == nil {
					t.Errorf("%s: %v made a valid document invalid: %v\n%s", d.Name(), rules, err, doc)
				}
				continue // beyond repair: it is refused
			}
			_, again, err := d.Repair(repaired)
			if err != nil {
				t.Errorf("%s: %v", d.Name(), err)
			}
			for _, rule := range again {
				if !repeatable[rule] {
					t.Errorf("%s: %s applied again, to\n%s", d.Name(), rule, repaired)
				}
			}
		}
	})
}

// largestAnswer is more than any answer needs that is made of a request of at most MaxRequest.
const largestAnswer = 2 * xmlvend.MaxRequest

// samplePassword is what the samples have for a password.
const samplePassword = "Sample123"

// FuzzHandler makes sure that whatever arrives is answered: with a valid SOAP document, or a refusal of HTTP alone. The
// answer is no larger than it need be, and does not repeat a password.
func FuzzHandler(f *testing.F) {
	addRequests(f)
	all := everyDialect(f)
	var dialect *xmlvend.Dialect
	h, err := xmlvend.NewHandler(xmlvend.HandlerConfig{
		Service:    sells(f),
		Server:     server,
		DialectFor: func(*xmlvend.RequestHeader, *http.Request) (*xmlvend.Dialect, any) { return dialect, nil },
		Observe: func(_ context.Context, r xmlvend.Refusal) {
			if r.Kind == xmlvend.ServicePanicked {
				panic(r.Err.Error() + "\n" + string(r.Stack)) // in the fuzzed function, which reports it with its input
			}
		},
	})
	if err != nil {
		f.Fatal(err)
	}
	v := validator(f)
	f.Fuzz(func(t *testing.T, body []byte, seed uint64, method, contentType, encoding, accept string) {
		body = mutanttest.Of(body, seed)
		dialect = all[seed%uint64(len(all))]
		r := httptest.NewRequest(http.MethodPost, "/xmlvend", bytes.NewReader(body))
		r.Method = method
		r.Header = http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}, "Accept-Encoding": {accept}, "Soapaction": {accept}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answer := w.Body.Bytes()
		if w.Header().Get("Content-Encoding") == "gzip" {
			answer = unzip(t, answer)
		}
		if len(answer) > largestAnswer {
			t.Errorf("an answer of %d bytes", len(answer))
		}
		if bytes.Contains(answer, []byte(samplePassword)) && onlyAPassword(body) {
			t.Errorf("the answer repeats the password: %s", answer)
		}
		switch w.Code {
		case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType:
		default:
			// It repeats ids as they were sent, and so is valid to the dialect of the client.
			repaired, _, err := dialect.Repair(answer)
			if err == nil {
				err = v.Validate(repaired)
			}
			if err != nil {
				t.Fatalf("answered %d with %s: %v", w.Code, answer, err)
			}
		}
	})
}

// addRequests seeds FuzzHandler: each sample as it is and mutated, plain and compressed, and some ways to get HTTP wrong.
func addRequests(f *testing.F) {
	for i, name := range sampleNames(f, "*.xml") {
		for seed := range uint64(1 + mutanttest.Each) {
			accept := []string{"", "gzip"}[i%2]
			f.Add(sample(f, name), seed, http.MethodPost, "text/xml; charset=utf-8", "", accept)
		}
		f.Add(zip(sample(f, name)), uint64(0), http.MethodPost, "text/xml", "gzip", "")
	}
	doc := sample(f, "req-credit-vend-generic.xml")
	zipped := zip(doc)
	f.Add(zipped[:len(zipped)/2], uint64(0), http.MethodPost, "text/xml", "gzip", "")
	f.Add(append(bytes.Clone(zipped), zipped...), uint64(0), http.MethodPost, "text/xml", "gzip", "")
	f.Add(zip(make([]byte, 1<<20)), uint64(0), http.MethodPost, "text/xml", "gzip", "")
	f.Add(doc, uint64(0), http.MethodPost, "text/xml", "gzip", "")
	f.Add(doc, uint64(0), http.MethodPost, "text/xml", "br", "gzip;q=0")
	f.Add(doc, uint64(0), http.MethodPost, "application/soap+xml; action=x", "identity", "*")
	f.Add(doc, uint64(0), http.MethodPost, "text/xml; charset=utf-16", "", "")
	f.Add(doc, uint64(0), http.MethodGet, ";;", "", "")
}

// onlyAPassword reports that the sample's password stands nowhere in a document but where passwords stand.
func onlyAPassword(doc []byte) bool {
	return bytes.Count(doc, []byte(samplePassword)) == bytes.Count(doc, []byte(">"+samplePassword+"</b:password>"))
}

// FuzzDescription makes sure that whatever is asked about the service, and by whatever name it was reached, the answer is
// a WSDL or schema that can be read, or a refusal.
func FuzzDescription(f *testing.F) {
	f.Add("?wsdl", "vend.example.com:8480")
	f.Add("?WSDL=&a;b=%zz", "")
	f.Add("/schemas/base.xsd", "[::1]")
	f.Add("/schemas/..%2f..%2fetc", "a\"/><b c=\"&<>\x00\xff")
	service := describedService(f, "")
	f.Fuzz(func(t *testing.T, tail, host string) {
		at, err := url.Parse("/here/xmlvend" + tail)
		if err != nil || !strings.HasPrefix(at.Path, "/here/xmlvend") {
			return // no server is asked that
		}
		r := httptest.NewRequest(http.MethodGet, "/here/xmlvend", nil)
		r.URL, r.Host = at, host
		w := httptest.NewRecorder()
		service.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK:
			if _, err := schemas.Parse(w.Body.Bytes()); err != nil {
				t.Errorf("%q at %q: %v\n%s", tail, host, err, w.Body)
			}
		case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusNotFound, http.StatusMethodNotAllowed:
		default:
			t.Errorf("%q at %q: %d", tail, host, w.Code)
		}
	})
}

// unzip decompresses an answer.
func unzip(t *testing.T, doc []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
