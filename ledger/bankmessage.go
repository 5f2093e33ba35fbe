package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"
)

// MessageLease is for how long a bank's message belongs to the node that received
// it or took it up, to finish it.
const MessageLease = 2 * time.Minute

// MessageState says how far a bank's message is.
type MessageState string

const (
	MessageReceived MessageState = "received" // stored, not acted on, or its processing died
	MessageDone     MessageState = "done"
)

// ActionReused is what becomes of a message whose transport id came before with
// other content: it is kept, and a person looks at it.
const ActionReused = "reused"

// BankMessage is a notification that came from a bank, or says that it did. It is
// stored before it is acted on.
type BankMessage struct {
	ID          ID
	Channel     Channel
	TransportID string // the gateway's message id, or the mail's Message-ID
	Copy        int    // more than zero: other content came before under the same transport id
	Gateway     string // which gateway or mailbox brought it
	Sender      string
	ReceivedAt  time.Time
	State       MessageState
	Action      string // what was done: the caller's closed set, and ActionReused
	Reason      string // why
	Template    string // that read it, with its version
	Review      bool   // a person must look at it, or has: see ReviewedAt
	ReviewedAt  time.Time
	ReviewedBy  string
	ReviewNote  string
}

// InboundMessage is a message as it arrives.
type InboundMessage struct {
	Channel     Channel
	TransportID string
	Gateway     string
	Sender      string
	ReceivedAt  time.Time // zero means now
	Content     []byte    // whole, as it came; it holds names and is sealed
}

const bankMessageColumns = `id, channel, transport_id, copy, gateway, sender, received_at, state, action, reason, template,
	review, reviewed_at, reviewed_by, review_note`

// scanBankMessage reads bankMessageColumns and then what more is asked for.
func scanBankMessage(from scanner, more ...any) (BankMessage, error) {
	var (
		m        BankMessage
		reviewed sql.NullTime
	)
	err := from.Scan(append([]any{&m.ID, &m.Channel, &m.TransportID, &m.Copy, &m.Gateway, &m.Sender, &m.ReceivedAt, &m.State,
		&m.Action, &m.Reason, &m.Template, &m.Review, &reviewed, &m.ReviewedBy, &m.ReviewNote}, more...)...)
	m.ReceivedAt, m.ReviewedAt = m.ReceivedAt.UTC(), reviewed.Time.UTC()
	return m, err
}

// ReceiveBankMessage stores a message; it then belongs to this node for
// MessageLease. The same transport id with the same content again is the message
// there is already, and seen is true: a redelivery. With other content it is kept
// as another message, done with ActionReused, for a person to look at.
func (s *Store) ReceiveBankMessage(ctx context.Context, in InboundMessage) (m BankMessage, seen bool, err error) {
	switch {
	case in.Channel != SMS && in.Channel != Mail:
		return m, false, fmt.Errorf("bank message: channel %q", in.Channel)
	case in.TransportID == "" || len(in.Content) == 0:
		return m, false, errors.New("bank message: a transport id and content must be given")
	case !storable(in.TransportID) || !storable(in.Gateway) || !storable(in.Sender):
		return m, false, errText
	}
	c := &reception{store: s, in: in}
	for attempt := 1; ; attempt++ {
		err = s.alone(ctx, func(tx transaction) error { return c.run(ctx, tx) })
		if err == nil || attempt == raceAttempts || s.engine.diagnose(err) != troubleUnique {
			break // else another node stored it at the same time
		}
	}
	if err != nil {
		return m, false, fmt.Errorf("bank message: %w", err)
	}
	m, err = s.BankMessage(ctx, c.id)
	return m, c.seen, err
}

type reception struct {
	store *Store
	in    InboundMessage
	id    ID
	seen  bool
}

func (c *reception) run(ctx context.Context, tx transaction) error {
	s, in := c.store, c.in
	var before []struct {
		ID   ID     `db:"id"`
		Hash []byte `db:"hash"`
	}
	err := tx.list(ctx, &before, "SELECT id, hash FROM bank_message WHERE channel = ? AND transport_id = ? ORDER BY copy",
		string(in.Channel), in.TransportID)
	if err != nil {
		return err
	}
	hash := s.contentHash(in.Content)
	for _, b := range before {
		if bytes.Equal(b.Hash, hash) {
			c.id, c.seen = b.ID, true
			return nil
		}
	}
	clock, err := s.clockOf(ctx, tx)
	if err != nil {
		return err
	}
	c.id, c.seen = NewID(), false
	at, state, action, reason := in.ReceivedAt, MessageReceived, "", ""
	if at.IsZero() {
		at = s.now()
	}
	if len(before) > 0 {
		state, action, reason = MessageDone, ActionReused, "its transport id came before with other content, as message "+before[0].ID.String()
	}
	_, err = tx.exec(ctx, `INSERT INTO bank_message (id, channel, transport_id, copy, gateway, sender, received_at, content, hash,
		state, action, reason, template, review, reviewed_by, review_note, node, lease_until)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, '', '', ?, ?)`,
		c.id, string(in.Channel), in.TransportID, len(before), in.Gateway, in.Sender, micro(at),
		s.sealer.Seal(in.Content, aad("bank message", c.id)), hash, string(state), action, reason, len(before) > 0,
		s.node, clock.Add(MessageLease))
	return err
}

// contentHash is what a message is known by.
func (s *Store) contentHash(content []byte) []byte {
	return s.sealer.Hash("bank message", string(content))
}

// clockOf reads the clock that leases go by.
func (s *Store) clockOf(ctx context.Context, q queryer) (time.Time, error) {
	if s.embedded() {
		return micro(s.now()), nil
	}
	var clock time.Time
	err := q.get(ctx, &clock, "SELECT clock_timestamp()")
	return clock.UTC(), err
}

// skipLocked ends a query for rows that this node is to take, so that it passes over
// those that another is just taking. On SQLite there is no other.
func (s *Store) skipLocked() string {
	if s.embedded() {
		return ""
	}
	return " FOR UPDATE SKIP LOCKED"
}

// UnfinishedBankMessages takes up messages whose processing died, the oldest
// first: they are received, and nobody's lease on them runs. Now they belong to
// this node for MessageLease.
func (s *Store) UnfinishedBankMessages(ctx context.Context, limit int) ([]BankMessage, error) {
	var taken []BankMessage
	err := s.alone(ctx, func(tx transaction) error {
		clock, err := s.clockOf(ctx, tx)
		if err != nil {
			return err
		}
		var due []ID
		err = tx.list(ctx, &due, `SELECT id FROM bank_message WHERE state = 'received' AND lease_until <= ?
			ORDER BY lease_until, id LIMIT ?`+s.skipLocked(), clock, limit)
		for _, id := range due {
			n, err := tx.exec(ctx, "UPDATE bank_message SET node = ?, lease_until = ? WHERE id = ? AND state = 'received' AND lease_until <= ?",
				s.node, clock.Add(MessageLease), id, clock)
			if err != nil {
				return err
			}
			if n == 1 {
				taken = append(taken, BankMessage{ID: id})
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("unfinished bank messages: %w", err)
	}
	for i, m := range taken {
		if taken[i], err = s.BankMessage(ctx, m.ID); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// BankMessage reads a message without its content. Errors: ErrNotFound.
func (s *Store) BankMessage(ctx context.Context, id ID) (BankMessage, error) {
	m, err := scanBankMessage(s.row(ctx, "SELECT "+bankMessageColumns+" FROM bank_message WHERE id = ?", id))
	return m, notFound(err)
}

// BankMessageFilter picks messages; empty fields pick all.
type BankMessageFilter struct {
	Channel  Channel
	State    MessageState
	Action   string
	Review   bool      // only those that a person must still look at
	From, To time.Time // received in [From, To)
	Limit    int       // zero means 100, less than zero all
}

// BankMessages lists messages without their content, the oldest first.
func (s *Store) BankMessages(ctx context.Context, f BankMessageFilter) ([]BankMessage, error) {
	var w where
	w.text("channel", string(f.Channel))
	w.text("state", string(f.State))
	w.text("action", f.Action)
	if f.Review {
		w.and("review AND reviewed_at IS NULL")
	}
	w.within("received_at", f.From, f.To)
	return collect(ctx, s, func(row scanner) (BankMessage, error) { return scanBankMessage(row) },
		"SELECT "+bankMessageColumns+" FROM bank_message"+w.limited("received_at, id", f.Limit), w.args...)
}

// contentOf opens the content of a message for its processing. Errors: ErrNotFound.
func (s *Store) contentOf(ctx context.Context, id ID) ([]byte, error) {
	var sealed []byte
	if err := s.row(ctx, "SELECT content FROM bank_message WHERE id = ?", id).Scan(&sealed); err != nil {
		return nil, notFound(err)
	}
	content, err := s.sealer.Open(sealed, aad("bank message", id))
	if err != nil {
		return nil, fmt.Errorf("bank message %s: %w", id, err)
	}
	return content, nil
}

// ResumeBankMessage opens the content of a message that is not finished, for its
// processing. Errors: ErrNotFound, ErrState (it is done).
func (s *Store) ResumeBankMessage(ctx context.Context, id ID) ([]byte, error) {
	m, err := s.BankMessage(ctx, id)
	if err != nil {
		return nil, err
	}
	if m.State != MessageReceived {
		return nil, fmt.Errorf("bank message %s is done: %w", id, ErrState)
	}
	return s.contentOf(ctx, id)
}

// BankMessageContent opens the content of a message for a person, which is an
// entry: who looked, and why. Errors: ErrNotFound.
func (s *Store) BankMessageContent(ctx context.Context, actor string, id ID, why string) ([]byte, error) {
	if actor == "" || why == "" {
		return nil, errors.New("bank message: who looks and why must be given")
	}
	content, err := s.contentOf(ctx, id)
	if err != nil {
		return nil, err
	}
	return content, s.operate(ctx, &operation{actor: actor, action: "bank_message.read", key: id.String(), after: map[string]string{"why": why}})
}

// ReviewBankMessage notes that a person has looked at a message that was kept for
// review. Errors: ErrNotFound (no such message that waits for a review).
func (s *Store) ReviewBankMessage(ctx context.Context, actor string, id ID, note string) error {
	if actor == "" || note == "" {
		return errors.New("bank message: who reviews it and a note must be given")
	}
	o := &operation{actor: actor, action: "bank_message.review", key: id.String(), after: map[string]string{"note": note}}
	o.step(ErrNotFound, `UPDATE bank_message SET reviewed_at = ?, reviewed_by = ?, review_note = ?
		WHERE id = ? AND review AND reviewed_at IS NULL`, micro(s.now()), actor, note, id)
	return s.operate(ctx, o)
}

// ActionReopen is the action of the entry of a message that was reopened.
const ActionReopen = "bank_message.reopen"

// ReopenBankMessage has a message processed anew that told of no deposit, such as
// once a template can read it. Errors: ErrNotFound, ErrState (it is not done, or
// it has told of a deposit).
func (s *Store) ReopenBankMessage(ctx context.Context, actor string, id ID, note string) error {
	if actor == "" || note == "" {
		return errors.New("bank message: who reopens it and a note must be given")
	}
	m, err := s.BankMessage(ctx, id)
	if err != nil {
		return err
	}
	o := &operation{actor: actor, action: ActionReopen, key: id.String(), after: map[string]string{"note": note, "was": m.Action}}
	o.step(ErrState, `UPDATE bank_message SET state = 'received', action = '', reason = '', template = '', review = ?,
		reviewed_at = NULL, reviewed_by = '', review_note = '', entry_id = NULL, node = '', lease_until = received_at
		WHERE id = ? AND state = 'done' AND action = ? AND NOT EXISTS (SELECT 1 FROM sighting WHERE message = bank_message.id)`, false, id, m.Action)
	return s.operate(ctx, o)
}

// replayPage is how many messages a replay reads at a time.
const replayPage = 200

// ReplayBankMessages gives all messages with their content, the oldest first, such as
// to try new templates on them. That is one entry. What is received meanwhile may be
// missing.
func (s *Store) ReplayBankMessages(ctx context.Context, actor, why string) iter.Seq2[ReplayedMessage, error] {
	return func(yield func(ReplayedMessage, error) bool) {
		if actor == "" || why == "" {
			yield(ReplayedMessage{}, errors.New("replay: who reads the messages and why must be given"))
			return
		}
		err := s.operate(ctx, &operation{actor: actor, action: "bank_message.replay", key: "all", after: map[string]string{"why": why}})
		if err != nil {
			yield(ReplayedMessage{}, err)
			return
		}
		var last ReplayedMessage
		for {
			page, err := s.replayPage(ctx, last.BankMessage)
			if err != nil {
				yield(ReplayedMessage{}, err)
				return
			}
			for _, m := range page {
				if m.Content, err = s.sealer.Open(m.Content, aad("bank message", m.ID)); err != nil {
					err = fmt.Errorf("bank message %s: %w", m.ID, err)
				}
				if !yield(m, err) {
					return
				}
				last = m
			}
			if len(page) < replayPage {
				return
			}
		}
	}
}

// ReplayedMessage is a message with its content.
type ReplayedMessage struct {
	BankMessage
	Content []byte
}

func (s *Store) replayPage(ctx context.Context, last BankMessage) ([]ReplayedMessage, error) {
	var w where
	if last.ID != (ID{}) {
		w.and("(received_at, id) > (?, ?)", last.ReceivedAt, last.ID)
	}
	return collect(ctx, s, func(row scanner) (m ReplayedMessage, err error) {
		m.BankMessage, err = scanBankMessage(row, &m.Content)
		return m, err
	}, "SELECT "+bankMessageColumns+", content FROM bank_message"+w.limited("received_at, id", replayPage), w.args...)
}
