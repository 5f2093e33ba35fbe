package vending

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// catalogue is one reading of products, suppliers and routes. It never changes;
// the next reading replaces it.
type catalogue struct {
	at        time.Time
	products  map[string]ledger.Product
	suppliers map[string]ledger.Supplier
	ordered   []ledger.Product  // by code
	utilities []ledger.Supplier // active online suppliers, in the order they are asked
	routes    []ledger.RouteRange
}

func readCatalogue(ctx context.Context, store *ledger.Store, now time.Time) (*catalogue, error) {
	suppliers, err := store.Suppliers(ctx)
	if err != nil {
		return nil, fmt.Errorf("read suppliers: %w", err)
	}
	products, err := store.Products(ctx)
	if err != nil {
		return nil, fmt.Errorf("read products: %w", err)
	}
	routes, err := store.Routes(ctx)
	if err != nil {
		return nil, fmt.Errorf("read routes: %w", err)
	}
	c := &catalogue{
		at:        now,
		products:  make(map[string]ledger.Product, len(products)),
		suppliers: make(map[string]ledger.Supplier, len(suppliers)),
		routes:    routes,
	}
	for _, p := range products {
		c.products[p.Code] = p
		if p.Status == ledger.Active {
			c.ordered = append(c.ordered, p)
		}
	}
	slices.SortFunc(c.ordered, func(a, b ledger.Product) int { return strings.Compare(a.Code, b.Code) })
	for _, p := range suppliers {
		p.Timeout = orDefault(p.Timeout, upstream.DefaultTimeout)
		p.SettleAfter = orDefault(p.SettleAfter, DefaultSettleAfter)
		c.suppliers[p.Code] = p
		if p.Kind == ledger.SupplierUtility && p.Status == ledger.Active {
			c.utilities = append(c.utilities, p)
		}
	}
	slices.SortFunc(c.utilities, func(a, b ledger.Supplier) int { return strings.Compare(a.Code, b.Code) })
	return c, nil
}

// product finds an active product of an active supplier.
func (c *catalogue) product(code string) (ledger.Product, ledger.Supplier, error) {
	p, ok := c.products[code]
	s := c.suppliers[p.Supplier]
	if !ok || p.Status != ledger.Active || s.Status != ledger.Active {
		return p, s, faultf(CodeProduct, "This product is not on sale.", "Not on sale.", "product %q is not on sale", code)
	}
	return p, s, nil
}

// tokenProduct finds the product under which a utility's tokens are sold.
func (c *catalogue) tokenProduct(supplier string) (ledger.Product, bool) {
	i := slices.IndexFunc(c.ordered, func(p ledger.Product) bool {
		return p.Supplier == supplier && p.Kind == ledger.KindElectricity
	})
	if i < 0 {
		return ledger.Product{}, false
	}
	return c.ordered[i], true
}

// current returns the catalogue, read anew when it has aged. When the database
// cannot be read the old one serves: the sale itself will tell.
func (s *Switch) current(ctx context.Context) (*catalogue, error) {
	now := s.now()
	old := s.catalogue.Load()
	if old != nil && now.Sub(old.at) < s.settings.CatalogueAge {
		return old, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if c := s.catalogue.Load(); c != old {
		return c, nil
	}
	c, err := readCatalogue(ctx, s.ledger, now)
	if err != nil && old != nil {
		s.log.Warn("catalogue could not be read, the last one serves", "age", now.Sub(old.at), "error", err)
		return old, nil
	}
	if err != nil {
		return nil, err
	}
	s.catalogue.Store(c)
	return c, nil
}

// connections are the guarded suppliers this node talks to.
type connections struct {
	connect func(ledger.Supplier) (*upstream.Guard, error)

	mu     sync.Mutex
	open   map[string]connection
	closed sync.WaitGroup // guards on their way out
}

type connection struct {
	to    ledger.Supplier
	guard *upstream.Guard
}

// get returns the guard of a supplier, connecting anew when its record changed.
func (c *connections) get(to ledger.Supplier) (*upstream.Guard, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, ok := c.open[to.Code]
	if ok && sameConnection(old.to, to) {
		return old.guard, nil
	}
	guard, err := c.connect(to)
	if err != nil {
		return nil, fmt.Errorf("connect to supplier %s: %w", to.Code, err)
	}
	if c.open == nil {
		c.open = make(map[string]connection)
	}
	c.open[to.Code] = connection{to, guard}
	if ok {
		c.closed.Go(func() { old.guard.Close() }) // it waits for its probe
	}
	return guard, nil
}

func (c *connections) close() error {
	c.mu.Lock()
	open := c.open
	c.open = nil
	c.mu.Unlock()
	var errs []error
	for _, conn := range open {
		errs = append(errs, conn.guard.Close())
	}
	c.closed.Wait()
	return errors.Join(errs...)
}

// guard returns the guard of a supplier as the catalogue knows it now. A record
// that was read earlier must not replace a newer connection.
func (s *Switch) guard(ctx context.Context, code string) (*upstream.Guard, error) {
	c, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	to, ok := c.suppliers[code]
	if !ok {
		return nil, fmt.Errorf("supplier %s: %w", code, ledger.ErrNotFound)
	}
	return s.connections.get(to)
}

// sameConnection reports whether nothing changed that a connection depends on.
func sameConnection(a, b ledger.Supplier) bool {
	return a.URL == b.URL && a.ClientID == b.ClientID && a.TerminalID == b.TerminalID && a.OpName == b.OpName &&
		a.Password == b.Password && a.Dialect == b.Dialect && a.Timeout == b.Timeout && a.UTCOffset == b.UTCOffset &&
		slices.Equal(a.Declined, b.Declined)
}

// CatalogueItem is a product as it is offered to a vendor.
type CatalogueItem struct {
	ledger.Product
	SupplierName string
}

// Catalogue lists what the caller may sell.
func (s *Switch) Catalogue(ctx context.Context, caller Caller, r Request) ([]CatalogueItem, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) ([]CatalogueItem, error) {
		c, err := s.current(ctx)
		if err != nil {
			return nil, err
		}
		var items []CatalogueItem
		for _, p := range c.ordered {
			if supplier := c.suppliers[p.Supplier]; supplier.Status == ledger.Active && p.Currency == caller.Merchant.Currency {
				items = append(items, CatalogueItem{Product: p, SupplierName: supplier.Name})
			}
		}
		return items, nil
	})
}
