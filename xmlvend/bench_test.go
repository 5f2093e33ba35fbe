package xmlvend_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/xmlvend"
)

const (
	benchRequest  = "req-credit-vend-generic.xml"
	benchResponse = "resp-credit-vend-generic.xml"
)

func BenchmarkDecodeCreditVendReq(b *testing.B) {
	doc := sample(b, benchRequest)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xmlvend.Decode(doc); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseOnly is the part of decoding that is not ours.
func BenchmarkParseOnly(b *testing.B) {
	doc := sample(b, benchRequest)
	b.ReportAllocs()
	for b.Loop() {
		if err := etree.NewDocument().ReadFromBytes(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidateCreditVendReq(b *testing.B) {
	doc, v := sample(b, benchRequest), validator(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Validate(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeCreditVendResp(b *testing.B) {
	env := mustDecode(b, sample(b, benchResponse))
	b.ReportAllocs()
	for b.Loop() {
		xmlvend.Encode(env)
	}
}

func BenchmarkDigest(b *testing.B) {
	req := mustDecode(b, sample(b, benchRequest)).Payload.(xmlvend.Request)
	b.ReportAllocs()
	for b.Loop() {
		xmlvend.Digest(req)
	}
}

// BenchmarkServe is everything between HTTP and the service, both ways.
func BenchmarkServe(b *testing.B) {
	h, err := xmlvend.NewHandler(xmlvend.HandlerConfig{Service: sells(b), Server: server})
	if err != nil {
		b.Fatal(err)
	}
	doc := sample(b, benchRequest)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/xmlvend", bytes.NewReader(doc)))
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
