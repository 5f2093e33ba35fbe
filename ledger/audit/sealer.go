package audit

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
)

// Defaults of a Sealer.
const (
	DefaultInterval = 5 * time.Second
	DefaultSweep    = 6 * time.Hour
)

const (
	// lookBack is how long before a pass an entry may have been made and appear
	// only after it. An entry has the time at which its transaction began, and
	// the ledger's transactions end within 30 seconds; the rest is for the
	// clocks of nodes.
	lookBack = time.Minute

	// sealLock is the number of the lock under which one node seals at a time.
	sealLock = 0x76656e6473 // "vends"

	// lastPass is how long the pass may take that Run makes when it is told to
	// end.
	lastPass = 5 * time.Second
)

// ErrForked means that the database and the heads published from it disagree:
// it was rewritten, or restored from an older copy.
var ErrForked = errors.New("the database is not the one that heads were published from")

// SealerOptions of a Sealer. Only Signer must be given.
type SealerOptions struct {
	Signer   Signer
	Heads    *HeadsFile       // where heads are published; nil: nowhere
	Interval time.Duration    // between passes; zero means DefaultInterval
	Sweep    time.Duration    // between sweeps; zero means DefaultSweep
	Now      func() time.Time // nil means time.Now
	Log      *slog.Logger     // nil means slog.Default
}

// Sealer numbers the committed entries of the journal, chains their hashes,
// signs the head of the chain and publishes it. Every node runs one; at any
// time one of them seals, and all of them publish. A Sealer is for one
// goroutine.
//
// It works behind the sales, not in their transactions. What was committed
// since the last pass is not sealed yet: whoever can write to the database can
// change it unnoticed for as long as Interval and a pass take.
//
// Entries of different nodes become visible in another order than they were
// made in, so a pass looks at what was made up to a minute before the pass
// before it, and a sweep looks at the whole journal: an entry that appears later
// than that, from a node whose clock is behind, stays unsealed until the next
// sweep, and none is ever skipped.
type Sealer struct {
	store *ledger.Store
	o     SealerOptions
	swept time.Time // when the last sweep began
	since time.Time // when the last pass or sweep began
}

// NewSealer makes a sealer of a store.
func NewSealer(store *ledger.Store, o SealerOptions) *Sealer {
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	if o.Sweep <= 0 {
		o.Sweep = DefaultSweep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Sealer{store: store, o: o}
}

// Run seals and publishes until ctx ends, then once more, and returns. It logs
// what goes wrong and tries again at the next interval.
func (s *Sealer) Run(ctx context.Context) {
	pass := time.NewTicker(s.o.Interval)
	defer pass.Stop()
	for {
		if _, err := s.Seal(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Error("sealing failed", "err", err)
		}
		select {
		case <-ctx.Done():
			s.finish(context.WithoutCancel(ctx))
			return
		case <-pass.C:
		}
	}
}

// finish seals what was committed while the node was shutting down.
func (s *Sealer) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastPass)
	defer cancel()
	if _, err := s.Seal(ctx); err != nil {
		s.o.Log.Error("last sealing failed", "err", err)
	}
}

// Seal seals what was committed and is not sealed yet, publishes the heads, and
// returns how many entries it sealed. The first time, and whenever
// SealerOptions.Sweep has passed, it sweeps. While another node is sealing it
// only publishes. The error is ErrForked if the head published last is not in
// the database; then nothing more is published.
func (s *Sealer) Seal(ctx context.Context) (sealed int, err error) {
	began := s.o.Now()
	if s.swept.IsZero() || began.Sub(s.swept) >= s.o.Sweep {
		sealed, err = s.sweep(ctx)
		if err == nil {
			s.swept = began
		}
	} else {
		sealed, err = s.pass(ctx, s.since.Add(-lookBack))
	}
	if err == nil {
		s.since = began
		err = s.publish(ctx)
	}
	if err != nil {
		err = fmt.Errorf("audit: %w", err)
	}
	return sealed, err
}

// pass seals the entries made at from or later.
func (s *Sealer) pass(ctx context.Context, from time.Time) (sealed int, err error) {
	err = pages(func() (int, error) {
		var fresh []ledger.ID
		err := s.store.View(ctx, func(tx *sqlx.Tx) error {
			return queryer{ctx, tx}.list(&fresh, `SELECT e.id FROM entry AS e WHERE e.at >= ?
				AND NOT EXISTS (SELECT 1 FROM seal AS s WHERE s.entry_id = e.id)
				ORDER BY e.at, e.id LIMIT ?`, from.UTC(), pageSize)
		})
		if err != nil {
			return 0, err
		}
		n, err := s.seal(ctx, fresh)
		sealed += n
		return n, err
	})
	return sealed, err
}

// sweep seals entries of whatever time.
func (s *Sealer) sweep(ctx context.Context) (sealed int, err error) {
	var last sweptRow
	err = pages(func() (int, error) {
		var page []sweptRow
		err := s.store.View(ctx, func(tx *sqlx.Tx) error {
			return queryer{ctx, tx}.list(&page, `SELECT e.id, e.at, s.n
				FROM entry AS e LEFT JOIN seal AS s ON s.entry_id = e.id
				WHERE (e.id, e.at) > (?, ?) ORDER BY e.id, e.at LIMIT ?`, last.ID, last.At, pageSize)
		})
		if err != nil || len(page) == 0 {
			return 0, err
		}
		var fresh []ledger.ID
		for _, row := range page {
			if !row.N.Valid {
				fresh = append(fresh, row.ID)
			}
		}
		last = page[len(page)-1]
		n, err := s.seal(ctx, fresh)
		sealed += n
		return len(page), err
	})
	return sealed, err
}

// sweptRow is an entry and its number in the chain, if it has one.
type sweptRow struct {
	ID ledger.ID     `db:"id"`
	At time.Time     `db:"at"`
	N  sql.NullInt64 `db:"n"`
}

// seal adds those of the entries to the chain that are not in it, in the given
// order, and signs its new head. It returns how many they were.
func (s *Sealer) seal(ctx context.Context, ids []ledger.ID) (sealed int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	hashes, err := s.hashes(ctx, ids)
	if err != nil {
		return 0, err
	}
	_, err = s.store.Exclusive(ctx, sealLock, func(tx *sqlx.Tx) error {
		q := queryer{ctx, tx}
		var done []ledger.ID
		if err := q.list(&done, "SELECT entry_id FROM seal WHERE entry_id IN (?)", ids); err != nil {
			return err
		}
		for _, id := range done {
			delete(hashes, id)
		}
		if sealed = len(hashes); sealed == 0 {
			return nil
		}
		return q.extend(ids, hashes, s.o.Signer, s.o.Now())
	})
	if err != nil {
		return 0, err
	}
	return sealed, nil
}

// hashes reads entries and computes their hashes. It does so outside of the
// transaction that seals, as entries never change.
func (s *Sealer) hashes(ctx context.Context, ids []ledger.ID) (map[ledger.ID][HashSize]byte, error) {
	hashes := make(map[ledger.ID][HashSize]byte, len(ids))
	err := s.store.View(ctx, func(tx *sqlx.Tx) error {
		entries, err := queryer{ctx, tx}.entries(ids)
		for _, e := range entries {
			hashes[e.ID] = e.hash()
		}
		return err
	})
	return hashes, err
}

// extend writes the seals of the entries that have a hash, and the head.
func (q queryer) extend(order []ledger.ID, hashes map[ledger.ID][HashSize]byte, signer Signer, now time.Time) error {
	last, err := q.lastSeal()
	if err != nil {
		return err
	}
	n, chain := last.N, [HashSize]byte(last.Chain)
	var args []any
	for _, id := range order {
		hash, fresh := hashes[id]
		if !fresh {
			continue
		}
		n++
		chain = link(chain, n, hash)
		args = append(args, n, id, bytes.Clone(hash[:]), bytes.Clone(chain[:]))
	}
	rows := strings.Repeat(", (?, ?, ?, ?)", len(args)/4)[2:]
	if err := q.exec("INSERT INTO seal (n, entry_id, entry_hash, chain) VALUES "+rows, args...); err != nil {
		return err
	}
	h := sign(signer, n, chain, now)
	return q.exec("INSERT INTO seal_head (n, chain, signed_at, key_id, signature) VALUES (?, ?, ?, ?, ?)",
		h.N, h.Chain, h.SignedAt, h.KeyID, h.Signature)
}

// publish appends the heads that are not in the heads file yet, once it has seen
// that the last of the file is in the database.
func (s *Sealer) publish(ctx context.Context) error {
	if s.o.Heads == nil {
		return nil
	}
	return s.store.View(ctx, func(tx *sqlx.Tx) error {
		return pages(func() (int, error) {
			last := s.o.Heads.Last()
			heads, err := queryer{ctx, tx}.heads(max(last.N-1, 0))
			if err != nil {
				return 0, err
			}
			read := len(heads)
			if last.N > 0 {
				if read == 0 || heads[0].N != last.N || !bytes.Equal(heads[0].Chain, last.Chain) {
					return 0, fmt.Errorf("head %d of %s: %w", last.N, last.SignedAt.Format(time.RFC3339), ErrForked)
				}
				heads = heads[1:]
			}
			if len(heads) == 0 {
				return 0, nil
			}
			return read, s.o.Heads.Append(heads...)
		})
	})
}
