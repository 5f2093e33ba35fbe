package xmlvend_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vendswitch/vendswitch/schemas"
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
		if _, err := schemas.Parse(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeCreditVendAnswer(b *testing.B) {
	doc := sample(b, benchResponse)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xmlvend.DecodeResponse(doc, xmlvend.Strict()); err != nil {
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

// BenchmarkDo is an exchange with a server that does next to nothing, over a
// connection of its own and over one that is kept.
func BenchmarkDo(b *testing.B) {
	answer := sample(b, benchResponse)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(conn, answer)
		}
	}()
	for name, conns := range map[string]int{"a connection each": -1, "one connection": 1} {
		b.Run(name, func(b *testing.B) {
			c := newClient(b, xmlvend.ClientConfig{URL: "http://" + l.Addr().String() + "/", Conns: conns})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Do(b.Context(), vend(1)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// answerAll gives every request that comes over a connection the same answer.
func answerAll(conn net.Conn, answer []byte) {
	defer conn.Close()
	head := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n", len(answer))
	request := make([]byte, 4<<10)
	for {
		if _, err := conn.Read(request); err != nil { // a request is smaller than a segment
			return
		}
		if _, err := conn.Write(append(head[:len(head):len(head)], answer...)); err != nil {
			return
		}
	}
}
