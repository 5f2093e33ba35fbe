package ledger

import (
	"context"
	"fmt"

	"github.com/vendswitch/vendswitch/ledger/vault"
)

// resealChunk is how many vouchers are sealed anew in one transaction. Sales pass
// over them for its few milliseconds.
const resealChunk = 200

// Resealed is what ResealStock has done.
type Resealed struct {
	Seen     int            // vouchers looked at
	Resealed int            // of them, under the active key now
	Left     map[string]int // of them, those under other keys, by key
}

// ResealStock seals the PINs of all vouchers, sold ones too, under the active key
// where they are under another, while sales go on: a PIN is replaced only if it is
// what was read. At most limit are; zero is no limit. It may be cut short and run
// again, and several may run. progress is told what was done so far; it may be nil.
func (s *Store) ResealStock(ctx context.Context, limit int, progress func(Resealed)) (Resealed, error) {
	active, err := vault.KeyID(s.sealer.Seal(nil, nil))
	if err != nil {
		return Resealed{}, fmt.Errorf("the active key: %w", err)
	}
	done := Resealed{Left: make(map[string]int)}
	var last ID
	for {
		page, err := collect(ctx, s, scanSealed, "SELECT id, pin FROM voucher WHERE id > ? ORDER BY id LIMIT ?", last, resealChunk)
		if err != nil || len(page) == 0 {
			return done, err
		}
		last = page[len(page)-1].ID
		done.Seen += len(page)
		var old []sealedVoucher
		for _, v := range page {
			key, err := vault.KeyID(v.sealed)
			if err != nil {
				return done, fmt.Errorf("voucher %s: %w", v.ID, err)
			}
			switch {
			case key == active:
			case limit > 0 && done.Resealed+len(old) >= limit:
				done.Left[key]++
			default:
				old = append(old, v)
			}
		}
		n, err := s.reseal(ctx, old)
		if err != nil {
			return done, err
		}
		done.Resealed += n
		if progress != nil {
			progress(done)
		}
	}
}

func scanSealed(row scanner) (v sealedVoucher, err error) {
	err = row.Scan(&v.ID, &v.sealed)
	return v, err
}

// reseal replaces the PINs of some vouchers, and returns how many it has replaced.
func (s *Store) reseal(ctx context.Context, old []sealedVoucher) (n int, err error) {
	if len(old) == 0 {
		return 0, nil
	}
	fresh := make([][]byte, len(old))
	for i, v := range old {
		pin, err := s.sealer.Open(v.sealed, aad("pin", v.ID))
		if err != nil {
			return 0, fmt.Errorf("voucher %s: %w", v.ID, err)
		}
		fresh[i] = s.sealer.Seal(pin, aad("pin", v.ID))
		clear(pin)
	}
	err = s.retried(ctx, func(tx transaction) error {
		n = 0
		for i, v := range old {
			touched, err := tx.exec(ctx, "UPDATE voucher SET pin = ? WHERE id = ? AND pin = ?", fresh[i], v.ID, v.sealed)
			if err != nil {
				return err
			}
			n += int(touched)
		}
		return nil
	})
	return n, err
}
