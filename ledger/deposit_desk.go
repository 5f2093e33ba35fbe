package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// depositDesk is where deposits are changed: what a change of them has read under
// its locks. Floats are locked first, as in every change, then the banks, in
// their order: an account that a message does not show may be any that the operator
// has there. A deposit is changed only under the lock of its bank, so what was read
// stays. Sales take no lock of a bank.
//
// Whose floats are touched is known only once the deposits are read. If one was
// not locked the change is run anew with it.
type depositDesk struct {
	store     *Store
	terms     DepositTerms
	actor     string
	merchants []string // whose floats are locked
	missing   []string // whose should have been

	deposits []*seenDeposit // the first seen first
	contacts map[string][]Contact
}

// seenDeposit is a deposit with where it was seen.
type seenDeposit struct {
	Deposit
	sightings []Sighting
	proposal  *DepositProposal
}

// errMoreFloats has a change run anew with the locks that it lacked.
var errMoreFloats = errors.New("floats must be locked")

// deskChange is a change of deposits.
type deskChange interface {
	change
	desk() *depositDesk
}

func (k *depositDesk) desk() *depositDesk { return k }

// changeDeposits commits a change.
func (s *Store) changeDeposits(ctx context.Context, c deskChange) error {
	for {
		err := s.writer.do(ctx, c)
		if !errors.Is(err, errMoreFloats) {
			return err
		}
		k := c.desk()
		k.merchants = append(k.merchants, k.missing...)
	}
}

func (k *depositDesk) need(n *needs) {
	n.floats = append(n.floats, k.merchants...)
	n.look = true // the floats are locked by that
}

// lock locks banks.
func (k *depositDesk) lock(ctx context.Context, q queryer, banks ...string) error {
	slices.Sort(banks)
	for _, bank := range slices.Compact(banks) {
		var turn int64
		err := q.get(ctx, &turn, `INSERT INTO deposit_bank (bank, turn) VALUES (?, 1)
			ON CONFLICT (bank) DO UPDATE SET turn = deposit_bank.turn + 1 RETURNING turn`, bank)
		if err != nil {
			return fmt.Errorf("bank %s: %w", bank, err)
		}
	}
	return nil
}

// depositRow is a row of deposit.
type depositRow struct {
	ID        ID            `db:"id"`
	Bank      string        `db:"bank"`
	Account   string        `db:"account"`
	Currency  string        `db:"currency"`
	Amount    int64         `db:"amount"`
	Kind      string        `db:"kind"`
	Reference []byte        `db:"reference"`
	Date      string        `db:"date"`
	BankedAt  sql.NullTime  `db:"banked_at"`
	Balance   sql.NullInt64 `db:"balance"`
	Merchant  string        `db:"merchant"`
	State     DepositState  `db:"state"`
	Reason    string        `db:"reason"`
	Unmatched string        `db:"unmatched"`
	Unproven  bool          `db:"unproven"`
	Capped    bool          `db:"capped"`
	Doubt     string        `db:"doubt"`
	Alike     uuid.NullUUID `db:"alike"`
	Fee       int64         `db:"fee"`
	FeeRule   string        `db:"fee_rule"`
	SeenAt    time.Time     `db:"seen_at"`
	SettledAt sql.NullTime  `db:"settled_at"`
	Step      int           `db:"step"`
}

const depositColumns = `id, bank, account, currency, amount, kind, reference, date, banked_at, balance,
	merchant, state, reason, unmatched, unproven, capped, doubt, alike, fee, fee_rule, seen_at, settled_at, step`

func (s *Store) deposit(r depositRow) (Deposit, error) {
	d := Deposit{ID: r.ID, Bank: r.Bank, Account: r.Account, Currency: r.Currency, Amount: r.Amount, Kind: r.Kind, Date: r.Date,
		BankedAt: r.BankedAt.Time.UTC(), Merchant: r.Merchant, State: r.State, Reason: r.Reason, Unmatched: r.Unmatched, Unproven: r.Unproven, Capped: r.Capped,
		Alike: r.Alike.UUID, Fee: r.Fee, FeeRule: r.FeeRule, SeenAt: r.SeenAt.UTC(), SettledAt: r.SettledAt.Time.UTC(),
		doubt: r.Doubt, step: r.Step}
	if r.Balance.Valid {
		d.Balance = &r.Balance.Int64
	}
	reference, err := s.sealer.Open(r.Reference, aad("deposit reference", r.ID))
	if err != nil {
		return d, fmt.Errorf("reference of deposit %s: %w", r.ID, err)
	}
	d.Reference = string(reference)
	return d, nil
}

type sightingRow struct {
	Message   ID            `db:"message"`
	N         int           `db:"n"`
	DepositID ID            `db:"deposit_id"`
	Relation  SightRelation `db:"relation"`
	Channel   Channel       `db:"channel"`
	At        time.Time     `db:"at"`
	Account   string        `db:"account"`
	Date      string        `db:"date"`
	BankedAt  sql.NullTime  `db:"banked_at"`
	Balance   sql.NullInt64 `db:"balance"`
}

const sightingSelect = `SELECT s.message, s.n, s.deposit_id, s.relation, s.channel, m.received_at AS at, s.account, s.date, s.banked_at, s.balance
	FROM sighting AS s JOIN bank_message AS m ON m.id = s.message`

func (r sightingRow) sighting() Sighting {
	s := Sighting{Message: r.Message, N: r.N, DepositID: r.DepositID, Relation: r.Relation, Channel: r.Channel, At: r.At.UTC(),
		Account: r.Account, Date: r.Date, BankedAt: r.BankedAt.Time.UTC()}
	if r.Balance.Valid {
		s.Balance = &r.Balance.Int64
	}
	return s
}

// marks are as many parameters as there are ids, and the ids as arguments.
func marks(ids []ID) (string, []any) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return "?" + strings.Repeat(", ?", len(ids)-1), args
}

// read reads deposits with where they were seen, what is proposed of them, and the
// contacts of their merchants and of those that are locked.
func (k *depositDesk) read(ctx context.Context, q queryer, ids []ID) error {
	k.deposits, k.contacts, k.missing = nil, make(map[string][]Contact), nil
	byID := make(map[ID]*seenDeposit, len(ids))
	if len(ids) > 0 {
		in, args := marks(ids)
		var rows []depositRow
		if err := q.list(ctx, &rows, "SELECT "+depositColumns+" FROM deposit WHERE id IN ("+in+") ORDER BY seen_at, id", args...); err != nil {
			return err
		}
		for _, r := range rows {
			d, err := k.store.deposit(r)
			if err != nil {
				return err
			}
			seen := &seenDeposit{Deposit: d}
			k.deposits, byID[d.ID] = append(k.deposits, seen), seen
		}
		var sightings []sightingRow
		if err := q.list(ctx, &sightings, sightingSelect+" WHERE s.deposit_id IN ("+in+") ORDER BY m.received_at, s.message, s.n", args...); err != nil {
			return err
		}
		for _, r := range sightings {
			d := byID[r.DepositID]
			d.sightings = append(d.sightings, r.sighting())
		}
		var proposals []proposedRow
		if err := q.list(ctx, &proposals, proposedSelect+" WHERE deposit_id IN ("+in+")", args...); err != nil {
			return err
		}
		for _, r := range proposals {
			p := r.proposal()
			byID[r.DepositID].proposal = &p
		}
	}
	return k.readContacts(ctx, q)
}

func (k *depositDesk) readContacts(ctx context.Context, q queryer) error {
	merchants := slices.Clone(k.merchants)
	for _, d := range k.deposits {
		for _, m := range []string{d.Merchant, d.proposed()} {
			if m != "" && !slices.Contains(merchants, m) {
				merchants, k.missing = append(merchants, m), append(k.missing, m)
			}
		}
	}
	if len(merchants) == 0 || len(k.missing) > 0 {
		return nil // or read when it is run anew
	}
	var rows []struct {
		Merchant string  `db:"merchant"`
		Channel  Channel `db:"channel"`
		Address  string  `db:"address"`
	}
	var w where
	in(&w, "merchant", merchants)
	if err := q.list(ctx, &rows, contactSelect+w.sql()+" ORDER BY merchant, channel, address", w.args...); err != nil {
		return err
	}
	for _, r := range rows {
		k.contacts[r.Merchant] = append(k.contacts[r.Merchant], Contact(r))
	}
	return nil
}

// proposed is the merchant that an allocation is proposed to.
func (d *seenDeposit) proposed() string {
	if d.proposal == nil {
		return ""
	}
	return d.proposal.Merchant
}

// seenBy reports whether a channel has told of the deposit.
func (d *seenDeposit) seenBy(c Channel) bool {
	return slices.ContainsFunc(d.sightings, func(s Sighting) bool { return s.Channel == c })
}

// channels is by how many the deposit was seen.
func (d *seenDeposit) channels() int {
	n := 0
	for _, c := range []Channel{SMS, Mail} {
		if d.seenBy(c) {
			n++
		}
	}
	return n
}
