//go:build soak

package stockmail_test

import (
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

func TestSoakAMillionVouchersAreReadInBoundedMemory(t *testing.T) {
	held := most(t, 1_000_000)
	t.Logf("a million vouchers: at most %d MB, with its garbage", held>>20)
	if held > 64<<20 {
		t.Errorf("%d MB", held>>20)
	}
}

func TestSoakOneBadLineOfAMillionIsFound(t *testing.T) {
	text := new(strings.Builder)
	m := &million{lines: 1_000_000}
	buffer := make([]byte, 1<<20)
	for {
		n, err := m.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	bad := replace(t, text.String(), "|9000777777|", "|9000777776|")
	_, _, err := all(stockmail.Read(parse(t, supplier(t, "kestrel")), strings.NewReader(bad), stockmail.Options{Today: today}))
	checkRefusal(t, "a serial twice", err, "line 777778: serial is on a line above too")
}
