package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// AddSupplier adds a supplier; its password is sealed. Errors: ErrExists.
func (s *Store) AddSupplier(ctx context.Context, actor string, p Supplier) error {
	declined, err := jsonList(p.Declined)
	if err != nil {
		return err
	}
	o := &operation{actor: actor, action: "supplier.add", key: p.Code, after: p.shown()}
	o.step(nil, `INSERT INTO supplier (name, address, tax_ref, kind, vat_bp, commission_bp, status, url, client_id,
		terminal_id, op_name, password, dialect, timeout, settle_after, utc_offset, declined, code)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append(p.values(s.supplierPassword(p), declined), p.Code)...)
	return s.operate(ctx, o)
}

// SetSupplier replaces a supplier's settings; an empty password keeps the one
// there is. Errors: ErrNotFound.
func (s *Store) SetSupplier(ctx context.Context, actor string, p Supplier) error {
	declined, err := jsonList(p.Declined)
	if err != nil {
		return err
	}
	o := &operation{actor: actor, action: "supplier.set", key: p.Code, after: p.shown()}
	o.step(ErrNotFound, `UPDATE supplier SET name = ?, address = ?, tax_ref = ?, kind = ?, vat_bp = ?, commission_bp = ?,
		status = ?, url = ?, client_id = ?, terminal_id = ?, op_name = ?, password = COALESCE(?, password), dialect = ?,
		timeout = ?, settle_after = ?, utc_offset = ?, declined = ? WHERE code = ?`,
		append(p.values(s.supplierPassword(p), declined), p.Code)...)
	return s.operate(ctx, o)
}

// SetSupplierStatus blocks a supplier or lets it go on. Errors: ErrNotFound.
func (s *Store) SetSupplierStatus(ctx context.Context, actor, code string, to Status) error {
	o := &operation{actor: actor, action: "supplier.status", key: code, after: to}
	o.step(ErrNotFound, "UPDATE supplier SET status = ? WHERE code = ?", string(to), code)
	return s.operate(ctx, o)
}

// shown is the supplier without its password.
func (p Supplier) shown() Supplier {
	p.Password = ""
	return p
}

// values are a supplier's columns but for its code.
func (p Supplier) values(password []byte, declined string) []any {
	return []any{p.Name, p.Address, p.TaxRef, string(p.Kind), p.VATBP, p.CommissionBP, string(p.Status), p.URL,
		p.ClientID, p.TerminalID, p.OpName, password, p.Dialect, int64(p.Timeout), int64(p.SettleAfter),
		int64(p.UTCOffset), declined}
}

// supplierPassword seals a supplier's password; nil if it has none.
func (s *Store) supplierPassword(p Supplier) []byte {
	if p.Password == "" {
		return nil
	}
	return s.sealer.Seal([]byte(p.Password), passwordAAD(p.Code))
}

func passwordAAD(code string) []byte { return []byte("supplier password:" + code) }

const supplierSelect = `SELECT code, name, address, tax_ref, kind, vat_bp, commission_bp, status, url, client_id, terminal_id,
	op_name, password, dialect, timeout, settle_after, utc_offset, declined FROM supplier`

func (s *Store) scanSupplier(from scanner) (p Supplier, err error) {
	var (
		sealed                  []byte
		declined                string
		timeout, settle, offset int64
	)
	err = from.Scan(&p.Code, &p.Name, &p.Address, &p.TaxRef, &p.Kind, &p.VATBP, &p.CommissionBP, &p.Status, &p.URL,
		&p.ClientID, &p.TerminalID, &p.OpName, &sealed, &p.Dialect, &timeout, &settle, &offset, &declined)
	if err != nil {
		return Supplier{}, err
	}
	p.Timeout, p.SettleAfter, p.UTCOffset = time.Duration(timeout), time.Duration(settle), time.Duration(offset)
	if len(sealed) > 0 {
		password, err := s.sealer.Open(sealed, passwordAAD(p.Code))
		if err != nil {
			return Supplier{}, fmt.Errorf("password of supplier %q: %w", p.Code, err)
		}
		p.Password = string(password)
	}
	return p, json.Unmarshal([]byte(declined), &p.Declined)
}

// Supplier reads a supplier, its password opened. Errors: ErrNotFound.
func (s *Store) Supplier(ctx context.Context, code string) (Supplier, error) {
	p, err := s.scanSupplier(s.row(ctx, supplierSelect+" WHERE code = ?", code))
	return p, notFound(err)
}

// Suppliers lists all suppliers by code, their passwords opened.
func (s *Store) Suppliers(ctx context.Context) ([]Supplier, error) {
	return collect(ctx, s, s.scanSupplier, supplierSelect+" ORDER BY code")
}

// check refuses a product that could not be sold.
func (p Product) check() error {
	switch {
	case p.Face < 0 || p.Min < 0 || p.Max < 0 || max(p.Face, p.Min, p.Max) > maxAmount:
		return fmt.Errorf("a price is neither negative nor more than %s", decimal(maxAmount))
	case p.Max != 0 && p.Max < p.Min:
		return fmt.Errorf("%s to %s is not a range of amounts", decimal(p.Min), decimal(p.Max))
	case p.CommissionBP < 0 || p.CommissionBP > 10_000:
		return fmt.Errorf("a commission of %d basis points is not one of 0 to 100 percent", p.CommissionBP)
	}
	return checkCurrency(p.Currency)
}

// AddProduct adds a product of a supplier. Errors: ErrExists, ErrNotFound (no
// such supplier).
func (s *Store) AddProduct(ctx context.Context, actor string, p Product) error {
	if err := p.check(); err != nil {
		return err
	}
	o := &operation{actor: actor, action: "product.add", key: p.Code, owner: "supplier " + p.Supplier, after: p}
	o.step(nil, `INSERT INTO product (code, name, kind, supplier, face, min, max, currency, commission_bp, instructions, status)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.Code, p.Name, string(p.Kind), p.Supplier, p.Face, p.Min, p.Max,
		p.Currency, p.CommissionBP, p.Instructions, string(p.Status))
	return s.operate(ctx, o)
}

// SetProductStatus takes a product off sale or puts it back. Errors:
// ErrNotFound.
func (s *Store) SetProductStatus(ctx context.Context, actor, code string, to Status) error {
	o := &operation{actor: actor, action: "product.status", key: code, after: to}
	o.step(ErrNotFound, "UPDATE product SET status = ? WHERE code = ?", string(to), code)
	return s.operate(ctx, o)
}

const productSelect = `SELECT code, name, kind, supplier, face, min, max, currency, commission_bp, instructions, status
	FROM product`

func scanProduct(from scanner) (p Product, err error) {
	return p, from.Scan(&p.Code, &p.Name, &p.Kind, &p.Supplier, &p.Face, &p.Min, &p.Max, &p.Currency,
		&p.CommissionBP, &p.Instructions, &p.Status)
}

// Product reads a product. Errors: ErrNotFound.
func (s *Store) Product(ctx context.Context, code string) (Product, error) {
	p, err := scanProduct(s.row(ctx, productSelect+" WHERE code = ?", code))
	return p, notFound(err)
}

// Products lists all products by code.
func (s *Store) Products(ctx context.Context) ([]Product, error) {
	return collect(ctx, s, scanProduct, productSelect+" ORDER BY code")
}

// AddRoute sends a range of meter numbers to a supplier. Errors: ErrExists,
// ErrNotFound (no such supplier).
func (s *Store) AddRoute(ctx context.Context, actor string, r RouteRange) error {
	if r.From == "" || len(r.From) != len(r.To) || r.From > r.To {
		return fmt.Errorf("route: %q to %q is no range", r.From, r.To)
	}
	o := &operation{actor: actor, action: "route.add", key: r.From + "-" + r.To + " " + r.Supplier, owner: "supplier " + r.Supplier, after: r}
	o.step(nil, "INSERT INTO route (low, high, supplier) VALUES (?, ?, ?)", r.From, r.To, r.Supplier)
	return s.operate(ctx, o)
}

// RemoveRoute takes a range away again. Errors: ErrNotFound.
func (s *Store) RemoveRoute(ctx context.Context, actor string, r RouteRange) error {
	o := &operation{actor: actor, action: "route.remove", key: r.From + "-" + r.To + " " + r.Supplier}
	o.step(ErrNotFound, "DELETE FROM route WHERE low = ? AND high = ? AND supplier = ?", r.From, r.To, r.Supplier)
	return s.operate(ctx, o)
}

// Routes lists all ranges by their first number.
func (s *Store) Routes(ctx context.Context) ([]RouteRange, error) {
	return collect(ctx, s, func(row scanner) (r RouteRange, err error) {
		return r, row.Scan(&r.From, &r.To, &r.Supplier)
	}, "SELECT low, high, supplier FROM route ORDER BY low, high, supplier")
}

// LearnMeter puts what was learnt of a meter into the meter book. An empty
// supply group keeps the one that is known of that supplier. Errors:
// ErrNotFound (no such supplier).
func (s *Store) LearnMeter(ctx context.Context, r MeterRoute) error {
	known, err := s.MeterRoute(ctx, r.Meter)
	if err == nil && r.SupplyGroup == "" && known.Supplier == r.Supplier {
		r.SupplyGroup = known.SupplyGroup
	}
	if err == nil && known == r || err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return s.alone(ctx, func(tx transaction) error {
		_, err := tx.exec(ctx, `INSERT INTO meter (meter, supplier, supply_group) VALUES (?, ?, ?)
			ON CONFLICT (meter) DO UPDATE SET supplier = excluded.supplier, supply_group = excluded.supply_group`,
			r.Meter, r.Supplier, r.SupplyGroup)
		return s.blame(err)
	})
}

// MeterRoute reads a line of the meter book. Errors: ErrNotFound.
func (s *Store) MeterRoute(ctx context.Context, meter string) (MeterRoute, error) {
	r := MeterRoute{Meter: meter}
	err := s.row(ctx, "SELECT supplier, supply_group FROM meter WHERE meter = ?", meter).Scan(&r.Supplier, &r.SupplyGroup)
	return r, notFound(err)
}
