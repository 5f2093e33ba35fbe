package schemas_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/schemas"
)

// FuzzValidate looks for documents that crash the validator, that it refuses without a reason fit to be logged, or that
// it accepts although the parser that decodes messages reads something else in them.
func FuzzValidate(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.doc)
	}
	good := readSample(f, "req-credit-vend-generic.xml")
	f.Add([]byte("\ufeff" + good))
	f.Add([]byte(strings.Replace(good, "UTF-8", "utf-16", 1)))
	f.Add([]byte(strings.Replace(good, "?>", "?><!DOCTYPE a>", 1)))
	v := defaultValidator(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		err := v.Validate(doc)
		if err == nil {
			decoded := etree.NewDocument()
			if err := decoded.ReadFromBytes(doc); err != nil {
				t.Fatalf("valid, yet etree cannot read it: %v", err)
			}
			root := decoded.Root()
			if ns := root.NamespaceURI(); root.Tag != "Envelope" || ns != schemas.NSSOAP11 && ns != schemas.NSSOAP12 {
				t.Fatalf("valid, yet etree reads {%s}%s", ns, root.Tag)
			}
			return
		}
		var invalid *schemas.Invalid
		if !errors.As(err, &invalid) {
			t.Fatalf("%T: %v", err, err)
		}
		if n := len(invalid.Violations); n == 0 || n > schemas.MaxViolations {
			t.Fatalf("%d violations", n)
		}
		for _, violation := range invalid.Violations {
			if violation.Reason == "" || violation.Line < 0 || len(violation.String()) > 4096 {
				t.Errorf("%+v", violation)
			}
		}
	})
}
