package utility

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// newXMLVend builds the XMLVend half of the handler. It fails only if the bundled
// schemas do not compile.
func (s *Server) newXMLVend() (http.Handler, error) {
	dialect, _ := xmlvend.DialectByName(s.config.Manner)
	handler, err := xmlvend.NewHandler(xmlvend.HandlerConfig{
		Service:    xmlvend.ServiceFunc(s.serve),
		Server:     xmlvend.EAN(s.config.ServerEAN),
		DialectFor: func(*xmlvend.RequestHeader, *http.Request) (*xmlvend.Dialect, any) { return dialect, nil },
		Now:        s.now,
	})
	if err != nil {
		return nil, err
	}
	return s.misbehaving(handler), nil
}

// misbehaving wraps the XMLVend handler: it answers as that does, unless the
// request's turn has a fault that shows on the wire.
func (s *Server) misbehaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := new(turn)
		r = r.Clone(withTurn(r.Context(), t))
		manner := s.manner()
		if manner.rewrite != nil {
			r.Header.Del("Accept-Encoding") // the answer is still to be rewritten
		}
		answer := &heldAnswer{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		if answer.status == http.StatusRequestEntityTooLarge {
			// Who is still sending is to be told why, not to be cut off.
			_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxDrained))
		}
		answer.body = *bytes.NewBuffer(manner.into(answer.body.Bytes(), t.answer))
		switch t.fault {
		case Duplicate:
			answer.sendTwice(w)
		case Doubled:
			answer.body.Write(bytes.Clone(answer.body.Bytes()))
			answer.send(w)
		case Garbage:
			garbage(s.config.Seed).send(w)
		case BadGateway:
			badGateway().send(w)
		case Headless:
			headless().send(w)
		default:
			answer.send(w)
		}
	})
}

// maxDrained is how much of a request that is too large is read before the answer.
const maxDrained = 4 << 20

// heldAnswer is an HTTP response that has not been sent yet.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *heldAnswer) Header() http.Header         { return a.header }
func (a *heldAnswer) WriteHeader(status int)      { a.status = status }
func (a *heldAnswer) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *heldAnswer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // the client has gone; nothing to tell it
}

// sendTwice sends the whole HTTP response twice over, and closes the connection.
// Where the connection cannot be had, as in HTTP/2, the response is sent once.
func (a *heldAnswer) sendTwice(w http.ResponseWriter) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		a.send(w)
		return
	}
	defer conn.Close()
	for range 2 {
		a.write(buffered.Writer)
	}
	_ = buffered.Flush() // the client has gone; nothing to tell it
}

func (a *heldAnswer) write(w *bufio.Writer) {
	fmt.Fprintf(w, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	header := a.header.Clone()
	header.Set("Content-Length", strconv.Itoa(a.body.Len()))
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	_ = header.Write(w) // a bufio.Writer keeps its error for Flush
	_, _ = w.WriteString("\r\n")
	_, _ = w.Write(a.body.Bytes())
}

// garbage is a page of bytes that mean nothing, the same for the same seed.
func garbage(seed uint64) *heldAnswer {
	a := &heldAnswer{header: http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, status: http.StatusOK}
	noise := rand.NewChaCha8([32]byte{0: byte(seed), 1: byte(seed >> 8)})
	page := make([]byte, 512)
	_, _ = noise.Read(page) // never fails
	a.body.Write(page)
	return a
}

func badGateway() *heldAnswer {
	a := &heldAnswer{header: http.Header{"Content-Type": {"text/html"}}, status: http.StatusBadGateway}
	a.body.WriteString("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n")
	return a
}
