package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream/stockmail"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// stockOrderRecord is an order, or one that would be placed. The sums are those of its
// lines.
type stockOrderRecord struct {
	ID        ledger.ID          `json:"id,omitzero"`
	Supplier  string             `json:"supplier"`
	Number    int64              `json:"number,omitzero"`
	OrderedBy string             `json:"orderedBy,omitempty"`
	OrderedAt time.Time          `json:"orderedAt,omitzero"`
	Agreement int                `json:"agreement"`
	Lines     []ledger.StockLine `json:"lines"`
	Count     int                `json:"count"`
	Face      int64              `json:"face"`
	Cost      int64              `json:"cost"`
	Currency  string             `json:"currency"`
	File      string             `json:"file,omitempty"`      // that was written
	Encrypted bool               `json:"encrypted,omitempty"` // the file
	Mail      string             `json:"mail,omitempty"`      // where it is to be sent
}

func newStockOrderRecord(o ledger.StockOrder) stockOrderRecord {
	r := stockOrderRecord{ID: o.ID, Supplier: o.Supplier, Number: o.Number, OrderedBy: o.OrderedBy, OrderedAt: o.OrderedAt, Agreement: o.Agreement, Lines: o.Lines}
	for _, l := range o.Lines {
		r.Count, r.Face, r.Cost, r.Currency = r.Count+l.Count, r.Face+l.Face, r.Cost+l.Cost, l.Currency
	}
	return r
}

type stockOrderCmd struct {
	Supplier string   `arg:"" help:"Supplier code."`
	Product  []string `help:"Order this product; one --quantity for each."`
	Quantity []int    `help:"How many vouchers of it."`
	coverArgs
	Folder string `default:"." help:"Where the file goes. One that is there already is not overwritten."`
	Number int64  `help:"Write the file of this order once more, as when it was not written or was lost."`
	DryRun bool   `help:"Only show what would be ordered."`
}

// Help is printed below the flags.
func (stockOrderCmd) Help() string {
	return `Writes a file for the supplier, in the form that the agreement's [order] names, encrypted to the supplier's pinned key if it says so. Without --product, it orders of each product what "stock cover" says is due. The order gets the supplier's next number and is in the journal before the file is written; what was ordered and has not come counts as stock for some days, so that it is not ordered twice.

Examples:

  vendswitch stock order CELLX --dry-run
  vendswitch stock order CELLX --product CELLX10 --quantity 5000 --product CELLX50 --quantity 1000
  vendswitch stock order CELLX --number 17 --folder again`
}

// orderHints are what to do about an order that cannot be placed.
var orderHints = hints{
	ledger.ErrNotFound: `"vendswitch supplier list", "vendswitch product list" and "vendswitch stock orders" show those there are`,
	ledger.ErrState:    "another agreement was put in force meanwhile; order again",
	ledger.ErrChanged:  `see "vendswitch stock orders", and order again what is due now`,
}

// Run places an order and writes its file, or writes that of an earlier one.
func (c stockOrderCmd) Run(ctx context.Context, s *session) error {
	if len(c.Product) != len(c.Quantity) {
		return errors.New("each --product needs one --quantity")
	}
	if c.Number != 0 && (len(c.Product) > 0 || c.DryRun) {
		return errors.New("--number writes the file of an order that was placed: nothing else can be asked for with it")
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	agreed, version, err := ordering(ctx, store, c.Supplier)
	if err != nil {
		return err
	}
	seal, err := s.orderSeal(agreed)
	if err != nil {
		return err
	}
	if info, err := os.Stat(c.Folder); err != nil || !info.IsDir() {
		return fmt.Errorf("--folder %s is no folder", c.Folder)
	}
	if c.Number != 0 {
		return c.again(ctx, s, store, by, seal)
	}
	o, err := c.compose(ctx, s, store, agreed)
	if err != nil {
		return err
	}
	o.OrderedBy, o.Agreement = by, version
	if c.DryRun {
		o.OrderedBy = ""
		r := newStockOrderRecord(o)
		return s.done(r, "an order from %s would be: %s, for %s %s", c.Supplier, stockSums(o.Lines), formatMinor(r.Cost), r.Currency)
	}
	if o, err = store.OrderStock(ctx, o); err != nil {
		return refusal("nothing ordered", err, orderHints)
	}
	return c.write(s, o, agreed, seal)
}

// ordering is the agreement in force with a supplier, which must say how to order.
func ordering(ctx context.Context, store *ledger.Store, supplier string) (stockmail.Agreement, int, error) {
	a, err := store.Agreement(ctx, supplier)
	if errors.Is(err, ledger.ErrNotFound) {
		return stockmail.Agreement{}, 0, fmt.Errorf(`there is no agreement in force with %s; "vendswitch supplier agreements" shows those there are`, supplier)
	}
	if err != nil {
		return stockmail.Agreement{}, 0, err
	}
	agreed, err := stockmail.ParseAgreement([]byte(a.Body))
	if err != nil {
		return agreed, 0, fmt.Errorf("agreement %d with %s: %w", a.Version, supplier, err)
	}
	if agreed.Order == nil {
		return agreed, 0, fmt.Errorf(`agreement %d with %s has no [order], so no file can be ordered by: say there how it is ordered, and propose it with "vendswitch supplier agree"`, a.Version, supplier)
	}
	return agreed, a.Version, nil
}

// orderSeal encrypts an order file as it is agreed now; nil if it is sent in the
// clear. It fails where nothing could be encrypted.
func (s *session) orderSeal(agreed stockmail.Agreement) (func([]byte) ([]byte, error), error) {
	if !agreed.Order.Encrypt {
		return nil, nil
	}
	ring, err := envelope.NewKeyring(map[string][]string{agreed.Code: {agreed.PGPKey}})
	if err == nil {
		err = ring.Usable(agreed.Code, true, s.now())
	}
	if err != nil {
		return nil, fmt.Errorf("the order cannot be encrypted: %w", err)
	}
	keys, err := s.config.Stock.unlock()
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New(`no key of ours to sign the order with: make one with "vendswitch keys pgp", and name it in [[stock.pgp]]`)
	}
	return func(clear []byte) ([]byte, error) {
		armoured, err := ring.Encrypt(agreed.Code, clear, keys[0], s.now())
		return []byte(armoured), err
	}, nil
}

// compose makes the lines of an order: those that are asked for, or what is due.
func (c stockOrderCmd) compose(ctx context.Context, s *session, store *ledger.Store, agreed stockmail.Agreement) (ledger.StockOrder, error) {
	var wanted []stockmail.OrderLine
	for i, product := range c.Product {
		wanted = append(wanted, stockmail.OrderLine{Product: product, Quantity: c.Quantity[i]})
	}
	o := ledger.StockOrder{Supplier: c.Supplier}
	if len(wanted) == 0 {
		latest, err := store.StockOrders(ctx, c.Supplier, 0)
		if err != nil {
			return o, err
		}
		o.After = new(int64)
		for _, l := range latest {
			*o.After = max(*o.After, l.Number)
		}
		if wanted, err = c.due(ctx, s, store, agreed); err != nil {
			return ledger.StockOrder{}, err
		}
	}
	// Whether the file can be written is known before the order is placed.
	if _, err := stockmail.WriteOrder(agreed, "1", s.now(), wanted); err != nil {
		return ledger.StockOrder{}, fmt.Errorf("nothing ordered: %w", err)
	}
	for _, w := range wanted {
		p, _ := agreed.Product(w.Product)
		n := int64(w.Quantity)
		if n > largest/p.Face {
			return o, fmt.Errorf("nothing ordered: %d %s come to more than %s", n, p.Ours, formatMinor(largest))
		}
		o.Lines = append(o.Lines, ledger.StockLine{Supplier: c.Supplier, Product: p.Ours, Currency: p.Currency, Count: w.Quantity, Face: n * p.Face, Cost: n * p.Cost})
	}
	return o, nil
}

// due is what the stock's cover says is to be ordered of the supplier.
func (c stockOrderCmd) due(ctx context.Context, s *session, store *ledger.Store, agreed stockmail.Agreement) ([]stockmail.OrderLine, error) {
	cover, err := c.cover(ctx, s, store)
	if err != nil {
		return nil, err
	}
	var due []stockmail.OrderLine
	for _, l := range cover {
		if l.Supplier != c.Supplier || l.Reorder == 0 {
			continue
		}
		if _, ok := agreed.Product(l.Product); !ok {
			fmt.Fprintf(s.Stderr, "%s is due too, and is not in the agreement with %s\n", l.Product, c.Supplier)
			continue
		}
		due = append(due, stockmail.OrderLine{Product: l.Product, Quantity: l.Reorder})
	}
	if len(due) == 0 {
		return nil, fmt.Errorf(`nothing of %s is due, as "vendswitch stock cover" shows; name what to order with --product and --quantity`, c.Supplier)
	}
	return due, nil
}

// again writes the file of an earlier order, in the terms that it was placed in.
func (c stockOrderCmd) again(ctx context.Context, s *session, store *ledger.Store, by string, seal func([]byte) ([]byte, error)) error {
	o, err := store.OrderStockAgain(ctx, by, c.Supplier, c.Number)
	if err != nil {
		return refusal("not written", err, orderHints)
	}
	versions, err := store.Agreements(ctx, c.Supplier)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(versions, func(a ledger.Agreement) bool { return a.Version == o.Agreement })
	if i < 0 {
		return fmt.Errorf("agreement %d with %s, by which it was ordered: %w", o.Agreement, c.Supplier, ledger.ErrNotFound)
	}
	terms, err := stockmail.ParseAgreement([]byte(versions[i].Body))
	if err != nil {
		return fmt.Errorf("agreement %d with %s: %w", o.Agreement, c.Supplier, err)
	}
	return c.write(s, o, terms, seal)
}

// write writes the file of an order that is in the journal.
func (c stockOrderCmd) write(s *session, o ledger.StockOrder, terms stockmail.Agreement, seal func([]byte) ([]byte, error)) error {
	r := newStockOrderRecord(o)
	err := func() error {
		lines := make([]stockmail.OrderLine, len(o.Lines))
		for i, l := range o.Lines {
			lines[i] = stockmail.OrderLine{Product: l.Product, Quantity: l.Count}
		}
		text, err := stockmail.WriteOrder(terms, strconv.FormatInt(o.Number, 10), o.OrderedAt.In(s.config.Zone.Location), lines)
		if err != nil {
			return err
		}
		ending := ".txt"
		if terms.Order.Format == "csv" {
			ending = ".csv"
		}
		if seal != nil {
			if text, err = seal(text); err != nil {
				return err
			}
			ending += ".asc"
		}
		r.File = filepath.Join(c.Folder, fmt.Sprintf("%s-order-%d%s", url.PathEscape(o.Supplier), o.Number, ending))
		return writeWhole(r.File, text)
	}()
	if err != nil {
		return fmt.Errorf("order %d from %s is placed, but its file is not written: %w; write it with \"vendswitch stock order %s --number %d\", where no such file is",
			o.Number, o.Supplier, err, o.Supplier, o.Number)
	}
	r.Encrypted, r.Mail = seal != nil, terms.Order.Mail
	return s.done(r, "order %d from %s: %s, for %s %s\n%s is for %s", o.Number, o.Supplier, stockSums(o.Lines), formatMinor(r.Cost), r.Currency, r.File, r.Mail)
}

// writeWhole writes a file that must not be there yet. It is there whole, or not at
// all.
func writeWhole(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".order-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	// A link fails where the name is taken; a rename would replace what is there.
	err = os.Link(f.Name(), name)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already", name)
	}
	return err
}

type stockOrdersCmd struct {
	Supplier string `arg:"" optional:"" help:"Supplier code; all if none is named."`
	Limit    int    `default:"100" help:"At most so many, the latest first."`
}

// Help is printed below the flags.
func (stockOrdersCmd) Help() string { return "Example:\n\n  vendswitch stock orders CELLX" }

// Run lists orders.
func (c stockOrdersCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	orders, err := store.StockOrders(ctx, c.Supplier, c.Limit)
	if err != nil {
		return err
	}
	return list(s, "SUPPLIER | NUMBER | ORDERED | BY | VOUCHERS | FACE VALUE | COST | WHAT", orders, func(o ledger.StockOrder) []any {
		r := newStockOrderRecord(o)
		return []any{o.Supplier, o.Number, s.stamp(o.OrderedAt), o.OrderedBy, r.Count, formatMinor(r.Face), formatMinor(r.Cost), stockSums(o.Lines)}
	})
}
