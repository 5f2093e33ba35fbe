package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// AddMerchant adds a merchant with an empty float in its currency, whose code is
// its deposit key. Errors: ErrExists (the merchant, or the key).
func (s *Store) AddMerchant(ctx context.Context, actor string, m Merchant) error {
	if err := checkCurrency(m.Currency); err != nil {
		return err
	}
	o := &operation{actor: actor, action: "merchant.add", key: m.Code, after: m}
	o.step(nil, "INSERT INTO merchant (code, name, address, currency, status) VALUES (?, ?, ?, ?, ?)",
		m.Code, m.Name, m.Address, m.Currency, string(m.Status))
	o.step(nil, "INSERT INTO float (merchant, currency, blocked) VALUES (?, ?, ?)",
		m.Code, m.Currency, m.Status == Blocked)
	o.step(nil, insertDepositKey, NormaliseDepositKey(m.Code), m.Code, string(KeyCode))
	return s.operate(ctx, o)
}

// SetMerchantStatus blocks a merchant's sales or lets them go on. Errors:
// ErrNotFound.
func (s *Store) SetMerchantStatus(ctx context.Context, actor, code string, to Status) error {
	o := &operation{actor: actor, action: "merchant.status", key: code, after: to, floats: []string{code}}
	o.apply = func(v *view) error {
		f := v.floats[code]
		if f == nil {
			return ErrNotFound
		}
		f.blocked, f.moved = to == Blocked, true
		return nil
	}
	o.step(ErrNotFound, "UPDATE merchant SET status = ? WHERE code = ?", string(to), code)
	return s.operate(ctx, o)
}

const merchantSelect = "SELECT code, name, address, currency, status FROM merchant"

func scanMerchant(from scanner) (m Merchant, err error) {
	return m, from.Scan(&m.Code, &m.Name, &m.Address, &m.Currency, &m.Status)
}

// Merchant reads a merchant. Errors: ErrNotFound.
func (s *Store) Merchant(ctx context.Context, code string) (Merchant, error) {
	m, err := scanMerchant(s.row(ctx, merchantSelect+" WHERE code = ?", code))
	return m, notFound(err)
}

// Merchants lists all merchants by code.
func (s *Store) Merchants(ctx context.Context) ([]Merchant, error) {
	return collect(ctx, s, scanMerchant, merchantSelect+" ORDER BY code")
}

func (c Client) check() error {
	if c.AnswerBudget < 0 {
		return fmt.Errorf("an answer budget of %s is less than nothing", c.AnswerBudget)
	}
	return nil
}

// AddClient adds a vending client of a merchant. Errors: ErrExists,
// ErrNotFound (no such merchant).
func (s *Store) AddClient(ctx context.Context, actor string, c Client) error {
	if err := c.check(); err != nil {
		return err
	}
	rights, err := jsonList(c.Rights)
	if err != nil {
		return err
	}
	o := &operation{actor: actor, action: "client.add", key: c.ID, owner: "merchant " + c.Merchant, after: c}
	o.step(nil, `INSERT INTO client (id, merchant, dialect, status, answer_budget, on_unknown, on_duplicate, rights)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, c.ID, c.Merchant, c.Dialect, string(c.Status),
		int64(c.AnswerBudget), string(c.OnUnknown), string(c.OnDuplicate), rights)
	return s.operate(ctx, o)
}

// SetClient replaces a client's settings. Its merchant stays. Errors:
// ErrNotFound.
func (s *Store) SetClient(ctx context.Context, actor string, c Client) error {
	if err := c.check(); err != nil {
		return err
	}
	rights, err := jsonList(c.Rights)
	if err != nil {
		return err
	}
	o := &operation{actor: actor, action: "client.set", key: c.ID, after: c}
	o.step(ErrNotFound, `UPDATE client SET dialect = ?, status = ?, answer_budget = ?, on_unknown = ?, on_duplicate = ?,
		rights = ? WHERE id = ? AND merchant = ?`, c.Dialect, string(c.Status), int64(c.AnswerBudget),
		string(c.OnUnknown), string(c.OnDuplicate), rights, c.ID, c.Merchant)
	return s.operate(ctx, o)
}

const (
	clientColumns = `client.id, client.merchant, client.dialect, client.status, client.answer_budget, client.on_unknown,
		client.on_duplicate, client.rights`
	clientSelect = "SELECT " + clientColumns + " FROM client"
)

// clientRow is a client as it is stored.
type clientRow struct {
	Client
	rights string
	budget int64
}

// columns are the places of clientColumns, in their order.
func (c *clientRow) columns() []any {
	return []any{&c.ID, &c.Merchant, &c.Dialect, &c.Status, &c.budget, &c.OnUnknown, &c.OnDuplicate, &c.rights}
}

func (c *clientRow) client() (Client, error) {
	c.AnswerBudget = time.Duration(c.budget)
	err := json.Unmarshal([]byte(c.rights), &c.Rights)
	return c.Client, err
}

func scanClient(from scanner) (Client, error) {
	var row clientRow
	if err := from.Scan(row.columns()...); err != nil {
		return Client{}, err
	}
	return row.client()
}

// Client reads a client. Errors: ErrNotFound.
func (s *Store) Client(ctx context.Context, id string) (Client, error) {
	c, err := scanClient(s.row(ctx, clientSelect+" WHERE id = ?", id))
	return c, notFound(err)
}

// Clients lists all clients by id.
func (s *Store) Clients(ctx context.Context) ([]Client, error) {
	return collect(ctx, s, scanClient, clientSelect+" ORDER BY id")
}

// AddTerminal adds a terminal behind a client. Errors: ErrExists, ErrNotFound
// (no such client).
func (s *Store) AddTerminal(ctx context.Context, actor string, t Terminal) error {
	o := &operation{actor: actor, action: "terminal.add", key: t.Client + " " + t.ID, owner: "client " + t.Client, after: t}
	o.step(nil, "INSERT INTO terminal (client, id, status) VALUES (?, ?, ?)", t.Client, t.ID, string(t.Status))
	return s.operate(ctx, o)
}

// SetTerminalStatus blocks a terminal or lets it go on. Errors: ErrNotFound.
func (s *Store) SetTerminalStatus(ctx context.Context, actor, client, id string, to Status) error {
	o := &operation{actor: actor, action: "terminal.status", key: client + " " + id, after: to}
	o.step(ErrNotFound, "UPDATE terminal SET status = ? WHERE client = ? AND id = ?", string(to), client, id)
	return s.operate(ctx, o)
}

const terminalSelect = "SELECT client, id, status FROM terminal WHERE client = ?"

func scanTerminal(from scanner) (t Terminal, err error) {
	return t, from.Scan(&t.Client, &t.ID, &t.Status)
}

// Terminal reads a terminal of a client. Errors: ErrNotFound.
func (s *Store) Terminal(ctx context.Context, client, id string) (Terminal, error) {
	t, err := scanTerminal(s.row(ctx, terminalSelect+" AND id = ?", client, id))
	return t, notFound(err)
}

// Terminals lists the terminals of a client by id.
func (s *Store) Terminals(ctx context.Context, client string) ([]Terminal, error) {
	return collect(ctx, s, scanTerminal, terminalSelect+" ORDER BY id", client)
}

// AddCashier adds somebody who may sign in at a client. Errors: ErrExists,
// ErrNotFound (no such client).
func (s *Store) AddCashier(ctx context.Context, actor string, c Cashier) error {
	shown := c
	shown.PasswordHash = ""
	o := &operation{actor: actor, action: "cashier.add", key: c.Client + " " + c.OpName, owner: "client " + c.Client, after: shown}
	o.step(nil, "INSERT INTO cashier (client, op_name, password_hash, status) VALUES (?, ?, ?, ?)",
		c.Client, c.OpName, c.PasswordHash, string(c.Status))
	return s.operate(ctx, o)
}

// SetCashierStatus blocks a cashier or lets it go on. Errors: ErrNotFound.
func (s *Store) SetCashierStatus(ctx context.Context, actor, client, opName string, to Status) error {
	o := &operation{actor: actor, action: "cashier.status", key: client + " " + opName, after: to}
	o.step(ErrNotFound, "UPDATE cashier SET status = ? WHERE client = ? AND op_name = ?", string(to), client, opName)
	return s.operate(ctx, o)
}

// SetPassword replaces a cashier's password hash if it still is oldHash, so
// that of several requests with a new password one has effect. The actor is the
// cashier, or the operator who does it for them. Errors: ErrChanged (another hash
// by now, or no such cashier).
func (s *Store) SetPassword(ctx context.Context, actor, client, opName, oldHash, newHash string) error {
	o := &operation{actor: actor, action: "cashier.password", key: client + " " + opName}
	o.step(ErrChanged, "UPDATE cashier SET password_hash = ? WHERE client = ? AND op_name = ? AND password_hash = ?",
		newHash, client, opName, oldHash)
	return s.operate(ctx, o)
}

const cashierSelect = "SELECT client, op_name, password_hash, status FROM cashier WHERE client = ?"

func scanCashier(from scanner) (c Cashier, err error) {
	return c, from.Scan(&c.Client, &c.OpName, &c.PasswordHash, &c.Status)
}

// Cashier reads somebody who may sign in. Errors: ErrNotFound.
func (s *Store) Cashier(ctx context.Context, client, opName string) (Cashier, error) {
	c, err := scanCashier(s.row(ctx, cashierSelect+" AND op_name = ?", client, opName))
	return c, notFound(err)
}

// Cashiers lists who may sign in at a client, by name.
func (s *Store) Cashiers(ctx context.Context, client string) ([]Cashier, error) {
	return collect(ctx, s, scanCashier, cashierSelect+" ORDER BY op_name", client)
}

// jsonList writes a list of strings, which may be nil.
func jsonList(list []string) (string, error) {
	text, err := json.Marshal(list)
	return string(text), err
}
