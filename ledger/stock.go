package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// StockState is where a voucher stands.
type StockState string

const (
	StockAwaiting    StockState = "awaiting"    // loaded, not approved yet
	StockActive      StockState = "active"      // on sale
	StockReserved    StockState = "reserved"    // put aside for a card
	StockSold        StockState = "sold"        // it belongs to a sale
	StockQuarantined StockState = "quarantined" // held back while something is found out
	StockExpired     StockState = "expired"     // not sold in time
	StockReturned    StockState = "returned"    // given back to the supplier
)

// StockStates are all, in the order of a voucher's life.
var StockStates = []StockState{StockAwaiting, StockActive, StockReserved, StockQuarantined, StockSold, StockExpired, StockReturned}

// Batch is a delivery of vouchers by a supplier, as it is loaded.
type Batch struct {
	Supplier       string
	Name           string // the supplier's; unique among those of it that were not rejected
	Actor          string // who loads it
	Unattended     bool   // that is no person: two must approve it
	Source         string // where it came from: the id of a mail, the name of a file
	Order          string // the number of our order
	Agreement      int    // version of the supplier's agreement by which it was read; 0 is none
	CiphertextHash string // SHA-256 of the file as it came, hex; empty if it was not encrypted

	// Control says, once all vouchers have been read, what the file claims to be.
	// Its error refuses the batch. Nil claims nothing.
	Control func() (Control, error)

	// Zone is in which a refusal tells when something was loaded before; nil is UTC.
	Zone *time.Location

	// Progress is told now and then how many vouchers have been written. May be nil.
	Progress func(n int)
}

// Control is what is known of a file once it has been read to its end.
type Control struct {
	CleartextHash string // SHA-256 of the file as it was read, hex; may be empty
	Totals        *Totals
}

// Totals is what a file says that it holds. It is checked against what came.
type Totals struct {
	Count int
	Face  int64 // minor units, of all currencies
}

// StockLine sums vouchers of one product.
type StockLine struct {
	Supplier string `json:"supplier"`
	Product  string `json:"product"`
	Currency string `json:"currency"`
	Count    int    `json:"count"`
	Face     int64  `json:"face"`
	Cost     int64  `json:"cost"`
}

// Loaded is what LoadStock has put into stock.
type Loaded struct {
	Entry ID          // by which the batch is known
	Lines []StockLine // by product
}

// ErrTotals means that a file does not hold what it says that it holds.
var ErrTotals = errors.New("control totals differ")

const (
	// loadChunk is how many vouchers are written with one statement.
	loadChunk = 2000

	// maxDuplicates is how many serials a refusal names.
	maxDuplicates = 5
)

// LoadStock loads a batch of vouchers in one transaction, all or nothing. They
// await a second person: see ApproveStock, which also posts their cost. PINs are
// sealed as they come. Supplier, Batch and SaleID of the vouchers are ignored, an
// ID is made if there is none. The first error of the sequence is returned. The
// sequence should come from this machine: on PostgreSQL a pause of ten seconds in
// it ends the transaction.
//
// On SQLite no sale can be committed while a batch is being loaded.
//
// Errors: ErrExists (a DuplicateError, which says what was there before),
// ErrNotFound (the supplier, or a product of it), ErrTotals, ErrBusy (another
// node is loading the same). None says the name of the batch: it may be read from the
// file that is refused, whose columns may be exchanged, and then it is a PIN.
func (s *Store) LoadStock(ctx context.Context, b Batch, vouchers iter.Seq2[Voucher, error]) (Loaded, error) {
	l := &loading{store: s, batch: b, entry: NewID(), lines: make(map[string]*StockLine)}
	err := s.alone(ctx, func(tx transaction) error { return l.run(ctx, tx, vouchers) })
	if err != nil {
		if !l.refused {
			err = s.busy(err)
		}
		return Loaded{}, err
	}
	return Loaded{Entry: l.entry, Lines: l.sums()}, nil
}

// loading is an import under way.
type loading struct {
	store    *Store
	batch    Batch
	entry    ID
	products map[string]Product
	lines    map[string]*StockLine
	count    int
	face     int64
	chunk    []sealedVoucher
	refused  bool // what is given cannot be loaded, whatever the database says
}

// sealedVoucher is a voucher as it is written.
type sealedVoucher struct {
	Voucher
	sealed, hash []byte
}

func (l *loading) run(ctx context.Context, tx transaction, vouchers iter.Seq2[Voucher, error]) error {
	if err := l.begin(ctx, tx); err != nil {
		return err
	}
	for v, err := range vouchers {
		l.count++
		if err != nil {
			l.refused = true
			return err
		}
		if err := l.add(v); err != nil {
			l.refused = true
			return fmt.Errorf("voucher %d: %w", l.count, err)
		}
		if len(l.chunk) == loadChunk {
			if err := l.flush(ctx, tx); err != nil {
				return err
			}
		}
	}
	if l.count == 0 {
		return errors.New("no vouchers")
	}
	if err := l.flush(ctx, tx); err != nil {
		return err
	}
	control, err := l.control(ctx, tx)
	if err != nil {
		return err
	}
	return l.finish(ctx, tx, control)
}

// begin claims the batch and reads the supplier's products.
func (l *loading) begin(ctx context.Context, tx transaction) error {
	if l.batch.Name == "" || l.batch.Actor == "" {
		return errors.New("the name of the batch and of who loads it must be given")
	}
	b := l.batch
	if !validHash(b.CiphertextHash) {
		return errors.New("the hash of the ciphertext is no SHA-256 in hex")
	}
	for _, text := range []string{b.Supplier, b.Name, b.Source, b.Order} {
		if !storable(text) {
			return errText
		}
	}
	n, err := tx.exec(ctx, `INSERT INTO stock_batch (entry_id, supplier, name, state, loaded_by, loaded_at, source, order_no,
			agreement, ciphertext_hash, cleartext_hash, lines, decided_by, reason, unattended)
		VALUES (?, ?, ?, 'awaiting', ?, ?, ?, ?, ?, ?, '', '[]', '', '', ?) ON CONFLICT DO NOTHING`,
		l.entry, b.Supplier, b.Name, b.Actor, micro(l.store.now()), b.Source, b.Order, b.Agreement, b.CiphertextHash, b.Unattended)
	if err = l.store.blame(err); errors.Is(err, ErrNotFound) {
		return fmt.Errorf("supplier %w", ErrNotFound)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return l.known(ctx, tx)
	}
	var products []struct {
		Code     string
		Face     int64
		Currency string
	}
	err = tx.list(ctx, &products, "SELECT code, face, currency FROM product WHERE supplier = ? AND kind = ?",
		l.batch.Supplier, string(KindVoucher))
	l.products = make(map[string]Product, len(products))
	for _, p := range products {
		l.products[p.Code] = Product{Code: p.Code, Face: p.Face, Currency: p.Currency}
	}
	return err
}

// add checks a voucher and seals its PIN. No error tells the PIN.
func (l *loading) add(v Voucher) error {
	p, ok := l.products[v.Product]
	switch {
	case !ok:
		return fmt.Errorf("voucher product %q of this supplier %w", v.Product, ErrNotFound)
	case v.Serial == "" || v.PIN == "":
		return errors.New("no serial number or no PIN")
	case !storable(v.Serial):
		return fmt.Errorf("serial: %w", errText)
	case v.Currency != p.Currency || v.Face != p.Face:
		return fmt.Errorf("serial %s: its face value is %s %s, the product's is %s %s", v.Serial, decimal(v.Face), v.Currency, decimal(p.Face), p.Currency)
	case v.Cost < 0 || v.Cost > maxAmount:
		return fmt.Errorf("serial %s: a cost of %s is negative or too large", v.Serial, decimal(v.Cost))
	}
	if v.ExpiresOn != "" {
		if _, err := time.Parse(dateLayout, v.ExpiresOn); err != nil {
			return fmt.Errorf("serial %s: date of expiry is not yyyy-mm-dd", v.Serial)
		}
	}
	if (v.ID == ID{}) {
		v.ID = NewID()
	}
	v.Supplier, v.Batch = l.batch.Supplier, l.batch.Name
	line := l.lines[v.Product]
	if line == nil {
		line = &StockLine{Supplier: v.Supplier, Product: v.Product, Currency: v.Currency}
		l.lines[v.Product] = line
	}
	line.Count++
	l.face += v.Face
	line.Face += v.Face
	line.Cost += v.Cost
	sealer := l.store.sealer
	l.chunk = append(l.chunk, sealedVoucher{v, sealer.Seal([]byte(v.PIN), aad("pin", v.ID)), sealer.Hash("pin", v.PIN)})
	return nil
}

// flush writes the chunk. What could not be written was there before.
func (l *loading) flush(ctx context.Context, tx transaction) error {
	if len(l.chunk) == 0 {
		return nil
	}
	written, err := tx.load(ctx, l.chunk)
	if err != nil {
		return err
	}
	if written == len(l.chunk) {
		l.chunk = l.chunk[:0]
		if l.batch.Progress != nil {
			l.batch.Progress(l.count)
		}
		return nil
	}
	return l.duplicates(ctx, tx)
}

// sums lists the lines by product.
func (l *loading) sums() []StockLine { return sumLines(l.lines) }

// control checks what the file claims to be.
func (l *loading) control(ctx context.Context, tx transaction) (c Control, err error) {
	if l.batch.Control == nil {
		return c, nil
	}
	if c, err = l.batch.Control(); err != nil {
		l.refused = true
		return c, err
	}
	if t := c.Totals; t != nil && (t.Count != l.count || t.Face != l.face) {
		return c, fmt.Errorf("%w: it says %d vouchers of %s in all, and holds %d of %s", ErrTotals, t.Count, decimal(t.Face), l.count, decimal(l.face))
	}
	if !validHash(c.CleartextHash) {
		return c, errors.New("the hash of the cleartext is no SHA-256 in hex")
	}
	if c.CleartextHash == "" {
		return c, nil
	}
	return c, l.knownContent(ctx, tx, c.CleartextHash)
}

// finish writes what has come, and the entry that says so. Nothing is posted: the
// vouchers are not ours until somebody approves them.
func (l *loading) finish(ctx context.Context, tx transaction, c Control) error {
	lines := l.sums()
	text, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	b := l.batch
	at, err := l.store.journal(ctx, tx, l.entry, EntryStock, b.Actor, StockBody{V: BodyVersion, Supplier: b.Supplier, Batch: b.Name, Lines: lines,
		Awaiting: true, Unattended: b.Unattended, Source: b.Source, Order: b.Order, Agreement: b.Agreement, CiphertextHash: b.CiphertextHash, CleartextHash: c.CleartextHash}, nil)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE stock_batch SET loaded_at = ?, cleartext_hash = ?, lines = ? WHERE entry_id = ?",
		at, c.CleartextHash, string(text), l.entry)
	return l.store.blame(err)
}
