package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// DepositRequest is what a bank's message was read to say, and what is done about
// it.
type DepositRequest struct {
	Message       ID
	Actor         string // who acts: the name of the intake
	Action        string // of the caller's closed set
	Reason        string
	Template      string // that read it, with its version
	Review        bool   // a person must look at the message
	Notifications []Notification
	Terms         DepositTerms
}

// Recorded is what became of one notification.
type Recorded struct {
	Deposit  Deposit
	Relation SightRelation
}

// RecordDeposits finishes a bank's message: the message, the deposits that it
// tells of, with their postings, and what merchants are told of them are committed
// together, or nothing is. A message that is finished already is left alone, and
// what was recorded then is returned; so a message may be handed in again at any
// time, by any node.
//
// Errors: ErrNotFound (the message).
func (s *Store) RecordDeposits(ctx context.Context, r DepositRequest) ([]Recorded, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("deposits of message %s: %w", r.Message, err)
	}
	c := &recording{depositDesk: depositDesk{store: s, terms: r.Terms, actor: r.Actor}, request: r}
	for _, n := range r.Notifications {
		if n.Merchant != "" && !slices.Contains(c.merchants, n.Merchant) {
			c.merchants = append(c.merchants, n.Merchant)
		}
	}
	if err := s.changeDeposits(ctx, c); err != nil {
		return nil, fmt.Errorf("deposits of message %s: %w", r.Message, err)
	}
	return c.result, nil
}

func (r DepositRequest) check() error {
	if r.Actor == "" || r.Action == "" {
		return errors.New("actor and action must be given")
	}
	if len(r.Notifications) > 0 && r.Terms.Postings == nil {
		return errors.New("the terms must say what is posted")
	}
	for _, text := range []string{r.Action, r.Reason, r.Template} {
		if !storable(text) {
			return errText
		}
	}
	for i, n := range r.Notifications {
		if err := n.check(); err != nil {
			return fmt.Errorf("notification %d: %w", i+1, err)
		}
	}
	return nil
}

func (n Notification) check() error {
	for _, text := range []string{n.Bank, n.Account, n.Currency, n.Kind, n.Reference, n.Date, n.Merchant, n.Unmatched} {
		if !storable(text) {
			return errText
		}
	}
	switch {
	case n.Bank == "" || n.Currency == "":
		return errors.New("bank and currency must be given")
	case n.Amount <= 0 || n.Amount > maxAmount:
		return fmt.Errorf("no deposit can be of %d", n.Amount)
	case n.Merchant == "" && n.Unmatched == "":
		return errors.New("a merchant, or why there is none, must be given")
	}
	return nil
}

// recording finishes a message.
type recording struct {
	depositDesk
	request DepositRequest

	message struct {
		Channel    Channel   `db:"channel"`
		Hash       []byte    `db:"hash"`
		ReceivedAt time.Time `db:"received_at"`
	}
	done   bool // the message was finished before
	before []sightingRow
	result []Recorded
}

func (c *recording) peek(ctx context.Context, q queryer) error {
	c.done, c.before, c.result = false, nil, nil
	var state MessageState
	err := q.get(ctx, &state, "UPDATE bank_message SET node = ? WHERE id = ? RETURNING state", c.store.node, c.request.Message)
	if err != nil {
		return err
	}
	if err := q.get(ctx, &c.message, "SELECT channel, hash, received_at FROM bank_message WHERE id = ?", c.request.Message); err != nil {
		return err
	}
	if state == MessageDone {
		return c.peekDone(ctx, q)
	}
	var banks []string
	for _, n := range c.request.Notifications {
		banks = append(banks, n.Bank)
	}
	if err := c.lock(ctx, q, banks...); err != nil {
		return err
	}
	var ids []ID
	for _, n := range c.request.Notifications {
		found, err := c.alike(ctx, q, n)
		if err != nil {
			return err
		}
		ids = append(ids, found...)
	}
	return c.read(ctx, q, ids)
}

// peekDone reads what became of a message that is finished.
func (c *recording) peekDone(ctx context.Context, q queryer) error {
	c.done = true
	if err := q.list(ctx, &c.before, sightingSelect+" WHERE s.message = ? ORDER BY s.n", c.request.Message); err != nil {
		return err
	}
	var ids []ID
	for _, s := range c.before {
		ids = append(ids, s.DepositID)
	}
	err := c.read(ctx, q, ids)
	c.missing = nil // nothing moves
	return err
}

func (c *recording) decide(v *view) error {
	if len(c.missing) > 0 {
		return errMoreFloats
	}
	c.result = nil
	if c.done {
		for _, s := range c.before {
			d, err := c.find(s.DepositID)
			if err != nil {
				return err
			}
			c.result = append(c.result, Recorded{d.Deposit, s.Relation})
		}
		return nil
	}
	body := BankMessageBody{V: BodyVersion, ID: c.request.Message, Channel: c.message.Channel, Hash: hex.EncodeToString(c.message.Hash),
		Action: c.request.Action, Reason: c.request.Reason, Template: c.request.Template, Review: c.request.Review}
	var seen []*seenDeposit
	for i := range c.request.Notifications {
		d, err := c.record(v, i+1, &c.request.Notifications[i])
		if err != nil {
			return err
		}
		seen = append(seen, d)
		body.Sightings = append(body.Sightings, d.sightings[len(d.sightings)-1].facts())
		if err := c.release(v); err != nil {
			return err
		}
	}
	c.finish(v, body, seen)
	for i, d := range seen {
		c.result = append(c.result, Recorded{d.Deposit, body.Sightings[i].Relation})
	}
	return nil
}

// finish closes the message.
func (c *recording) finish(v *view, body BankMessageBody, seen []*seenDeposit) {
	r := c.request
	entry := NewID()
	v.exec(ErrChanged, `UPDATE bank_message SET state = 'done', action = ?, reason = ?, template = ?, review = ?, entry_id = ?
		WHERE id = ? AND state = 'received'`, r.Action, r.Reason, r.Template, r.Review, entry, r.Message)
	v.entry(entry, EntryBankMessage, ID{}, ID{}, r.Actor, body, nil)
	told := make(map[ID]bool)
	for _, d := range seen {
		if !told[d.ID] {
			c.about(v, d.ID, entry)
		}
		told[d.ID] = true
	}
}

func (c *recording) find(id ID) (*seenDeposit, error) {
	for _, d := range c.deposits {
		if d.ID == id {
			return d, nil
		}
	}
	return nil, fmt.Errorf("message %s tells of deposit %s: %w", c.request.Message, id, ErrNotFound)
}

// record records a notification: another sight of a deposit, or a deposit.
func (c *recording) record(v *view, number int, n *Notification) (*seenDeposit, error) {
	m := n.match(c.deposits, c.message.Channel, c.terms.resemble())
	s := n.sighting(m.relation, c.message.Channel)
	s.Message, s.N, s.At = c.request.Message, number, c.message.ReceivedAt.UTC()
	switch m.relation {
	case SightDuplicate:
		c.sight(v, m.same, s)
		return m.same, nil
	case SightConfirmation:
		c.sight(v, m.same, s)
		return m.same, c.confirm(v, m.same, n)
	}
	d := n.deposit(m)
	d.SeenAt = v.now
	c.deposits = append(c.deposits, d)
	c.sight(v, d, s)
	to, reason := d.home(v)
	if m.doubt != "" {
		to, reason = DepositReview, m.reason
	}
	d.Reason = reason
	return d, c.settle(v, d, to, depositStep{message: c.request.Message})
}

// deposit makes one of what is told for the first time.
func (n *Notification) deposit(m matched) *seenDeposit {
	d := &seenDeposit{Deposit: Deposit{
		ID: NewID(), Bank: n.Bank, Account: n.Account, Currency: n.Currency, Amount: n.Amount, Kind: n.Kind, Reference: n.Reference,
		Date: n.Date, BankedAt: n.BankedAt, Balance: n.Balance, Merchant: n.Merchant, Unmatched: n.Unmatched, Unproven: n.Unproven, Capped: n.Capped,
		Alike: m.alike, doubt: m.doubt}}
	if at := given(n.BankedAt); at != nil {
		d.BankedAt = *at
	}
	return d
}

// sighting is what a channel says of a deposit by a notification.
func (n *Notification) sighting(relation SightRelation, by Channel) Sighting {
	s := Sighting{Relation: relation, Channel: by, Account: n.Account, Date: n.Date, Balance: n.Balance}
	if at := given(n.BankedAt); at != nil {
		s.BankedAt = *at
	}
	return s
}

func (c *recording) sight(v *view, d *seenDeposit, s Sighting) {
	s.DepositID = d.ID
	d.sightings = append(d.sightings, s)
	f := s.facts()
	v.exec(ErrChanged, `INSERT INTO sighting (message, n, deposit_id, relation, channel, account, date, banked_at, balance)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.Message, s.N, s.DepositID, string(s.Relation), string(s.Channel), f.Account, f.Date, f.BankedAt, f.Balance)
}

// confirm takes in what another channel says of a deposit.
func (c *recording) confirm(v *view, d *seenDeposit, n *Notification) error {
	from, was := d.State, d.standing()
	d.Unproven, d.Capped = d.Unproven && n.Unproven, d.Capped || n.Capped
	if from == DepositReturned || from == DepositCredited {
		d.Unproven, d.Capped = was.Unproven, was.Capped
		c.tell(v, d, EventConfirmed)
		return nil
	}
	if n.Merchant != "" && d.Merchant != n.Merchant {
		if d.Merchant == "" {
			d.Merchant, d.Unmatched = n.Merchant, ""
		} else {
			d.Unmatched = fmt.Sprintf("its messages name two merchants, %s and %s", d.Merchant, n.Merchant)
			d.Merchant = ""
		}
	}
	s := depositStep{from: from, message: c.request.Message}
	switch from {
	case DepositRefused:
		d.Reason = "it was refused, and is confirmed by another channel"
		return c.settle(v, d, DepositReview, s)
	case DepositReview:
		if was != d.standing() {
			return c.settle(v, d, DepositReview, s) // release decides whether it is one of its own
		}
		c.tell(v, d, EventConfirmed)
		return nil
	}
	to, reason := d.home(v)
	d.Reason = reason
	if to == from && was == d.standing() {
		c.tell(v, d, EventConfirmed)
		return nil
	}
	return c.settle(v, d, to, s)
}
