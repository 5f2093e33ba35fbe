package ledger

import "context"

// Sender is what is known of those that a request names as its senders, all of it
// read at one moment. A client may have no such terminal or cashier: that one is
// zero then, its Status empty.
type Sender struct {
	Client   Client
	Merchant Merchant // the client's
	Terminal Terminal
	Cashier  Cashier
}

// senderSelect reaches each of its four rows by the primary key.
const senderSelect = "SELECT " + clientColumns + `,
		merchant.name, merchant.address, merchant.currency, merchant.status,
		COALESCE(terminal.status, ''), COALESCE(cashier.password_hash, ''), COALESCE(cashier.status, '')
	FROM client
	JOIN merchant ON merchant.code = client.merchant
	LEFT JOIN terminal ON terminal.client = client.id AND terminal.id = ?
	LEFT JOIN cashier ON cashier.client = client.id AND cashier.op_name = ?
	WHERE client.id = ?`

// Sender reads a client, its merchant, and one terminal and cashier of it, in one
// round trip. Errors: ErrNotFound (no such client).
func (s *Store) Sender(ctx context.Context, client, terminal, opName string) (Sender, error) {
	var (
		found     Sender
		row       clientRow
		m, t, c   = &found.Merchant, &found.Terminal, &found.Cashier
		ofClient  = row.columns()
		ofParties = []any{&m.Name, &m.Address, &m.Currency, &m.Status, &t.Status, &c.PasswordHash, &c.Status}
	)
	err := s.row(ctx, senderSelect, terminal, opName, client).Scan(append(ofClient, ofParties...)...)
	if err != nil {
		return Sender{}, notFound(err)
	}
	if found.Client, err = row.client(); err != nil {
		return Sender{}, err
	}
	m.Code = found.Client.Merchant
	if t.Status != "" {
		t.Client, t.ID = client, terminal
	}
	if c.Status != "" {
		c.Client, c.OpName = client, opName
	}
	return found, nil
}
