package ledger

import (
	"database/sql"
	"time"

	"github.com/google/uuid"
)

// scanner is a row of a result.
type scanner interface{ Scan(into ...any) error }

const saleColumns = `id, client, date_time, number, channel, operation, merchant, terminal, cashier,
	product, supplier, target, quantity, tender, commission, hold, currency, receipt_no,
	state, reason, opened_at, settled_at`

// scanSale reads saleColumns and then what more is asked for.
func scanSale(from scanner, more ...any) (Sale, error) {
	var (
		s       Sale
		settled sql.NullTime
	)
	err := from.Scan(append([]any{&s.ID, &s.Client, &s.Message.DateTime, &s.Message.Number,
		&s.Channel, &s.Operation, &s.Merchant, &s.Terminal, &s.Cashier,
		&s.Product, &s.Supplier, &s.Target, &s.Quantity, &s.Tender, &s.Commission, &s.Hold,
		&s.Currency, &s.ReceiptNo, &s.State, &s.Reason, &s.OpenedAt, &settled}, more...)...)
	s.Message.Client = s.Client
	s.OpenedAt = s.OpenedAt.UTC()
	s.SettledAt = settled.Time.UTC()
	return s, err
}

const legColumns = `id, opened_at, sale_id, direction, vend, operation, party, date_time, number, state,
	code, note, amount, target, closed_at, node, lease_until, asked, absent, next_at`

// scanLeg reads legColumns.
func scanLeg(from scanner) (Leg, error) {
	var (
		l                   Leg
		sale                uuid.NullUUID
		closed, lease, next sql.NullTime
	)
	err := from.Scan(&l.ID, &l.OpenedAt, &sale, &l.Direction, &l.Vend, &l.Operation, &l.Party,
		&l.DateTime, &l.Number, &l.State, &l.Code, &l.Note, &l.Amount, &l.Target, &closed,
		&l.Node, &lease, &l.Asked, &l.Absent, &next)
	l.SaleID = sale.UUID
	l.OpenedAt = l.OpenedAt.UTC()
	l.ClosedAt, l.LeaseUntil, l.NextAt = closed.Time.UTC(), lease.Time.UTC(), next.Time.UTC()
	return l, err
}

const floatColumns = "merchant, currency, posted, held, credit_line, blocked"

// scanFloat reads floatColumns.
func scanFloat(from scanner) (*floatRow, error) {
	var f Float
	var blocked bool
	err := from.Scan(&f.Merchant, &f.Currency, &f.Posted, &f.Held, &f.CreditLine, &blocked)
	return existingFloat(f, blocked), err
}

const messageColumns = `client, date_time, number, kind, operation, digest, sale_id, at`

// scanMessage reads messageColumns.
func scanMessage(from scanner) (Message, error) {
	var (
		m      Message
		digest []byte
		sale   uuid.NullUUID
	)
	err := from.Scan(&m.Key.Client, &m.Key.DateTime, &m.Key.Number, &m.Kind, &m.Operation,
		&digest, &sale, &m.At)
	copy(m.Digest[:], digest)
	m.SaleID = sale.UUID
	m.At = m.At.UTC()
	return m, err
}

const voucherColumns = `id, supplier, product, batch, serial, face, cost, currency, expires_on, sale_id, pin`

// scanVoucher reads voucherColumns. The PIN stays sealed.
func scanVoucher(from scanner) (stocked, error) {
	var (
		v    stocked
		sale uuid.NullUUID
	)
	err := from.Scan(&v.ID, &v.Supplier, &v.Product, &v.Batch, &v.Serial, &v.Face, &v.Cost,
		&v.Currency, &v.ExpiresOn, &sale, &v.sealed)
	v.SaleID = sale.UUID
	if v.ExpiresOn == neverExpires {
		v.ExpiresOn = ""
	}
	return v, err
}

// neverExpires stands in the database for vouchers without a date, so that
// they are sold last.
const neverExpires = "9999-12-31"

// expiry is a voucher's date as it is stored.
func (v Voucher) expiry() string {
	if v.ExpiresOn == "" {
		return neverExpires
	}
	return v.ExpiresOn
}

// dateLayout is how dates are written.
const dateLayout = time.DateOnly

// scanEntry reads id, at, kind, sale_id, leg_id, actor and body.
func scanEntry(from scanner) (Entry, error) {
	var (
		e         Entry
		sale, leg uuid.NullUUID
	)
	err := from.Scan(&e.ID, &e.At, &e.Kind, &sale, &leg, &e.Actor, &e.Body)
	e.At, e.SaleID, e.LegID = e.At.UTC(), sale.UUID, leg.UUID
	return e, err
}

// scanLine reads a posting with the facts of its entry.
func scanLine(from scanner) (PostedLine, error) {
	var (
		l    PostedLine
		sale uuid.NullUUID
	)
	err := from.Scan(&l.EntryID, &l.At, &l.Kind, &sale, &l.Line, &l.Account, &l.Amount, &l.Currency)
	l.At, l.SaleID = l.At.UTC(), sale.UUID
	return l, err
}

// What a look finds, row by row, goes into the view.

func (v *view) seeFloat(r scanner) error {
	f, err := scanFloat(r)
	v.floats[f.Merchant] = f
	return err
}

func (v *view) seeLeg(r scanner) error {
	l, err := scanLeg(r)
	v.legs[l.ID] = existingLeg(l)
	return err
}

func (v *view) seeSale(r scanner) error {
	s, err := scanSale(r)
	v.sales[s.ID] = existingSale(s)
	return err
}

func (v *view) seeMessage(r scanner) error {
	m, err := scanMessage(r)
	v.messages[m.Key] = m
	return err
}

func (v *view) seeToken(r scanner) error {
	var supplier string
	var hash []byte
	var sale ID
	err := r.Scan(&supplier, &hash, &sale)
	v.tokens[tokenKey{supplier, string(hash)}] = sale
	return err
}

func (v *view) seeReference(r scanner) error {
	var k referenceKey
	var entry ID
	err := r.Scan(&k.kind, &k.reference, &entry)
	v.references[k] = entry
	return err
}

func (v *view) seeVoucher(r scanner) error {
	s, err := scanVoucher(r)
	v.stock[s.Product] = append(v.stock[s.Product], s)
	return err
}
