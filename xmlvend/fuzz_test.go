package xmlvend_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func addSamples(f *testing.F) {
	for _, pattern := range []string{"*.xml", "invalid/*.xml"} {
		for _, name := range sampleNames(f, pattern) {
			dir := ""
			if pattern != "*.xml" {
				dir = "invalid/"
			}
			f.Add(sample(f, dir+name))
		}
	}
}

// FuzzDecode holds both parsers and the codec against each other: what the schema
// accepts is decoded, written valid, and read back the same, by content as well;
// and nothing panics, valid or not, in any dialect.
func FuzzDecode(f *testing.F) {
	addSamples(f)
	v, dialect := validator(f), hexing(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		env, err := xmlvend.Decode(doc)
		if repaired, rules, err := dialect.Repair(doc); err == nil && rules == nil && !bytes.Equal(repaired, doc) {
			t.Error("changed without a rule")
		}
		for _, d := range []*xmlvend.Dialect{xmlvend.Strict(), dialect} {
			if a, err := xmlvend.DecodeResponse(doc, d); err == nil && a.Response != nil {
				xmlvend.Encode(xmlvend.Envelope{Payload: a.Response})
			}
		}
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

// FuzzHandler makes sure that whatever arrives is answered, with a document that is
// valid to the dialect of the client.
func FuzzHandler(f *testing.F) {
	addSamples(f)
	f.Add(zip(sample(f, "req-credit-vend-generic.xml")))
	dialect := hexing(f)
	h, err := xmlvend.NewHandler(xmlvend.HandlerConfig{
		Service:    sells(f),
		Server:     server,
		DialectFor: func(*xmlvend.RequestHeader, *http.Request) (*xmlvend.Dialect, any) { return dialect, nil },
		Observe: func(_ context.Context, r xmlvend.Refusal) {
			if r.Kind == xmlvend.ServicePanicked {
				f.Errorf("panicked: %v\n%s", r.Err, r.Stack)
			}
		},
	})
	if err != nil {
		f.Fatal(err)
	}
	v := validator(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/xmlvend", bytes.NewReader(body))
		if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
			r.Header.Set("Content-Encoding", "gzip")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answer, _, err := dialect.Repair(w.Body.Bytes()) // it repeats ids as they were sent
		if err == nil {
			err = v.Validate(answer)
		}
		if err != nil {
			t.Fatalf("answered with %s: %v", w.Body, err)
		}
	})
}
