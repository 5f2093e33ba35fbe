//go:build bench

package bench_test

import (
	"bytes"
	_ "embed"
	"fmt"
	"math/rand/v2"
)

//go:embed testdata/voucherVendReq.xml
var voucherVendReq []byte

// form is a request as a POS sends it, rendered beforehand: to make another
// request of it, digits are overwritten by as many digits.
type form struct {
	text                                   []byte // with the head of HTTP
	client, dateTime, number, meter, offer field
}

// field is where a value stands in a form; both are 0 if it does not.
type field struct{ from, to int }

func formOf(document []byte) form {
	f := form{text: append(fmt.Appendf(nil, "POST /xmlvend HTTP/1.1\r\nHost: switch\r\nContent-Type: text/xml; charset=utf-8\r\n"+
		"SOAPAction: \"\"\r\nContent-Length: %d\r\n\r\n", len(document)), document...)}
	f.client = find(f.text, `ean="`, `"`)
	f.dateTime = find(f.text, `dateTime="`, `"`)
	f.number = find(f.text, `uniqueNumber="`, `"`)
	f.meter = find(f.text, `msno="`, `"`)
	f.offer = find(f.text, `<v:productCode>`, `<`)
	return f
}

// find locates what stands between two texts, or nothing.
func find(in []byte, after, before string) field {
	from := bytes.Index(in, []byte(after))
	if from < 0 {
		return field{}
	}
	from += len(after)
	return field{from, from + bytes.IndexByte(in[from:], before[0])}
}

func (f form) clone() form {
	f.text = bytes.Clone(f.text)
	return f
}

// fill makes the n-th request of a run, of somebody out of the crowd.
func (f form) fill(run int, n int64, from crowd) {
	f.put(f.client, clientID(from.merchant()))
	f.put(f.dateTime, dateTime(run))
	f.put(f.number, messageNumber(n))
	if f.meter != (field{}) {
		f.put(f.meter, meterNumber(rand.IntN(meters)))
	}
	if f.offer != (field{}) {
		f.put(f.offer, productCode(rand.IntN(from.products)))
	}
}

func (f form) put(at field, value string) {
	if copy(f.text[at.from:at.to], value) != at.to-at.from || len(value) != at.to-at.from {
		panic("a value does not fit the form: " + value)
	}
}

// slip is the answer of a utility, rendered beforehand in pieces, between which
// goes what differs from one sale to the next.
type slip [5][]byte

func slipOf(document []byte) (s slip) {
	rest := document
	for i, mark := range []string{`dateTime="`, `uniqueNumber="`, `msno="`, `<b:stsCipher>`} {
		at := find(rest, mark, map[bool]string{true: "<", false: `"`}[mark[0] == '<'])
		s[i], rest = rest[:at.from], rest[at.to:]
	}
	s[4] = rest
	return s
}

// fill appends the answer to a request that holds dateTime, uniqueNumber and
// msno, for one token.
func (s slip) fill(to, request []byte, token string) []byte {
	for i, mark := range []string{`dateTime="`, `uniqueNumber="`, `msno="`} {
		at := find(request, mark, `"`)
		to = append(append(to, s[i]...), request[at.from:at.to]...)
	}
	to = append(append(to, s[3]...), token...)
	return append(to, s[4]...)
}
