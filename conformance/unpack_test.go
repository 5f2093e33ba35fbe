package conformance_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestABodyIsUnpackedOrMarkedAsPacked(t *testing.T) {
	const plain = "<a>Hunter22</a>"
	packed := string(xmlvend.Zipped([]byte(plain)))
	for name, test := range map[string]struct {
		codings     []string
		body        string
		cut         bool
		want        string
		packed, end bool
	}{
		"as it is":            {nil, plain, false, plain, false, false},
		"identity":            {[]string{"identity"}, plain, false, plain, false, false},
		"gzip":                {[]string{"gzip"}, packed, false, plain, false, false},
		"GZIP":                {[]string{" GZIP "}, packed, false, plain, false, false},
		"x-gzip":              {[]string{"x-gzip"}, packed, false, plain, false, false},
		"nothing, in gzip":    {[]string{"gzip"}, "", false, "", false, false},
		"deflate":             {[]string{"deflate"}, plain, false, plain, true, false},
		"br":                  {[]string{"br"}, plain, false, plain, true, false},
		"gzip twice":          {[]string{"gzip", "gzip"}, packed, false, packed, true, false},
		"identity, then more": {[]string{"identity", "br"}, plain, false, plain, true, false},
		"no gzip at all":      {[]string{"gzip"}, plain, false, plain, true, false},
		"gzip with a bad end": {[]string{"gzip"}, packed[:len(packed)-1], false, packed[:len(packed)-1], true, false},
		"gzip that was cut":   {[]string{"gzip"}, packed[:len(packed)-1], true, plain, false, true},
		"a head that was cut": {[]string{"gzip"}, packed[:5], true, packed[:5], true, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := conformance.Message{Header: http.Header{"Content-Encoding": test.codings}, Body: []byte(test.body), Cut: test.cut}
			m.Unpack(100)
			if string(m.Body) != test.want || m.Packed != test.packed || m.Cut != test.end {
				t.Errorf("body %q, packed %t, cut %t", m.Body, m.Packed, m.Cut)
			}
		})
	}
}

func TestABodyThatUnpacksToMoreThanIsKeptIsCut(t *testing.T) {
	for length, cut := range map[int]bool{100: false, 101: true, 100_000: true} {
		m := conformance.Message{
			Header: http.Header{"Content-Encoding": {"gzip"}}, Body: xmlvend.Zipped([]byte(strings.Repeat("a", length))),
		}
		m.Unpack(100)
		if len(m.Body) != 100 || m.Cut != cut || m.Packed {
			t.Errorf("of %d bytes %d are kept, cut %t, packed %t", length, len(m.Body), m.Cut, m.Packed)
		}
	}
}
