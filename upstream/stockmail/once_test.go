package stockmail_test

import "testing"

// Of each voucher 32 bytes are remembered: the hashes of its serial and its PIN.
func TestMemoryGrowsByALittleForEachVoucher(t *testing.T) {
	const lines = 200_000
	if held := most(t, lines); held > lines*64+8<<20 {
		t.Errorf("%d bytes for %d vouchers", held, lines)
	}
}
