package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Batch is a delivery of vouchers by a supplier.
type Batch struct {
	Supplier string
	Name     string // unique per supplier
	Actor    string // who loads it
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
	Entry ID
	Lines []StockLine // by product
}

// Accounts that a stock import posts to, before the supplier's code.
const (
	stockPrefix   = "stock:"
	payablePrefix = "payable:"
)

// loadChunk is how many vouchers are written with one statement.
const loadChunk = 1000

// maxDuplicates is how many serials a refusal names.
const maxDuplicates = 5

// LoadStock puts a batch of vouchers into stock in one transaction, all or
// nothing. PINs are sealed as they come, a PIN that any supplier has delivered
// before is refused. The entry debits the stock and credits the supplier with
// the vouchers' cost. Supplier, Batch and SaleID of the vouchers are ignored,
// an ID is made if there is none. The first error of the sequence is returned.
//
// On SQLite no sale can be committed while a batch is being loaded.
//
// Errors: ErrExists (the batch, or serials or PINs of it), ErrNotFound (the
// supplier, or a product of it).
func (s *Store) LoadStock(ctx context.Context, b Batch, vouchers iter.Seq2[Voucher, error]) (Loaded, error) {
	l := &loading{store: s, batch: b, entry: NewID(), lines: make(map[string]*StockLine)}
	err := s.alone(ctx, func(tx transaction) error { return l.run(ctx, tx, vouchers) })
	if err != nil {
		return Loaded{}, fmt.Errorf("batch %s of %s: %w", b.Name, b.Supplier, err)
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
	chunk    []sealedVoucher
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
	line := 0
	for v, err := range vouchers {
		line++
		if err != nil {
			return err
		}
		if err := l.add(v); err != nil {
			return fmt.Errorf("voucher %d: %w", line, err)
		}
		if len(l.chunk) == loadChunk {
			if err := l.flush(ctx, tx); err != nil {
				return err
			}
		}
	}
	if line == 0 {
		return errors.New("no vouchers")
	}
	if err := l.flush(ctx, tx); err != nil {
		return err
	}
	return l.post(ctx, tx)
}

// begin claims the batch and reads the supplier's products.
func (l *loading) begin(ctx context.Context, tx transaction) error {
	if l.batch.Name == "" || l.batch.Actor == "" {
		return errors.New("the name of the batch and of who loads it must be given")
	}
	if !storable(l.batch.Supplier) || !storable(l.batch.Name) {
		return errText
	}
	n, err := tx.exec(ctx, "INSERT INTO stock_batch (supplier, name, entry_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		l.batch.Supplier, l.batch.Name, l.entry)
	if err = l.store.blame(err); errors.Is(err, ErrNotFound) {
		return fmt.Errorf("supplier %w", ErrNotFound)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrExists
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
		return nil
	}
	return l.duplicates(ctx, tx)
}

// duplicates names the vouchers of the chunk that could not be written, by
// their serials.
func (l *loading) duplicates(ctx context.Context, tx transaction) error {
	var serials []string
	for _, v := range l.chunk {
		var there int
		if err := tx.get(ctx, &there, "SELECT COUNT(*) FROM voucher WHERE id = ?", v.ID); err != nil {
			return err
		}
		if there == 0 {
			serials = append(serials, v.Serial)
		}
		if len(serials) == maxDuplicates {
			break
		}
	}
	return fmt.Errorf("%w: serial or PIN of %s", ErrExists, strings.Join(serials, ", "))
}

// sums lists the lines by product.
func (l *loading) sums() []StockLine {
	var lines []StockLine
	for _, line := range l.lines {
		lines = append(lines, *line)
	}
	slices.SortFunc(lines, func(a, b StockLine) int { return strings.Compare(a.Product, b.Product) })
	return lines
}

// post writes the entry of the batch, one pair of postings for each currency.
func (l *loading) post(ctx context.Context, tx transaction) error {
	lines := l.sums()
	costs := make(map[string]int64)
	var currencies []string
	for _, line := range lines {
		if _, seen := costs[line.Currency]; !seen {
			currencies = append(currencies, line.Currency)
		}
		costs[line.Currency] += line.Cost
	}
	var postings []Posting
	for _, currency := range currencies {
		if cost := costs[currency]; cost != 0 {
			postings = append(postings,
				Posting{stockPrefix + l.batch.Supplier, cost, currency},
				Posting{payablePrefix + l.batch.Supplier, -cost, currency})
		}
	}
	v := newView(l.store)
	if err := v.keepClosed(ctx, tx); err != nil {
		return err
	}
	v.entry(l.entry, EntryStock, ID{}, ID{}, l.batch.Actor,
		StockBody{V: BodyVersion, Supplier: l.batch.Supplier, Batch: l.batch.Name, Lines: lines}, postings)
	if err := v.finish(); err != nil {
		return err
	}
	return tx.write(ctx, &v.rows)
}

// StockLevel is what is left of a product by date of expiry. The line counts
// the unsold vouchers.
type StockLevel struct {
	StockLine
	ExpiresOn string // empty if never
}

// StockCount lists unsold vouchers by product and date of expiry.
func (s *Store) StockCount(ctx context.Context) ([]StockLevel, error) {
	return collect(ctx, s, func(row scanner) (l StockLevel, err error) {
		err = row.Scan(&l.Supplier, &l.Product, &l.Currency, &l.ExpiresOn, &l.Count, &l.Face, &l.Cost)
		if l.ExpiresOn == neverExpires {
			l.ExpiresOn = ""
		}
		return l, err
	}, `SELECT supplier, product, currency, expires_on, COUNT(*), CAST(SUM(face) AS bigint), CAST(SUM(cost) AS bigint)
		FROM voucher WHERE sale_id IS NULL GROUP BY supplier, product, currency, expires_on
		ORDER BY product, expires_on`)
}
