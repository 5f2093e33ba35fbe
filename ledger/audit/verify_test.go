package audit_test

import (
	"testing"
)

func TestALedgerThatKeptItsPromisesIsFoundClean(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		w.seal()
		wantClean(t, w.verify())
	})
}
