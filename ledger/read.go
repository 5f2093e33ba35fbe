package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// defaultLimit is how many rows a list gives if its filter does not say.
const defaultLimit = 100

// Sale reads a sale with its opened outcome. Errors: ErrNotFound.
func (s *Store) Sale(ctx context.Context, id ID) (Sale, error) {
	return s.sale(ctx, "id = ?", id)
}

// SaleByReceipt reads a merchant's sale by the number on its slip. Errors:
// ErrNotFound.
func (s *Store) SaleByReceipt(ctx context.Context, merchant, receiptNo string) (Sale, error) {
	if receiptNo == "" {
		return Sale{}, ErrNotFound
	}
	return s.sale(ctx, "receipt_no = ? AND receipt_no <> '' AND merchant = ?", receiptNo, merchant)
}

// SaleByToken finds the sale that a supplier's token belongs to. Errors: ErrNotFound.
func (s *Store) SaleByToken(ctx context.Context, supplier, token string) (Sale, error) {
	return s.sale(ctx, "id = (SELECT sale_id FROM token WHERE hash = ? AND supplier = ?)", s.sealer.Hash("token", token), supplier)
}

func (s *Store) sale(ctx context.Context, where string, args ...any) (Sale, error) {
	var sealed []byte
	sale, err := scanSale(s.row(ctx, "SELECT "+saleColumns+", outcome FROM sale WHERE "+where, args...), &sealed)
	if err != nil {
		return Sale{}, notFound(err)
	}
	if len(sealed) > 0 {
		if sale.Outcome, err = s.sealer.Open(sealed, aad("outcome", sale.ID)); err != nil {
			return Sale{}, fmt.Errorf("outcome of sale %s: %w", sale.ID, err)
		}
	}
	return sale, nil
}

// where gathers the conditions of a filter.
type where struct {
	terms []string
	args  []any
}

func (w *where) and(term string, args ...any) {
	w.terms = append(w.terms, term)
	w.args = append(w.args, args...)
}

// text adds a condition unless its value is empty.
func (w *where) text(column, value string) {
	if value != "" {
		w.and(column+" = ?", value)
	}
}

// within adds the condition that a time is in [from, to), where given.
func (w *where) within(column string, from, to time.Time) {
	if !from.IsZero() {
		w.and(column+" >= ?", micro(from))
	}
	if !to.IsZero() {
		w.and(column+" < ?", micro(to))
	}
}

// in adds the condition that a column has one of the values, if there are any.
func in[T ~string](w *where, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = string(v)
	}
	w.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

func (w *where) sql() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.terms, " AND ")
}

// limited adds order and limit. A negative limit is none.
func (w *where) limited(order string, limit int) string {
	if limit < 0 {
		return w.sql() + " ORDER BY " + order
	}
	if limit == 0 {
		limit = defaultLimit
	}
	return w.sql() + fmt.Sprintf(" ORDER BY %s LIMIT %d", order, limit)
}

// collect runs a query and reads each row.
func collect[T any](ctx context.Context, s *Store, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	found, err := s.db.QueryContext(ctx, s.db.Rebind(query), args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var list []T
	for found.Next() {
		item, err := read(found)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, found.Err()
}

// SaleFilter picks sales; empty fields pick all.
type SaleFilter struct {
	Merchant, Client, Product, Supplier, Target string
	States                                      []SaleState
	Without                                     []string  // operations to leave out
	From, To                                    time.Time // opened in [From, To)
	Limit                                       int       // zero means 100, less than zero all
}

// Sales lists sales, newest first, without their outcomes.
func (s *Store) Sales(ctx context.Context, f SaleFilter) ([]Sale, error) {
	var w where
	w.text("merchant", f.Merchant)
	w.text("client", f.Client)
	w.text("product", f.Product)
	w.text("supplier", f.Supplier)
	w.text("target", f.Target)
	in(&w, "state", f.States)
	for _, operation := range f.Without {
		w.and("operation <> ?", operation)
	}
	w.within("opened_at", f.From, f.To)
	return collect(ctx, s, func(row scanner) (Sale, error) { return scanSale(row) },
		"SELECT "+saleColumns+" FROM sale"+w.limited("opened_at DESC, id DESC", f.Limit), w.args...)
}

// LegFilter picks legs; empty fields pick all.
type LegFilter struct {
	SaleID    ID
	Direction Direction
	Party     string
	Operation string
	States    []LegState
	From, To  time.Time // opened in [From, To)
	Limit     int       // zero means 100, less than zero all
}

// Legs lists legs: those of one sale oldest first, others newest first.
func (s *Store) Legs(ctx context.Context, f LegFilter) ([]Leg, error) {
	var w where
	order := "opened_at DESC, id DESC"
	if f.SaleID != (ID{}) {
		w.and("sale_id = ?", f.SaleID)
		order = "opened_at, direction, id"
	}
	w.text("direction", string(f.Direction))
	w.text("party", f.Party)
	w.text("operation", f.Operation)
	in(&w, "state", f.States)
	w.within("opened_at", f.From, f.To)
	return collect(ctx, s, scanLeg, "SELECT "+legColumns+" FROM leg"+w.limited(order, f.Limit), w.args...)
}

// Leg reads one leg. Errors: ErrNotFound.
func (s *Store) Leg(ctx context.Context, id ID) (Leg, error) {
	l, err := scanLeg(s.row(ctx, "SELECT "+legColumns+" FROM leg WHERE id = ?", id))
	return l, notFound(err)
}

// Evidence opens the raw answer that a leg was closed with; nil if there was
// none. It may hold tokens: the caller must have disclosed them. Errors:
// ErrNotFound.
func (s *Store) Evidence(ctx context.Context, legID ID) ([]byte, error) {
	var sealed []byte
	if err := s.row(ctx, "SELECT evidence FROM leg WHERE id = ?", legID).Scan(&sealed); err != nil {
		return nil, notFound(err)
	}
	if len(sealed) == 0 {
		return nil, nil
	}
	return s.sealer.Open(sealed, aad("evidence", legID))
}

// Vouchers lists what was sold in a sale, with opened PINs: the caller must
// have disclosed them.
func (s *Store) Vouchers(ctx context.Context, saleID ID) ([]Voucher, error) {
	sold, err := collect(ctx, s, scanVoucher,
		"SELECT "+voucherColumns+" FROM voucher WHERE sale_id = ? ORDER BY expires_on, seq", saleID)
	if err != nil {
		return nil, err
	}
	vouchers := make([]Voucher, len(sold))
	for i, v := range sold {
		pin, err := s.sealer.Open(v.sealed, aad("pin", v.ID))
		if err != nil {
			return nil, fmt.Errorf("voucher %s: %w", v.ID, err)
		}
		vouchers[i] = v.Voucher
		vouchers[i].PIN = string(pin)
	}
	return vouchers, nil
}

// Disclose journals that tokens or PINs of a sale are about to leave once
// more: a reprint, a last response, an operator's look. It returns when the
// entry is committed. Errors: ErrNotFound.
func (s *Store) Disclose(ctx context.Context, saleID ID, actor, reason string) error {
	var there int
	if err := s.row(ctx, "SELECT 1 FROM sale WHERE id = ?", saleID).Scan(&there); err != nil {
		return fmt.Errorf("sale %s: %w", saleID, notFound(err))
	}
	return s.writer.do(ctx, &disclose{saleID, actor, reason})
}

type disclose struct {
	saleID        ID
	actor, reason string
}

func (c *disclose) need(*needs) {}

func (c *disclose) decide(v *view) error {
	v.entry(NewID(), EntryDisclosure, c.saleID, ID{}, c.actor, DisclosedBody{V: BodyVersion, Reason: c.reason}, nil)
	return nil
}
