package ledger

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// StockedVoucher is a voucher as people ask after it: where it stands, and who got
// it. Its PIN is not among it.
type StockedVoucher struct {
	Voucher
	State    StockState
	Merchant string // of its sale, as the rest
	Client   string
	Terminal string
	Cashier  string
	SoldAt   time.Time
	Sale     SaleState
	Act      *StockAct // that moved it last, if it is quarantined, returned or expired
}

// FindSerial finds the vouchers with a serial number: a supplier's, or without a
// supplier those of all. The PINs are not read.
func (s *Store) FindSerial(ctx context.Context, supplier, serial string) ([]StockedVoucher, error) {
	var w where
	w.text("p.code", supplier)
	w.and("v.serial = ?", serial)
	// By the suppliers, so that the index of a supplier's serials serves each.
	found, err := collect(ctx, s, scanStocked, `SELECT v.id, v.supplier, v.product, v.batch, v.serial, v.face, v.cost, v.currency,
			v.expires_on, v.sale_id, v.state, COALESCE(s.merchant, ''), COALESCE(s.client, ''), COALESCE(s.terminal, ''),
			COALESCE(s.cashier, ''), s.settled_at, COALESCE(s.state, '')
		FROM supplier AS p JOIN voucher AS v ON v.supplier = p.code LEFT JOIN sale AS s ON s.id = v.sale_id`+
		w.limited("v.supplier", -1), w.args...)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if err := s.explain(ctx, &found[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// explain finds why a voucher is off sale.
func (s *Store) explain(ctx context.Context, v *StockedVoucher) error {
	switch v.State {
	case StockQuarantined, StockReturned, StockExpired:
	default:
		return nil
	}
	acts, err := s.stockActs(ctx, v.Supplier, v.Batch, "", -1)
	for _, a := range acts {
		if a.about(*v) {
			v.Act = &a
			break
		}
	}
	return err
}

func scanStocked(row scanner) (v StockedVoucher, err error) {
	var sale uuid.NullUUID
	var sold *time.Time
	err = row.Scan(&v.ID, &v.Supplier, &v.Product, &v.Batch, &v.Serial, &v.Face, &v.Cost, &v.Currency, &v.ExpiresOn, &sale,
		&v.State, &v.Merchant, &v.Client, &v.Terminal, &v.Cashier, &sold, &v.Sale)
	v.SaleID = sale.UUID
	if sold != nil {
		v.SoldAt = sold.UTC()
	}
	if v.ExpiresOn == neverExpires {
		v.ExpiresOn = ""
	}
	return v, err
}
