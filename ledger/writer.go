package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// A writer is the one mechanism by which money moves. Changes queue up in a
// channel; a single goroutine takes what has queued during the last commit, at
// most maxBatch of them, and commits it as one transaction: lock and read,
// decide in Go, write, commit. What it remembers from earlier transactions it
// need not lock and read; see memory. There is no waiting timer: alone, a change
// is committed at once.
//
// When a transaction fails, it is run again; when it fails for a reason that
// may lie in one of its changes, each of them is run alone, so that none can
// take others with it. When a commit is not answered, the writer first finds
// out whether it went through.

const (
	// raceAttempts is how often a transaction that lost against another node
	// is run again before its changes are run alone, or fail.
	raceAttempts = 5

	// Pauses between attempts while the database is gone.
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second

	// closingAttempts is how often the writer of a store that is being closed
	// tries to reach a database that is gone.
	closingAttempts = 3
)

type writer struct {
	store    *Store
	engine   engine
	desk     desk
	maxBatch int
	memory   *memory
	log      *slog.Logger

	queue   chan *request
	mu      sync.RWMutex // held for reading while sending to queue
	closed  bool
	closing atomic.Bool // set before closed, which waits for who is sending
	done    chan struct{}
}

// request is a change on its way through the writer.
type request struct {
	change change
	ctx    context.Context // of who asked; once it ends nobody waits any more
	err    error           // what the change decided
	answer chan error
}

func startWriter(s *Store, known *memory, maxBatch int) *writer {
	w := &writer{
		store: s, engine: s.engine, desk: s.engine.desk(), maxBatch: maxBatch, memory: known, log: s.log,
		queue: make(chan *request, maxBatch),
		done:  make(chan struct{}),
	}
	go w.loop()
	return w
}

// errGaveUp means that the caller stopped waiting. The writer may still be at the
// change, which must not be read then.
var errGaveUp = errors.New("waiting for the ledger")

// gaveUp reports whether the change must not be read.
func gaveUp(err error) bool { return errors.Is(err, errGaveUp) }

// do commits a change and returns what it decided. If ctx ends first, the
// change may be committed or not.
func (w *writer) do(ctx context.Context, c change) error {
	r := &request{change: c, ctx: ctx, answer: make(chan error, 1)}
	if err := w.send(r); err != nil {
		return err
	}
	select {
	case err := <-r.answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errGaveUp, ctx.Err())
	}
}

func (w *writer) send(r *request) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.queue <- r:
		return nil
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// close lets what has queued be committed, and ends the writer. It is false if
// the writer was closed before.
func (w *writer) close() bool {
	if !w.closing.CompareAndSwap(false, true) {
		return false
	}
	w.mu.Lock()
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	<-w.done
	return true
}

func (w *writer) loop() {
	defer close(w.done)
	defer w.desk.leave()
	for first := range w.queue {
		batch := w.gather(first)
		if len(batch) > 0 {
			w.run(batch, false)
		}
	}
}

// gather takes what has queued up. Changes that peek go alone.
func (w *writer) gather(first *request) []*request {
	batch := make([]*request, 0, len(w.queue)+1)
	for r := first; ; {
		if _, alone := r.change.(peeker); alone {
			w.run([]*request{r}, false)
		} else {
			batch = append(batch, r)
		}
		if len(batch) >= w.maxBatch {
			return batch
		}
		select {
		case next, open := <-w.queue:
			if !open {
				return batch
			}
			r = next
		default:
			return batch
		}
	}
}

// run commits a batch, whatever it takes, and answers its requests. With wait
// it waits for vouchers that other nodes have locked.
func (w *writer) run(batch []*request, wait bool) {
	races, gone := 0, 0
	for remember := w.engine.remembers() && !wait; ; remember = false {
		if batch = waited(batch); len(batch) == 0 {
			return
		}
		err := w.attempt(batch, remember, wait)
		if err == nil {
			w.answer(batch, wait)
			return
		}
		trouble := w.engine.diagnose(err)
		if remember && trouble != troubleGone {
			continue // memory may be to blame, or too little
		}
		switch trouble {
		case troubleGone:
			gone++
			w.log.Warn("ledger: database is gone, trying again", "err", err, "changes", len(batch))
			if !w.pause(gone) {
				fail(batch, fmt.Errorf("%w: %w", ErrClosed, err))
				return
			}
			continue
		case troubleRace, troubleUnique, troubleUpstream:
			races++
			if races < 2 || len(batch) == 1 && races < raceAttempts {
				continue
			}
		}
		if len(batch) == 1 {
			fail(batch, w.store.blame(err))
			return
		}
		w.log.Info("ledger: batch refused, running its changes alone", "err", err, "changes", len(batch))
		for _, r := range batch {
			w.run([]*request{r}, wait)
		}
		return
	}
}

// answer answers requests that were committed. Those that found no voucher are
// run once more, waiting for vouchers that other nodes have locked and may yet
// put back; together, if they would take the same.
func (w *writer) answer(batch []*request, waited bool) {
	short := make(map[string][]*request) // by cutoff
	for _, r := range batch {
		if s, ok := r.change.(*sell); ok && !waited && errors.Is(r.err, ErrStock) {
			cutoff := s.want().cutoff
			short[cutoff] = append(short[cutoff], r)
			continue
		}
		r.answer <- r.err
	}
	for _, group := range short {
		w.run(group, true)
	}
}

// waited drops requests that nobody waits for any more.
func waited(batch []*request) []*request {
	live := batch[:0:0]
	for _, r := range batch {
		if err := r.ctx.Err(); err != nil {
			r.answer <- err
			continue
		}
		live = append(live, r)
	}
	return live
}

func fail(batch []*request, err error) {
	for _, r := range batch {
		r.answer <- err
	}
}

// pause waits before the next attempt to reach the database. It is false once
// the store is being closed and enough was tried.
func (w *writer) pause(attempt int) bool {
	if w.closing.Load() && attempt >= closingAttempts {
		return false
	}
	time.Sleep(min(firstPause<<min(attempt, 10), lastPause))
	return true
}

// attempt runs a batch as one transaction, once: decided on memory, or on what is
// looked at and locked. Without an error it is committed, and each request knows
// what its change decided.
func (w *writer) attempt(batch []*request, remember, wait bool) error {
	ctx := context.Background() // the engine bounds its waits itself
	v := newView(w.store)
	var n needs
	for _, r := range batch {
		r.change.need(&n)
	}
	if remember && !w.memory.recall(&n, v) {
		return errMemory
	}
	tx, err := w.desk.round(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	if !remember {
		if err := w.look(ctx, tx, batch, &n, wait, v); err != nil {
			return err
		}
	}
	for _, r := range batch {
		r.err = r.change.decide(v)
	}
	if remember {
		if !w.trusted(batch, &n, v) {
			return errMemory
		}
		v.rows.until = v.clock.Add(memoryAge)
	}
	if err := v.finish(); err != nil {
		return err
	}
	if !v.rows.empty() {
		if err := w.commit(ctx, tx, v); err != nil {
			w.memory.forget(v)
			return err
		}
	}
	w.memory.learn(v)
	return nil
}

// look locks and reads what the batch needs.
func (w *writer) look(ctx context.Context, tx round, batch []*request, n *needs, wait bool, v *view) error {
	asked := time.Now()
	if err := tx.look(ctx, n, wait, v); err != nil {
		return err
	}
	w.memory.read(v.clock, asked)
	if err := v.keepClosed(ctx, tx); err != nil {
		return err
	}
	if err := v.lookStuck(ctx, tx, n.ends); err != nil {
		return err
	}
	for _, r := range batch {
		if p, ok := r.change.(peeker); ok {
			if err := p.peek(ctx, tx); err != nil {
				return err
			}
		}
	}
	return nil
}

// trusted reports whether what was decided on memory may be written: nothing was
// refused, and every row that was recalled is written over what it was, which
// tells if that was true.
func (w *writer) trusted(batch []*request, n *needs, v *view) bool {
	for _, r := range batch {
		if _, peeks := r.change.(peeker); peeks || r.err != nil {
			return false
		}
	}
	for _, merchant := range n.floats {
		if !v.floats[merchant].moved {
			return false
		}
	}
	for _, id := range n.legs {
		if !v.legs[id].moved {
			return false
		}
	}
	for _, id := range n.sales {
		if !v.sales[id].moved {
			return false
		}
	}
	return len(v.rows.execs) == 0
}

// commit writes what the view has gathered.
func (w *writer) commit(ctx context.Context, tx round, v *view) error {
	err := tx.commit(ctx, &v.rows)
	if errors.Is(err, errDoubt) {
		return w.doubt(tx, &v.rows, err)
	}
	return err
}

// doubt finds out whether a commit that was not answered went through after
// all. It returns nil if so, else cause.
func (w *writer) doubt(tx round, rows *rows, cause error) error {
	tx.rollback()
	entry, ok := rows.firstEntry()
	if !ok {
		return cause // nothing that would matter twice
	}
	for attempt := 1; ; attempt++ {
		committed, err := w.engine.committed(context.Background(), tx.mark(), entry)
		switch {
		case err == nil && committed:
			w.log.Warn("ledger: commit was not answered, but went through", "err", cause)
			return nil
		case err == nil:
			w.log.Warn("ledger: commit was not answered, and did not go through", "err", cause)
			return cause
		}
		if !w.pause(attempt) {
			return fmt.Errorf("%w: commit not answered: %w", ErrClosed, cause)
		}
	}
}
