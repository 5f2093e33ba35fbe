//go:build bench

package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The street is the process around the switch: the POS terminals on one side of
// it and the utility on the other, doing as little as they can.

// streetOrder asks for sales by POS terminals.
type streetOrder struct {
	Kind      string
	Merchants int
	Products  int
	Address   string // of the switch
	Clients   int
	Run       int
	HowLong   time.Duration
}

// streetAnswer tells what came of it; first of all, where the utility is.
type streetAnswer struct {
	Utility string
	Sales   int64
	Took    time.Duration
	Failure string
}

func serveStreet(in *json.Decoder, out *json.Encoder) error {
	utility, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var tokens atomic.Int64
	go serveUtility(utility, slipOf(creditVendResp), &tokens)
	for {
		var order streetOrder
		if err := in.Decode(&order); err != nil {
			return err
		}
		answer := streetAnswer{Utility: "http://" + utility.Addr().String() + "/"}
		if order.Clients > 0 {
			if err := order.sell(&answer); err != nil {
				answer.Failure = err.Error()
			}
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
}

// sell lets each client sell over a connection of its own.
func (o streetOrder) sell(answer *streetAnswer) error {
	k := map[string]kind{electricity.name: electricity, stock.name: stock}[o.Kind]
	terminals := make(chan *till, o.Clients)
	var numbers atomic.Int64
	for range o.Clients {
		conn, err := net.Dial("tcp", o.Address)
		if err != nil {
			return err
		}
		defer conn.Close()
		terminals <- &till{
			conn: conn, in: bufio.NewReader(conn), form: k.request.clone(), answer: []byte(k.answer), numbers: &numbers,
			run: o.Run, from: crowd{o.Merchants, o.Products},
		}
	}
	r, err := drive(o.Clients, o.HowLong, func() error {
		p := <-terminals
		defer func() { terminals <- p }()
		return p.sell()
	})
	answer.Sales, answer.Took = r.sales, r.took
	return err
}

// till is a POS terminal on a connection of its own.
type till struct {
	conn    net.Conn
	in      *bufio.Reader
	body    bytes.Buffer
	form    form
	answer  []byte
	numbers *atomic.Int64
	run     int
	from    crowd
}

// sell sends one request and reads its answer, which must be a sale under the
// number of the request.
func (p *till) sell() error {
	p.form.fill(p.run, p.numbers.Add(1), p.from)
	if _, err := p.conn.Write(p.form.text); err != nil {
		return err
	}
	resp, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return err
	}
	p.body.Reset()
	if _, err := p.body.ReadFrom(resp.Body); err != nil {
		return err
	}
	number := p.form.text[p.form.number.from:p.form.number.to]
	got := p.body.Bytes()
	if at := find(got, `uniqueNumber="`, `"`); !bytes.Contains(got, p.answer) || !bytes.Equal(got[at.from:at.to], number) {
		return fmt.Errorf("request %s was answered with %s: %s", number, resp.Status, got)
	}
	return nil
}

// serveUtility answers each connection until there are no more.
func serveUtility(l net.Listener, s slip, tokens *atomic.Int64) {
	var connections sync.WaitGroup
	defer connections.Wait()
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		connections.Go(func() { sellTokens(conn, s, tokens) })
	}
}

// sellTokens answers what comes over one connection.
func sellTokens(conn net.Conn, s slip, tokens *atomic.Int64) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	var request bytes.Buffer
	var answer, out []byte
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		request.Reset()
		if _, err := io.Copy(&request, r.Body); err != nil {
			return
		}
		answer = s.fill(answer[:0], request.Bytes(), token(tokens.Add(1)))
		out = append(out[:0], "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: "...)
		out = strconv.AppendInt(out, int64(len(answer)), 10)
		out = append(append(out, "\r\n\r\n"...), answer...)
		if _, err := conn.Write(out); err != nil || r.Close {
			return
		}
	}
}
