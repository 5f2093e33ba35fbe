package audit

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// walkPending checks that somebody cares for each sale leg whose outcome is not
// known: a node that is waiting for the answer, the resolver, or a person.
func (v *verifier) walkPending() error {
	type row struct {
		ID         ledger.ID       `db:"id"`
		SaleID     uuid.NullUUID   `db:"sale_id"`
		State      ledger.LegState `db:"state"`
		OpenedAt   time.Time       `db:"opened_at"`
		LeaseUntil sql.NullTime    `db:"lease_until"`
		NextAt     sql.NullTime    `db:"next_at"`
		Sale       *string         `db:"sale"`
	}
	var last ledger.ID
	return pages(func() (int, error) {
		var rows []row
		err := v.list(&rows, `SELECT l.id, l.sale_id, l.state, l.opened_at, l.lease_until, l.next_at, s.state AS sale
			FROM leg AS l LEFT JOIN sale AS s ON s.id = l.sale_id
			WHERE l.state IN ('open', 'unknown') AND l.vend AND l.id > ? ORDER BY l.id LIMIT ?`, last, pageSize)
		for _, r := range rows {
			last = r.ID
			name := "leg " + r.ID.String()
			waits := fmt.Sprintf("it has been %s for %s", r.State, v.now.Sub(r.OpenedAt).Round(time.Second))
			limit := v.now.Add(-overdue)
			switch {
			case v.waiting[r.ID] || v.waiting[r.SaleID.UUID]:
				v.report.count(unresolved, "legs in the exception queue", 1)
			case r.LeaseUntil.Valid && r.LeaseUntil.Time.After(limit):
				v.report.count(unresolved, "legs leased to a node", 1)
			case r.State == ledger.LegOpen:
				v.report.violate(unresolved, name, "a node whose lease runs", waits)
			case r.NextAt.Valid && r.NextAt.Time.After(limit):
				v.report.count(unresolved, "legs the resolver will ask about", 1)
			default:
				v.report.violate(unresolved, name, "to be resolved, due for the resolver, or in the exception queue", waits)
			}
			want := string(ledger.SaleHeld)
			if r.State == ledger.LegUnknown {
				want = string(ledger.SaleUnknown)
			}
			if state(r.Sale) != want {
				v.report.violate(unresolved, name, fmt.Sprintf("sale %s to be %s, as the leg is %s", r.SaleID.UUID, want, r.State), state(r.Sale))
			}
		}
		return len(rows), err
	})
}

// exceptionState is a row of exception, or what the journal says it should be.
type exceptionState struct {
	ID            ledger.ID
	Kind          string
	SaleID, LegID ledger.ID
	Note          string
	OpenedAt      instant
	Closed        bool
	Owner         string // as far as entries tell it
	Evidence      string

	closedAt      time.Time
	endedWithSale bool // closed by what its sale became
}

// exceptions are on their way through the journal, as lookups are.
//
// A person may take an exception while its sale's answer closes it. If they are
// at different nodes, whose clocks differ, the entries may be read in the other
// order: so what is closed is remembered for a while.
type exceptions struct {
	open   map[ledger.ID]*exceptionState
	closed map[ledger.ID]*exceptionState // lately
	steps  map[ledger.ID][]*entry        // that came before their beginnings
	latest time.Time                     // of the entries read
	opened int64
}

func newExceptions() exceptions {
	return exceptions{
		open: make(map[ledger.ID]*exceptionState), closed: make(map[ledger.ID]*exceptionState),
		steps: make(map[ledger.ID][]*entry),
	}
}

func (es *exceptions) take(v *verifier, e *entry) {
	if e.At.After(es.latest) {
		es.latest = e.At
	}
	if e.Kind != ledger.EntryException {
		es.step(v, e)
		return
	}
	b, ok := body[ledger.ExceptionBody](v, e)
	if !ok {
		return
	}
	es.opened++
	es.open[b.ID] = &exceptionState{
		ID: b.ID, Kind: b.Kind, SaleID: e.SaleID, LegID: e.LegID, Note: b.Note,
		OpenedAt: instantOf(e.At), Evidence: b.Evidence,
	}
	early := es.steps[b.ID]
	delete(es.steps, b.ID)
	for _, step := range early {
		es.step(v, step)
	}
}

func (es *exceptions) step(v *verifier, e *entry) {
	b, ok := body[ledger.ExceptionStepBody](v, e)
	if !ok {
		return
	}
	x := es.open[b.ID]
	late := es.closed[b.ID]
	switch {
	case x == nil && late != nil && e.Kind == ledger.EntryTaken:
		if late.endedWithSale {
			late.Owner = e.Actor
		}
	case x == nil:
		es.steps[b.ID] = append(es.steps[b.ID], e)
	case e.Kind == ledger.EntryTaken:
		x.Owner = e.Actor
	default:
		x.Closed, x.closedAt, x.endedWithSale = true, e.At, b.Sale != ""
		if !x.endedWithSale {
			x.Owner = e.Actor
		}
		delete(es.open, b.ID)
		es.closed[b.ID] = x
	}
}

// settle compares exceptions that are closed with their rows, once nothing can
// come that happened before.
func (es *exceptions) settle(v *verifier) error {
	var done []*exceptionState
	for id, x := range es.closed {
		if x.closedAt.Before(es.latest.Add(-clockSkew)) {
			done = append(done, x)
			delete(es.closed, id)
		}
	}
	return v.compareExceptions(done)
}

// close compares all that are left.
func (es *exceptions) close(v *verifier) error {
	for _, left := range []map[ledger.ID]*exceptionState{es.open, es.closed} {
		var done []*exceptionState
		for _, x := range left {
			done = append(done, x)
			if len(done) == pageSize {
				if err := v.compareExceptions(done); err != nil {
					return err
				}
				done = done[:0]
			}
		}
		if err := v.compareExceptions(done); err != nil {
			return err
		}
	}
	for id, steps := range es.steps {
		v.report.violate(projected, "exception "+id.String(), "an entry that opened it", "only entry "+steps[0].ID.String())
	}
	return nil
}

func (v *verifier) compareExceptions(want []*exceptionState) error {
	if len(want) == 0 {
		return nil
	}
	ids := make([]ledger.ID, len(want))
	for i, x := range want {
		ids[i] = x.ID
	}
	var rows []exceptionRow
	if err := v.list(&rows, "SELECT "+exceptionColumns+" FROM exception WHERE id IN (?)", ids); err != nil {
		return err
	}
	evidence, err := v.fingerprints("SELECT id, evidence FROM exception WHERE evidence IS NOT NULL AND id IN (?)", ids, nil)
	if err != nil {
		return err
	}
	got := make(map[ledger.ID]*exceptionState, len(rows))
	for i := range rows {
		got[rows[i].ID] = rows[i].state(evidence[rows[i].ID])
	}
	for _, x := range want {
		name := "exception " + x.ID.String()
		row := got[x.ID]
		if row == nil {
			v.report.violate(unresolved, name, "a row, as the journal tells of it", "none")
			continue
		}
		if x.Owner == "" {
			x.Owner = row.Owner // given when it was raised
		}
		v.differ(projected, name, x.fields(), row.fields())
	}
	return nil
}

func (x *exceptionState) fields() []field {
	return []field{
		{"kind", x.Kind}, {"sale_id", x.SaleID}, {"leg_id", x.LegID}, {"note", x.Note},
		{"opened_at", x.OpenedAt}, {"closed", x.Closed}, {"owner", x.Owner}, {"evidence", x.Evidence},
	}
}

// exceptionRow is a row of exception without its evidence.
type exceptionRow struct {
	ID       ledger.ID     `db:"id"`
	Kind     string        `db:"kind"`
	SaleID   uuid.NullUUID `db:"sale_id"`
	LegID    uuid.NullUUID `db:"leg_id"`
	Note     string        `db:"note"`
	Owner    string        `db:"owner"`
	OpenedAt time.Time     `db:"opened_at"`
	ClosedAt sql.NullTime  `db:"closed_at"`
}

const exceptionColumns = "id, kind, sale_id, leg_id, note, owner, opened_at, closed_at"

func (r *exceptionRow) state(evidence string) *exceptionState {
	return &exceptionState{
		ID: r.ID, Kind: r.Kind, SaleID: r.SaleID.UUID, LegID: r.LegID.UUID, Note: r.Note,
		OpenedAt: instantOf(r.OpenedAt), Closed: r.ClosedAt.Valid, Owner: r.Owner, Evidence: evidence,
	}
}

// walkExceptions checks that open exceptions have owners, and that there are no
// more exceptions than the journal tells of. It notes what waits for a person.
func (v *verifier) walkExceptions(opened int64) error {
	var found int64
	var last ledger.ID
	err := pages(func() (int, error) {
		var rows []exceptionRow
		err := v.list(&rows, "SELECT "+exceptionColumns+" FROM exception WHERE id > ? ORDER BY id LIMIT ?", last, pageSize)
		for _, r := range rows {
			last = r.ID
			found++
			if r.ClosedAt.Valid {
				continue
			}
			v.waiting[r.LegID.UUID], v.waiting[r.SaleID.UUID] = true, true
			v.report.count(unresolved, "open exceptions", 1)
			if age := v.now.Sub(r.OpenedAt); r.Owner == "" {
				v.report.count(unresolved, "open exceptions without an owner", 1)
				if age > v.o.MaxUnowned {
					v.report.violate(unresolved, "exception "+r.ID.String(),
						fmt.Sprintf("an owner within %s", v.o.MaxUnowned), fmt.Sprintf("none for %s", age.Round(time.Second)))
				}
			}
		}
		return len(rows), err
	})
	if err == nil && found != opened {
		v.report.violate(projected, "exception", fmt.Sprintf("%d rows, as the journal tells", opened), fmt.Sprint(found))
	}
	return err
}
