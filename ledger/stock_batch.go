package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// ErrBusy means that somebody else holds what is needed: try again.
var ErrBusy = errors.New("somebody else is at it; try again")

// ErrAway means that the database did not do what was asked, and nothing was written:
// it is away, or stopping, or has no room. Try again.
var ErrAway = errors.New("the database did not do it; try again")

// StockBatchState is where a batch of stock stands.
type StockBatchState string

const (
	StockBatchAwaiting StockBatchState = "awaiting" // a second person's approval
	StockBatchActive   StockBatchState = "active"   // approved: its vouchers are ours
	StockBatchRejected StockBatchState = "rejected" // its vouchers are gone
)

// StockBatch is a batch as it was loaded and decided on.
type StockBatch struct {
	ID             ID // of the entry that loaded it
	Supplier       string
	Name           string
	State          StockBatchState
	LoadedBy       string
	Unattended     bool   // no person has
	CheckedBy      string // who approved it first, if it takes two
	LoadedAt       time.Time
	Source         string
	Order          string
	Agreement      int
	CiphertextHash string
	CleartextHash  string
	Lines          []StockLine // as it was loaded, by product
	DecidedBy      string      // who approved or rejected it
	DecidedAt      time.Time
	Reason         string // of a rejection

	// Where its vouchers are now, once it is approved; StockBatches tells.
	Quarantined, Returned, Expired int
	Held                           *StockAct // the latest quarantine, while any is quarantined

	Counted      bool // OnSale and Sold are
	OnSale, Sold int

	reserved int
}

const stockBatchColumns = `entry_id, supplier, name, state, loaded_by, loaded_at, source, order_no, agreement, ciphertext_hash,
	cleartext_hash, lines, decided_by, decided_at, reason, unattended, checked_by`

// stockBatchRow is a row of stock_batch.
type stockBatchRow struct {
	Entry          ID         `db:"entry_id"`
	Supplier       string     `db:"supplier"`
	Name           string     `db:"name"`
	State          string     `db:"state"`
	LoadedBy       string     `db:"loaded_by"`
	LoadedAt       time.Time  `db:"loaded_at"`
	Source         string     `db:"source"`
	Order          string     `db:"order_no"`
	Agreement      int        `db:"agreement"`
	CiphertextHash string     `db:"ciphertext_hash"`
	CleartextHash  string     `db:"cleartext_hash"`
	Lines          string     `db:"lines"`
	DecidedBy      string     `db:"decided_by"`
	DecidedAt      *time.Time `db:"decided_at"`
	Reason         string     `db:"reason"`
	Unattended     bool       `db:"unattended"`
	CheckedBy      string     `db:"checked_by"`
}

func (r stockBatchRow) batch() (StockBatch, error) {
	b := StockBatch{ID: r.Entry, Supplier: r.Supplier, Name: r.Name, State: StockBatchState(r.State), LoadedBy: r.LoadedBy,
		LoadedAt: r.LoadedAt.UTC(), Source: r.Source, Order: r.Order, Agreement: r.Agreement, CiphertextHash: r.CiphertextHash,
		CleartextHash: r.CleartextHash, DecidedBy: r.DecidedBy, Reason: r.Reason,
		Unattended: r.Unattended, CheckedBy: r.CheckedBy}
	if r.DecidedAt != nil {
		b.DecidedAt = r.DecidedAt.UTC()
	}
	err := json.Unmarshal([]byte(r.Lines), &b.Lines)
	return b, err
}

// StockBatchFilter picks batches; empty fields pick all.
type StockBatchFilter struct {
	Supplier string
	Name     string
	States   []StockBatchState
	Limit    int  // zero means 100, less than zero all
	Count    bool // also what is on sale and sold of each, which reads all that is on sale
}

// StockBatches lists batches, those loaded last first.
func (s *Store) StockBatches(ctx context.Context, f StockBatchFilter) ([]StockBatch, error) {
	var w where
	w.text("supplier", f.Supplier)
	w.text("name", f.Name)
	in(&w, "state", f.States)
	batches, err := s.stockBatches(ctx, w, f.Limit)
	if err != nil {
		return nil, err
	}
	return batches, s.countBatches(ctx, batches, f.Count)
}

func (s *Store) stockBatches(ctx context.Context, w where, limit int) ([]StockBatch, error) {
	return collect(ctx, s, func(row scanner) (StockBatch, error) {
		var r stockBatchRow
		err := row.Scan(&r.Entry, &r.Supplier, &r.Name, &r.State, &r.LoadedBy, &r.LoadedAt, &r.Source, &r.Order, &r.Agreement,
			&r.CiphertextHash, &r.CleartextHash, &r.Lines, &r.DecidedBy, &r.DecidedAt, &r.Reason, &r.Unattended, &r.CheckedBy)
		if err != nil {
			return StockBatch{}, err
		}
		return r.batch()
	}, "SELECT "+stockBatchColumns+" FROM stock_batch"+w.limited("loaded_at DESC, entry_id DESC", limit), w.args...)
}

// ApproveStock puts an awaiting batch on sale: its vouchers become active, and
// their cost is owed to the supplier. Only somebody else than who loaded it may. What
// no person has loaded takes two: after the first it still awaits, with CheckedBy.
//
// Errors: ErrNotFound, ErrSamePerson, ErrState (it does not await anything), ErrBusy.
func (s *Store) ApproveStock(ctx context.Context, actor, supplier, name string) (StockBatch, error) {
	return s.decideBatch(ctx, actor, supplier, name, func(d *decision) error {
		if SamePerson(actor, d.batch.LoadedBy) || SamePerson(actor, d.batch.CheckedBy) {
			return ErrSamePerson
		}
		if d.batch.Unattended && d.batch.CheckedBy == "" {
			return d.check()
		}
		d.batch.State = StockBatchActive
		return d.settle(EntryStockApproved, StockActive)
	})
}

// RejectStock ends an awaiting batch. Its vouchers are deleted, so that serials,
// PINs and the supplier's name for the batch are free for a corrected file; the
// batch stays, with its hashes and the reason. The same encrypted file is refused
// for ever after.
//
// Errors: ErrNotFound, ErrState (it does not await anything), ErrBusy.
func (s *Store) RejectStock(ctx context.Context, actor, supplier, name, reason string) (StockBatch, error) {
	if strings.TrimSpace(reason) == "" {
		return StockBatch{}, errors.New("a reason must be given")
	}
	if !storable(reason) {
		return StockBatch{}, errText
	}
	return s.decideBatch(ctx, actor, supplier, name, func(d *decision) error {
		d.batch.State, d.batch.Reason = StockBatchRejected, reason
		return d.settle(EntryStockRejected, "")
	})
}

// decision is an approval or rejection under way.
type decision struct {
	ctx   context.Context
	tx    transaction
	store *Store
	actor string
	batch StockBatch
}

func (s *Store) decideBatch(ctx context.Context, actor, supplier, name string, decide func(*decision) error) (StockBatch, error) {
	if strings.TrimSpace(actor) == "" {
		return StockBatch{}, errors.New("who decides must be given")
	}
	var batch StockBatch
	err := s.retried(ctx, func(tx transaction) error {
		b, err := lockBatch(ctx, tx, supplier, name)
		if err != nil {
			return err
		}
		if b.State != StockBatchAwaiting {
			return saying(ErrState, "it is %s, not awaiting", b.State)
		}
		d := &decision{ctx: ctx, tx: tx, store: s, actor: actor, batch: b}
		err = decide(d)
		batch = d.batch
		return err
	})
	if err != nil {
		return StockBatch{}, fmt.Errorf("batch %s of %s: %w", name, supplier, err)
	}
	return batch, nil
}

// lockBatch reads a batch that was not rejected, and keeps others from deciding on
// it. If there is only a rejected one it is that.
func lockBatch(ctx context.Context, tx transaction, supplier, name string) (StockBatch, error) {
	// The update, which changes nothing, is the lock on both databases.
	_, err := tx.exec(ctx, "UPDATE stock_batch SET name = name WHERE supplier = ? AND name = ? AND state <> 'rejected'", supplier, name)
	if err != nil {
		return StockBatch{}, err
	}
	var row stockBatchRow
	err = tx.get(ctx, &row, "SELECT "+stockBatchColumns+` FROM stock_batch WHERE supplier = ? AND name = ?
		ORDER BY CASE WHEN state = 'rejected' THEN 1 ELSE 0 END, loaded_at DESC LIMIT 1`, supplier, name)
	if err != nil {
		return StockBatch{}, err
	}
	return row.batch()
}

// check notes the first of the two who approve what no person has loaded.
func (d *decision) check() error {
	d.batch.CheckedBy = d.actor
	_, err := d.store.journal(d.ctx, d.tx, NewID(), EntryStockProposed, d.actor, StockProposedBody{V: BodyVersion, Action: "approve",
		Supplier: d.batch.Supplier, Batch: d.batch.Name}, nil)
	if err != nil {
		return err
	}
	_, err = d.tx.exec(d.ctx, "UPDATE stock_batch SET checked_by = ? WHERE entry_id = ?", d.actor, d.batch.ID)
	return err
}

// settle moves the vouchers out of waiting, or deletes them if there is no state
// to move them to, and writes what was decided.
func (d *decision) settle(kind string, to StockState) error {
	m := newMovement(d.batch.Supplier, d.batch.Name, StockAwaiting, to)
	if err := m.all(d.ctx, d.tx, d.batch.Lines); err != nil {
		return err
	}
	var postings []Posting
	if to == StockActive {
		postings = m.postings(stockPrefix+d.batch.Supplier, payablePrefix+d.batch.Supplier)
	}
	at, err := d.store.journal(d.ctx, d.tx, NewID(), kind, d.actor, m.body(d.batch.Reason), postings)
	if err != nil {
		return err
	}
	d.batch.DecidedBy, d.batch.DecidedAt = d.actor, at
	_, err = d.tx.exec(d.ctx, "UPDATE stock_batch SET state = ?, decided_by = ?, decided_at = ?, reason = ? WHERE entry_id = ?",
		string(d.batch.State), d.actor, at, d.batch.Reason, d.batch.ID)
	return err
}

// busy says in our words that a lock, or the database, was not to be had.
func (s *Store) busy(err error) error {
	switch s.engine.diagnose(err) {
	case troubleLocked, troubleRace:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case troubleGone:
		return fmt.Errorf("%w: %w", ErrAway, err)
	case troubleOther:
		var postgres *pgconn.PgError
		var sqlite sqlite3.Error
		if errors.As(err, &postgres) || errors.As(err, &sqlite) { // such as a full disk
			return fmt.Errorf("%w: %w", ErrAway, err)
		}
	}
	return err
}

// retried is alone, again when another node got in between.
func (s *Store) retried(ctx context.Context, do func(transaction) error) error {
	for attempt := 1; ; attempt++ {
		err := s.alone(ctx, do)
		if attempt == raceAttempts || s.engine.diagnose(err) != troubleRace {
			return s.busy(err)
		}
	}
}

// journal writes an entry beside the writer, for what moves no float, and returns
// its time. It should come last in its transaction, so that the entry is dated
// when it is committed.
func (s *Store) journal(ctx context.Context, tx transaction, id ID, kind, actor string, body any, postings []Posting) (time.Time, error) {
	v := newView(s)
	if err := v.keepClosed(ctx, tx); err != nil {
		return time.Time{}, err
	}
	if err := v.checkPostings(postings); err != nil {
		return time.Time{}, err
	}
	v.entry(id, kind, ID{}, ID{}, actor, body, postings)
	if err := v.finish(); err != nil {
		return time.Time{}, err
	}
	return v.now, tx.write(ctx, &v.rows)
}
