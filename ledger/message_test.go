package ledger_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestAVoidMessageIDNeverSells(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(1, ""))
		o, c := w.order(10_000)
		m, err := w.Void(t.Context(), o.Message, "adviceReq")
		must(t, err)
		if m.Kind != ledger.MessageVoid || m.Key != o.Message || !m.At.Equal(w.clock.Now()) {
			t.Errorf("message is %+v", m)
		}
		_, err = w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrMessageVoid)
		p := w.purchase(1)
		p.Message = o.Message
		_, err = w.Sell(t.Context(), p)
		wantErr(t, err, ledger.ErrMessageVoid)
		_, err = w.Refuse(t.Context(), refusal(o))
		wantErr(t, err, ledger.ErrMessageVoid)
		_, err = w.Note(t.Context(), ledger.Lookup{LegID: ledger.NewID(), Message: o.Message})
		wantErr(t, err, ledger.ErrMessageVoid)
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestAMessageIDInUseIsNotMadeVoid(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		m, err := w.Void(t.Context(), o.Message, "adviceReq")
		must(t, err)
		if m.Kind != ledger.MessageSale || m.SaleID != o.ID || m.Digest != o.Digest {
			t.Errorf("message is %+v", m)
		}
		_, err = w.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
	})
}

func TestAVoidIDIsVoidedAgainWithoutAnEntry(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		k := w.key()
		for range 3 {
			m, err := w.Void(t.Context(), k, "adviceReq")
			must(t, err)
			if m.Kind != ledger.MessageVoid {
				t.Errorf("message is %+v", m)
			}
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM entry WHERE kind = 'message.void'"); n != 1 {
			t.Errorf("%d entries, want 1", n)
		}
	})
}

func TestAnAdviceThatRacesItsVendLeavesASaleOrAVoidIDNeverBoth(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 10_000_000)
		var group sync.WaitGroup
		for range 40 {
			o, c := w.order(10_000)
			var promised, sold bool
			var pair sync.WaitGroup
			pair.Go(func() {
				m, err := w.Void(t.Context(), o.Message, "adviceReq")
				if err != nil {
					t.Error(err)
				}
				promised = m.Kind == ledger.MessageVoid
			})
			pair.Go(func() {
				_, err := w.Begin(t.Context(), o, c)
				if err != nil && !errors.Is(err, ledger.ErrMessageVoid) {
					t.Error(err)
				}
				sold = err == nil
			})
			group.Go(func() {
				pair.Wait()
				if promised == sold {
					t.Errorf("promised not to sell: %t, sold: %t", promised, sold)
				}
			})
		}
		group.Wait()
		w.books(t)
	})
}

func TestMessageNumbersAreIntegersAndDateTimesText(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		k := ledger.MessageKey{Client: client, DateTime: "20261123120000", Number: 412}
		_, err := w.Void(t.Context(), k, "adviceReq")
		must(t, err)
		for _, other := range []ledger.MessageKey{
			{Client: client, DateTime: "2026112312000", Number: 412},
			{Client: client, DateTime: "20261123120000", Number: 413},
			{Client: "other", DateTime: "20261123120000", Number: 412},
		} {
			_, err := w.Message(t.Context(), other)
			wantErr(t, err, ledger.ErrNotFound)
		}
		m, err := w.Message(t.Context(), k)
		must(t, err)
		if m.Key != k {
			t.Errorf("message is %+v", m)
		}
	})
}
