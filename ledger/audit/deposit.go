package audit

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// depositCounts are what the journal as a whole says of deposits.
type depositCounts struct {
	recorded, moved int64 // entries
	suspense        map[string]int64
	messages        int64 // of banks that were dealt with, less those that were reopened
}

// deal counts an entry by which a bank's message was dealt with, or reopened.
func (c *depositCounts) deal(v *verifier, e *entry) {
	if e.Kind == ledger.EntryBankMessage {
		c.messages++
		return
	}
	b, ok := body[ledger.OperatorBody](v, e)
	if !ok || b.Action != ledger.ActionReopen {
		return
	}
	if after, ok := b.After.(map[string]any); !ok || after["was"] != ledger.ActionReused { // which has no entry
		c.messages--
	}
}

// take counts an entry, and what it puts into suspense, which grows on the credit
// side.
func (c *depositCounts) take(e *entry) {
	if e.Kind == ledger.EntryDeposit {
		c.recorded++
	} else {
		c.moved++
	}
	if c.suspense == nil {
		c.suspense = make(map[string]int64)
	}
	for _, l := range e.Lines {
		if l.Account == chart.SuspenseDeposits {
			c.suspense[l.Currency] -= l.Amount
		}
	}
}

// depositRow is a row of deposit.
type depositRow struct {
	ID            ledger.ID           `db:"id"`
	Bank          string              `db:"bank"`
	Account       string              `db:"account"`
	Currency      string              `db:"currency"`
	Amount        int64               `db:"amount"`
	Kind          string              `db:"kind"`
	Reference     []byte              `db:"reference"`
	ReferenceHash []byte              `db:"reference_hash"`
	Date          string              `db:"date"`
	BankedAt      sql.NullTime        `db:"banked_at"`
	Balance       sql.NullInt64       `db:"balance"`
	Merchant      string              `db:"merchant"`
	State         ledger.DepositState `db:"state"`
	Reason        string              `db:"reason"`
	Unmatched     string              `db:"unmatched"`
	Unproven      bool                `db:"unproven"`
	Capped        bool                `db:"capped"`
	Doubt         string              `db:"doubt"`
	Alike         uuid.NullUUID       `db:"alike"`
	Fee           int64               `db:"fee"`
	FeeRule       string              `db:"fee_rule"`
	SeenAt        time.Time           `db:"seen_at"`
	SettledAt     sql.NullTime        `db:"settled_at"`
	Step          int                 `db:"step"`
}

const depositColumns = `id, bank, account, currency, amount, kind, reference, reference_hash, date, banked_at, balance,
	merchant, state, reason, unmatched, unproven, capped, doubt, alike, fee, fee_rule, seen_at, settled_at, step`

func (r *depositRow) standing() ledger.DepositStanding {
	return ledger.DepositStanding{Step: r.Step, State: r.State, Merchant: r.Merchant, Reason: r.Reason, Unmatched: r.Unmatched,
		Unproven: r.Unproven, Capped: r.Capped, Doubt: r.Doubt, Alike: r.Alike.UUID, Fee: r.Fee, FeeRule: r.FeeRule}
}

// depositStory is a deposit as its entries tell of it.
type depositStory struct {
	facts     *ledger.DepositFacts
	standings map[int]ledger.DepositStanding // by step
	settled   map[ledger.DepositState]time.Time
	sightings []string
	sums      map[string]int64 // by account
	credits   int              // entries that put it onto a float
	entries   int64            // that made it what it is
	moved     int64            // of those, all but the first
}

// walkDeposits compares every deposit with its entries, its postings and where it
// was seen, and suspense with what is in it.
func (v *verifier) walkDeposits(h *history) error {
	var last ledger.ID
	var rows, recorded, moved int64
	waiting := make(map[string]int64)
	err := pages(func() (int, error) {
		var page []depositRow
		if err := v.list(&page, "SELECT "+depositColumns+" FROM deposit WHERE id > ? ORDER BY id LIMIT ?", last, pageSize); err != nil || len(page) == 0 {
			return 0, err
		}
		ids := make([]ledger.ID, len(page))
		for i := range page {
			ids[i] = page[i].ID
		}
		last = ids[len(ids)-1]
		stories, err := v.toldDeposits(ids)
		if err != nil {
			return 0, err
		}
		seen, err := v.sightings(ids)
		if err != nil {
			return 0, err
		}
		for i := range page {
			r, t := &page[i], stories[page[i].ID]
			rows++
			recorded, moved = recorded+t.entries-t.moved, moved+t.moved
			v.judgeDeposit(r, t, seen[r.ID])
			if r.State == ledger.DepositSuspense || r.State == ledger.DepositHeld {
				waiting[r.Currency] += r.Amount
			}
		}
		return len(page), nil
	})
	if err != nil {
		return err
	}
	v.report.count(projected, "deposits", rows)
	v.closeDeposits(h, recorded, moved, waiting)
	return nil
}

// closeDeposits draws the conclusions that need all deposits.
func (v *verifier) closeDeposits(h *history, recorded, moved int64, waiting map[string]int64) {
	if recorded != h.deposits.recorded {
		v.report.violate(projected, "deposits", fmt.Sprintf("%d, as entries recorded", h.deposits.recorded), fmt.Sprint(recorded))
	}
	if moved != h.deposits.moved {
		v.report.violate(projected, "deposits", fmt.Sprintf("%d steps, as entries tell", h.deposits.moved), fmt.Sprint(moved))
	}
	for currency := range h.deposits.suspense {
		waiting[currency] += 0
	}
	for currency, sum := range waiting {
		if posted := h.deposits.suspense[currency]; posted != sum {
			v.report.violate(balanced, chart.SuspenseDeposits+" in "+currency,
				fmt.Sprintf("%d, the sum of the deposits that are in it", sum), fmt.Sprint(posted))
		}
	}
}

// toldDeposits reads what the entries about deposits tell.
func (v *verifier) toldDeposits(ids []ledger.ID) (map[ledger.ID]*depositStory, error) {
	var links []struct {
		Deposit ledger.ID `db:"deposit_id"`
		Entry   ledger.ID `db:"entry_id"`
	}
	if err := v.list(&links, "SELECT deposit_id, entry_id FROM deposit_entry WHERE deposit_id IN (?) ORDER BY deposit_id, entry_id", ids); err != nil {
		return nil, err
	}
	stories := make(map[ledger.ID]*depositStory, len(ids))
	for _, id := range ids {
		stories[id] = &depositStory{standings: make(map[int]ledger.DepositStanding), settled: make(map[ledger.DepositState]time.Time), sums: make(map[string]int64)}
	}
	for part := range slices.Chunk(links, pageSize) {
		entryIDs := make([]ledger.ID, len(part))
		for i, l := range part {
			entryIDs[i] = l.Entry
		}
		entries, err := v.entries(entryIDs)
		if err != nil {
			return nil, err
		}
		byID := make(map[ledger.ID]*entry, len(entries))
		for _, e := range entries {
			byID[e.ID] = e
		}
		for _, l := range part {
			if e := byID[l.Entry]; e != nil {
				stories[l.Deposit].take(v, l.Deposit, e)
			} else {
				v.report.violate(projected, "deposit "+l.Deposit.String(), "entry "+l.Entry.String(), "none")
			}
		}
	}
	return stories, nil
}

// take takes an entry about a deposit in.
func (t *depositStory) take(v *verifier, id ledger.ID, e *entry) {
	switch e.Kind {
	case ledger.EntryDeposit:
		b, ok := body[ledger.DepositBody](v, e)
		if !ok || b.Facts.ID != id {
			return
		}
		t.facts = &b.Facts
		t.stand(e, "", b.Standing)
	case ledger.EntryDepositMoved:
		b, ok := body[ledger.DepositMovedBody](v, e)
		if !ok || b.ID != id {
			return
		}
		t.moved++
		t.stand(e, b.From, b.Standing)
	case ledger.EntryBankMessage:
		b, ok := body[ledger.BankMessageBody](v, e)
		if !ok {
			return
		}
		for _, s := range b.Sightings {
			if s.Deposit == id {
				t.sightings = append(t.sightings, sight(b.ID, b.Channel, s))
			}
		}
	}
}

// stand notes what a deposit was after an entry, and what that has posted.
func (t *depositStory) stand(e *entry, from ledger.DepositState, s ledger.DepositStanding) {
	t.entries++
	t.standings[s.Step] = s
	if from != s.State {
		t.settled[s.State] = e.At
	}
	credited := false
	for _, l := range e.Lines {
		t.sums[l.Account] += l.Amount
		_, float := strings.CutPrefix(l.Account, chart.Float(""))
		credited = credited || float && l.Amount < 0
	}
	if credited {
		t.credits++
	}
}

// sight is a sighting in words.
func sight(message ledger.ID, by ledger.Channel, s ledger.SightingFacts) string {
	text := fmt.Sprintf("%s %d %s %s: account %q, %q", message, s.N, s.Relation, by, s.Account, s.Date)
	if s.BankedAt != nil {
		text += " at " + s.BankedAt.UTC().Format(time.RFC3339Nano)
	}
	if s.Balance != nil {
		text += fmt.Sprintf(", balance %d", *s.Balance)
	}
	return text
}

// sightings reads where deposits were seen.
func (v *verifier) sightings(ids []ledger.ID) (map[ledger.ID][]string, error) {
	var rows []struct {
		Message  ledger.ID            `db:"message"`
		N        int                  `db:"n"`
		Deposit  ledger.ID            `db:"deposit_id"`
		Relation ledger.SightRelation `db:"relation"`
		Channel  ledger.Channel       `db:"channel"`
		Account  string               `db:"account"`
		Date     string               `db:"date"`
		BankedAt *time.Time           `db:"banked_at"`
		Balance  *int64               `db:"balance"`
	}
	err := v.list(&rows, "SELECT message, n, deposit_id, relation, channel, account, date, banked_at, balance FROM sighting WHERE deposit_id IN (?)", ids)
	seen := make(map[ledger.ID][]string, len(ids))
	for _, r := range rows {
		seen[r.Deposit] = append(seen[r.Deposit], sight(r.Message, r.Channel, ledger.SightingFacts{N: r.N, Relation: r.Relation,
			Account: r.Account, Date: r.Date, BankedAt: r.BankedAt, Balance: r.Balance}))
	}
	return seen, err
}

func (v *verifier) judgeDeposit(r *depositRow, t *depositStory, seen []string) {
	name := "deposit " + r.ID.String()
	if t.facts == nil {
		v.report.violate(projected, name, "an entry that recorded it", "none")
		return
	}
	v.judgeDepositFacts(name, r, t.facts)
	if last := t.standings[int(t.entries)-1]; last != r.standing() {
		v.report.violate(projected, name, fmt.Sprintf("%+v, as its entries tell", last), fmt.Sprintf("%+v", r.standing()))
	}
	if at := t.settled[r.State]; instantOf(at) != instantOf(r.SettledAt.Time) {
		v.report.violate(projected, name, "settled at "+at.UTC().Format(time.RFC3339Nano), r.SettledAt.Time.UTC().Format(time.RFC3339Nano))
	}
	slices.Sort(t.sightings)
	slices.Sort(seen)
	if !slices.Equal(t.sightings, seen) {
		v.report.violate(projected, name, fmt.Sprintf("seen %v, as messages told", t.sightings), fmt.Sprint(seen))
	}
	v.judgeDepositMoney(name, r, t)
}

func (v *verifier) judgeDepositFacts(name string, r *depositRow, f *ledger.DepositFacts) {
	var banked time.Time
	if f.BankedAt != nil {
		banked = *f.BankedAt
	}
	balance := sql.NullInt64{}
	if f.Balance != nil {
		balance = sql.NullInt64{Int64: *f.Balance, Valid: true}
	}
	for _, c := range []struct {
		name      string
		told, row any
	}{
		{"bank", f.Bank, r.Bank}, {"account", f.Account, r.Account}, {"currency", f.Currency, r.Currency}, {"amount", f.Amount, r.Amount},
		{"kind", f.Kind, r.Kind}, {"reference_hash", f.Reference, hex.EncodeToString(r.ReferenceHash)}, {"date", f.Date, r.Date},
		{"banked_at", instantOf(banked), instantOf(r.BankedAt.Time)}, {"balance", balance, r.Balance},
		{"seen_at", instantOf(f.SeenAt), instantOf(r.SeenAt)},
	} {
		if c.told != c.row {
			v.report.violate(projected, name, fmt.Sprintf("%s %v", c.name, c.told), fmt.Sprint(c.row))
		}
	}
	if v.o.Keys != nil {
		if err := ledger.CheckReference(v.o.Keys, r.ID, r.Reference, r.ReferenceHash); err != nil {
			v.report.violate(projected, name, "a reference that can be opened", err.Error())
		}
	}
}

// judgeDepositMoney checks that the money is where the state says, and came to a
// float once at the most.
func (v *verifier) judgeDepositMoney(name string, r *depositRow, t *depositStory) {
	want := make(map[string]int64)
	credits := 0
	switch r.State {
	case ledger.DepositCredited:
		want[chart.Bank], credits = r.Amount, 1
		want[chart.Float(r.Merchant)] = r.Fee - r.Amount
	case ledger.DepositSuspense, ledger.DepositHeld:
		want[chart.Bank], want[chart.SuspenseDeposits] = r.Amount, -r.Amount
	case ledger.DepositReturned:
		if t.credits > 0 { // our fee stays
			credits, want[chart.Float(r.Merchant)] = 1, r.Fee
		}
	}
	for account := range t.sums {
		if !strings.HasPrefix(account, chart.Float("")) && account != chart.Bank && account != chart.SuspenseDeposits {
			continue
		}
		want[account] += 0
	}
	for account, sum := range want {
		if t.sums[account] != sum {
			v.report.violate(balanced, name, fmt.Sprintf("%d on %s, as it is %s", sum, account, r.State), fmt.Sprint(t.sums[account]))
		}
	}
	if t.credits != credits {
		v.report.violate(balanced, name, fmt.Sprintf("put onto a float %d times, as it is %s", credits, r.State), fmt.Sprint(t.credits))
	}
}

// messageFacts is a row of bank_message with the entry that dealt with it.
type messageFacts struct {
	ID       ledger.ID           `db:"id"`
	Channel  ledger.Channel      `db:"channel"`
	Content  []byte              `db:"content"`
	Hash     []byte              `db:"hash"`
	State    ledger.MessageState `db:"state"`
	Action   string              `db:"action"`
	Reason   string              `db:"reason"`
	Template string              `db:"template"`
	Review   bool                `db:"review"`
	EntryID  uuid.NullUUID       `db:"entry_id"`
}

// walkBankMessages compares what banks' messages have become with the journal.
func (v *verifier) walkBankMessages(h *history) error {
	var last ledger.ID
	var dealt int64
	err := pages(func() (int, error) {
		var page []messageFacts
		err := v.list(&page, `SELECT id, channel, content, hash, state, action, reason, template, review, entry_id
			FROM bank_message WHERE id > ? ORDER BY id LIMIT ?`, last, pageSize)
		if err != nil || len(page) == 0 {
			return 0, err
		}
		last = page[len(page)-1].ID
		var ids []ledger.ID
		for _, m := range page {
			if m.EntryID.Valid {
				ids = append(ids, m.EntryID.UUID)
				dealt++
			}
		}
		entries, err := v.entries(ids)
		if err != nil {
			return 0, err
		}
		byID := make(map[ledger.ID]*entry, len(entries))
		for _, e := range entries {
			byID[e.ID] = e
		}
		for i := range page {
			v.judgeBankMessage(&page[i], byID[page[i].EntryID.UUID])
		}
		v.report.count(projected, "bank messages", int64(len(page)))
		return len(page), nil
	})
	if err == nil && dealt != h.deposits.messages {
		v.report.violate(projected, "bank messages", fmt.Sprintf("%d that were dealt with, as entries tell", h.deposits.messages), fmt.Sprint(dealt))
	}
	return err
}

func (v *verifier) judgeBankMessage(m *messageFacts, e *entry) {
	name := "bank message " + m.ID.String()
	if v.o.Keys != nil {
		if err := ledger.CheckBankMessage(v.o.Keys, m.ID, m.Content, m.Hash); err != nil {
			v.report.violate(projected, name, "content that can be opened", err.Error())
		}
	}
	if m.State != ledger.MessageDone || m.Action == ledger.ActionReused {
		return
	}
	if e == nil {
		v.report.violate(projected, name, "an entry by which it was dealt with", "none")
		return
	}
	b, ok := body[ledger.BankMessageBody](v, e)
	if !ok {
		return
	}
	b.V, b.Sightings = 0, nil
	row := ledger.BankMessageBody{ID: m.ID, Channel: m.Channel, Hash: hex.EncodeToString(m.Hash), Action: m.Action, Reason: m.Reason,
		Template: m.Template, Review: m.Review}
	if fmt.Sprint(b) != fmt.Sprint(row) {
		v.report.violate(projected, name, fmt.Sprintf("%+v, as its entry tells", b), fmt.Sprintf("%+v", row))
	}
}
