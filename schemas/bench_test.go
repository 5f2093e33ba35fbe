package schemas_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/schemas"
)

func BenchmarkValidate(b *testing.B) {
	v := defaultValidator(b)
	for _, name := range []string{
		"req-credit-vend-generic.xml", "resp-credit-vend-generic.xml", "req-voucher-vend.xml", "invalid/ean-12-digits.xml",
	} {
		doc := []byte(readSample(b, name))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = v.Validate(doc)
				}
			})
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := schemas.New(); err != nil {
			b.Fatal(err)
		}
	}
}
