package audit

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// sale is a row of sale, or what the journal says it should be. It is
// comparable; the outcome is there as its fingerprint.
type sale struct {
	ID                           ledger.ID
	Client, DateTime             string
	Number                       int
	Channel, Operation, Merchant string
	Terminal, Cashier, Product   string
	Supplier, Target             string
	Quantity                     int
	Tender, Commission, Hold     int64
	Currency, ReceiptNo          string
	State                        ledger.SaleState
	Reason                       string
	OpenedAt, SettledAt          instant
	Outcome                      string // SHA-256 of the sealed bytes, in hex
}

// leg is a row of leg, without the columns that come and go without entries, or
// what the journal says it should be.
type leg struct {
	ID, SaleID         ledger.ID
	Direction          ledger.Direction
	Vend               bool
	Operation, Party   string
	DateTime           string
	Number             int
	Amount             int64
	Target             string
	State              ledger.LegState
	Code, Note         string
	OpenedAt, ClosedAt instant
	Evidence           string // SHA-256 of the sealed bytes, in hex
}

// field is a column by name and value.
type field struct {
	name  string
	value any
}

func (s *sale) fields() []field {
	return []field{
		{"client", s.Client}, {"date_time", s.DateTime}, {"number", s.Number},
		{"channel", s.Channel}, {"operation", s.Operation}, {"merchant", s.Merchant},
		{"terminal", s.Terminal}, {"cashier", s.Cashier}, {"product", s.Product},
		{"supplier", s.Supplier}, {"target", s.Target}, {"quantity", s.Quantity},
		{"tender", s.Tender}, {"commission", s.Commission}, {"hold", s.Hold},
		{"currency", s.Currency}, {"receipt_no", s.ReceiptNo}, {"state", s.State},
		{"reason", s.Reason}, {"opened_at", s.OpenedAt}, {"settled_at", s.SettledAt},
		{"outcome", s.Outcome},
	}
}

func (l *leg) fields() []field {
	return []field{
		{"sale_id", l.SaleID}, {"direction", l.Direction}, {"vend", l.Vend},
		{"operation", l.Operation}, {"party", l.Party}, {"date_time", l.DateTime},
		{"number", l.Number}, {"amount", l.Amount}, {"target", l.Target}, {"state", l.State},
		{"code", l.Code}, {"note", l.Note}, {"opened_at", l.OpenedAt},
		{"closed_at", l.ClosedAt}, {"evidence", l.Evidence},
	}
}

// String writes the column for a finding.
func (f field) String() string {
	at, isTime := f.value.(instant)
	switch {
	case isTime && at == 0:
		return f.name + " empty"
	case isTime:
		return f.name + " " + time.UnixMicro(int64(at)).UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%s %q", f.name, fmt.Sprint(f.value))
}

// instant is a time in microseconds since 1970, which unlike a time.Time can be
// compared with ==. Zero means that there is none.
type instant int64

func instantOf(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instant(t.UnixMicro())
}

// saleRow is a row of sale without its outcome.
type saleRow struct {
	ID         ledger.ID        `db:"id"`
	Client     string           `db:"client"`
	DateTime   string           `db:"date_time"`
	Number     int              `db:"number"`
	Channel    string           `db:"channel"`
	Operation  string           `db:"operation"`
	Merchant   string           `db:"merchant"`
	Terminal   string           `db:"terminal"`
	Cashier    string           `db:"cashier"`
	Product    string           `db:"product"`
	Supplier   string           `db:"supplier"`
	Target     string           `db:"target"`
	Quantity   int              `db:"quantity"`
	Tender     int64            `db:"tender"`
	Commission int64            `db:"commission"`
	Hold       int64            `db:"hold"`
	Currency   string           `db:"currency"`
	ReceiptNo  string           `db:"receipt_no"`
	State      ledger.SaleState `db:"state"`
	Reason     string           `db:"reason"`
	OpenedAt   time.Time        `db:"opened_at"`
	SettledAt  sql.NullTime     `db:"settled_at"`
}

const saleColumns = `id, client, date_time, number, channel, operation, merchant, terminal, cashier, product,
	supplier, target, quantity, tender, commission, hold, currency, receipt_no, state, reason, opened_at, settled_at`

func (r *saleRow) sale() *sale {
	return &sale{
		ID: r.ID, Client: r.Client, DateTime: r.DateTime, Number: r.Number, Channel: r.Channel,
		Operation: r.Operation, Merchant: r.Merchant, Terminal: r.Terminal, Cashier: r.Cashier,
		Product: r.Product, Supplier: r.Supplier, Target: r.Target, Quantity: r.Quantity,
		Tender: r.Tender, Commission: r.Commission, Hold: r.Hold, Currency: r.Currency,
		ReceiptNo: r.ReceiptNo, State: r.State, Reason: r.Reason,
		OpenedAt: instantOf(r.OpenedAt), SettledAt: instantOf(r.SettledAt.Time),
	}
}

// legRow is a row of leg without its evidence, with what its message id was
// claimed for: of an inbound leg by whom with what content, of an outbound one
// by which leg.
type legRow struct {
	ID        ledger.ID        `db:"id"`
	SaleID    uuid.NullUUID    `db:"sale_id"`
	Direction ledger.Direction `db:"direction"`
	Vend      bool             `db:"vend"`
	Operation string           `db:"operation"`
	Party     string           `db:"party"`
	DateTime  string           `db:"date_time"`
	Number    int              `db:"number"`
	Amount    int64            `db:"amount"`
	Target    string           `db:"target"`
	State     ledger.LegState  `db:"state"`
	Code      string           `db:"code"`
	Note      string           `db:"note"`
	OpenedAt  time.Time        `db:"opened_at"`
	ClosedAt  sql.NullTime     `db:"closed_at"`
	Claimant  uuid.NullUUID    `db:"claimant"`
	Claim     sql.NullString   `db:"claim"`
	ClaimSale uuid.NullUUID    `db:"claim_sale"`
	Digest    []byte           `db:"digest"`
}

const legQuery = `SELECT l.id, l.sale_id, l.direction, l.vend, l.operation, l.party, l.date_time, l.number,
		l.amount, l.target, l.state, l.code, l.note, l.opened_at, l.closed_at,
		u.leg_id AS claimant, m.kind AS claim, m.sale_id AS claim_sale, m.digest
	FROM leg AS l
	LEFT JOIN upstream_message AS u
		ON l.direction = 'out' AND u.supplier = l.party AND u.date_time = l.date_time AND u.number = l.number
	LEFT JOIN message AS m
		ON l.direction = 'in' AND m.client = l.party AND m.date_time = l.date_time AND m.number = l.number `

func (r *legRow) leg() *leg {
	return &leg{
		ID: r.ID, SaleID: r.SaleID.UUID, Direction: r.Direction, Vend: r.Vend, Operation: r.Operation,
		Party: r.Party, DateTime: r.DateTime, Number: r.Number, Amount: r.Amount, Target: r.Target,
		State: r.State, Code: r.Code, Note: r.Note,
		OpenedAt: instantOf(r.OpenedAt), ClosedAt: instantOf(r.ClosedAt.Time),
	}
}

// fingerprint is how the journal refers to sealed bytes.
func fingerprint(sealed []byte) string {
	if len(sealed) == 0 {
		return ""
	}
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:])
}

// newSale is a sale as its first entry describes it.
func newSale(f *ledger.SaleFacts, e *entry, state ledger.SaleState) *sale {
	return &sale{
		ID: f.ID, Client: f.Client, DateTime: f.DateTime, Number: f.Number, Channel: f.Channel,
		Operation: f.Operation, Merchant: f.Merchant, Terminal: f.Terminal, Cashier: f.Cashier,
		Product: f.Product, Supplier: f.Supplier, Target: f.Target, Quantity: f.Quantity,
		Tender: f.Tender, Commission: f.Commission, Currency: f.Currency, ReceiptNo: f.ReceiptNo,
		State: state, OpenedAt: instantOf(e.At),
	}
}

// expectedLeg is a leg as the journal describes it.
type expectedLeg struct {
	leg
	kind   ledger.MessageKind // what it claims its message id for; empty: it claims none
	digest string             // of the request, in hex
}

// newLeg is a leg as the entry that opened it describes it.
func newLeg(f *ledger.LegFacts, e *entry) *expectedLeg {
	l := leg{
		ID: f.ID, SaleID: f.SaleID, Direction: f.Direction, Vend: f.Vend, Operation: f.Operation,
		Party: f.Party, DateTime: f.DateTime, Number: f.Number, Amount: f.Amount, Target: f.Target,
		State: f.State, Code: f.Code, Note: f.Note, OpenedAt: instantOf(e.At),
	}
	if f.State != ledger.LegOpen {
		l.ClosedAt = instantOf(e.At)
	}
	return &expectedLeg{leg: l}
}

// claim says that the leg claims its message id.
func (l *expectedLeg) claim(kind ledger.MessageKind, digest string) *expectedLeg {
	l.kind, l.digest = kind, digest
	return l
}

// end gives a leg the state that an entry tells of. A leg that buys and is
// unknown is not closed: its sale depends on what it will become. The request's
// own leg keeps its note.
func (l *leg) end(end *ledger.LegEnd, e *entry) {
	l.State, l.Code = end.State, end.Code
	if l.Direction == ledger.Outbound || l.SaleID == (ledger.ID{}) {
		l.Note = end.Note
	}
	if !l.Vend || end.State.Final() {
		l.ClosedAt = instantOf(e.At)
	}
	if end.Evidence != "" {
		l.Evidence = end.Evidence
	}
}
