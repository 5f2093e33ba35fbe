package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// act is something that a person has done, by the entry that says so.
type act struct {
	entry ledger.ID
	at    time.Time
	actor string
}

func actOf(e *entry) act { return act{e.ID, e.At, e.Actor} }

// before reports whether an act may have come before another one: the clocks of two
// nodes differ.
func (a act) before(b act) bool { return !a.at.After(b.at.Add(clockSkew)) }

// by reports whether an act is one person's, whose names are written as people do.
func (a act) by(name string) bool {
	return ledger.SamePerson(a.actor, name)
}

// fourEyes is what the journal tells of that which takes two people: batches of
// stock, what is kept of them, and agreements. Entries of two nodes may be read in
// another order than they were made in, so what comes too early waits.
type fourEyes struct {
	batches    map[batchName]*batchStory
	byLoading  map[ledger.ID]*loading
	requests   map[request]*requestStory
	agreements map[string]*agreementStory // by supplier and version
	moves      map[ledger.ID]batchName    // entries that moved vouchers that were on sale
}

func newFourEyes() fourEyes {
	return fourEyes{batches: make(map[batchName]*batchStory), byLoading: make(map[ledger.ID]*loading),
		requests: make(map[request]*requestStory), agreements: make(map[string]*agreementStory),
		moves: make(map[ledger.ID]batchName)}
}

// batchName is what a supplier calls a batch. One that was rejected leaves its name
// to another.
type batchName struct{ supplier, name string }

func (n batchName) String() string { return "batch " + n.name + " of " + n.supplier }

// batchStory is the batches of one name, one after the other.
type batchStory struct {
	loadings []*loading
	early    []batchAct // for which no batch waits yet
}

// loading is a batch as it was loaded, and what was decided on it.
type loading struct {
	act
	batchName
	unattended bool
	state      ledger.StockBatchState
	checks     []act
	decided    act
	reason     string
}

// batchAct is a check, an approval or a rejection.
type batchAct struct {
	act
	state  ledger.StockBatchState // that it gives; awaiting for a check
	reason string
}

func (f *fourEyes) batch(n batchName) *batchStory {
	if f.batches[n] == nil {
		f.batches[n] = &batchStory{}
	}
	return f.batches[n]
}

// load notes a batch.
func (f *fourEyes) load(e *entry, b ledger.StockBody) {
	l := &loading{act: actOf(e), batchName: batchName{b.Supplier, b.Batch}, unattended: b.Unattended, state: ledger.StockBatchAwaiting}
	if !b.Awaiting {
		l.state = ledger.StockBatchActive
	}
	s := f.batch(l.batchName)
	s.loadings = append(s.loadings, l)
	f.byLoading[e.ID] = l
	early := s.early
	s.early = nil
	for _, a := range early {
		s.act(a)
	}
}

// act gives what was decided to the first batch that waits for it.
func (s *batchStory) act(a batchAct) {
	i := slices.IndexFunc(s.loadings, func(l *loading) bool { return l.state == ledger.StockBatchAwaiting })
	switch {
	case i < 0:
		s.early = append(s.early, a)
	case a.state == ledger.StockBatchAwaiting:
		s.loadings[i].checks = append(s.loadings[i].checks, a.act)
	default:
		l := s.loadings[i]
		l.state, l.decided, l.reason = a.state, a.act, a.reason
	}
}

// request is what two people must ask for in the same words.
type request struct{ action, supplier, batch, serials string }

func (r request) String() string { return r.action + " of batch " + r.batch + " of " + r.supplier }

// requestStory is what was proposed, and what was done of it.
type requestStory struct {
	open  []act
	early []ended // that no proposal was read for yet
}

// ended is a request that was carried out by the second person, or withdrawn.
type ended struct {
	act
	proposer string
}

func (f *fourEyes) request(r request) *requestStory {
	if f.requests[r] == nil {
		f.requests[r] = &requestStory{}
	}
	return f.requests[r]
}

// propose notes a proposal, unless what came of it was read before.
func (s *requestStory) propose(p act) {
	i := slices.IndexFunc(s.early, func(e ended) bool { return e.proposer == p.actor && p.before(e.act) })
	if i < 0 {
		s.open = append(s.open, p)
		return
	}
	s.early = slices.Delete(s.early, i, i+1)
}

// end notes what came of a proposal.
func (s *requestStory) end(e ended) {
	i := slices.IndexFunc(s.open, func(p act) bool { return p.actor == e.proposer && p.before(e.act) })
	if i < 0 {
		s.early = append(s.early, e)
		return
	}
	s.open = slices.Delete(s.open, i, i+1)
}

// takeProposal notes what a first person asks for.
func (v *verifier) takeProposal(h *history, e *entry) {
	b, ok := body[ledger.StockProposedBody](v, e)
	switch {
	case !ok:
	case b.Action == "approve":
		h.people.batch(batchName{b.Supplier, b.Batch}).act(batchAct{act: actOf(e), state: ledger.StockBatchAwaiting})
	default:
		h.people.request(request{b.Action, b.Supplier, b.Batch, strings.Join(b.Serials, "\n")}).propose(actOf(e))
	}
}

// takeWithdrawal notes that a proposal is off, which anybody may say.
func (v *verifier) takeWithdrawal(h *history, e *entry) {
	if b, ok := body[ledger.StockWithdrawnBody](v, e); ok {
		h.people.request(request{b.Action, b.Supplier, b.Batch, strings.Join(b.Serials, "\n")}).end(ended{actOf(e), b.ProposedBy})
	}
}

// takeDecision notes what the last person has decided.
func (v *verifier) takeDecision(h *history, e *entry, b ledger.StockMovedBody) {
	if len(b.Moves) == 0 {
		return
	}
	of := batchName{b.Moves[0].Supplier, b.Moves[0].Batch}
	action := ""
	switch e.Kind {
	case ledger.EntryStockApproved:
		h.people.batch(of).act(batchAct{act: actOf(e), state: ledger.StockBatchActive})
		return
	case ledger.EntryStockRejected:
		h.people.batch(of).act(batchAct{actOf(e), ledger.StockBatchRejected, b.Reason})
		return
	case ledger.EntryStockReleased:
		action = "release"
	case ledger.EntryStockReturned:
		action = "return"
	default:
		return
	}
	end := ended{actOf(e), b.ProposedBy}
	if end.by(b.ProposedBy) {
		v.report.violate(projected, "entry "+e.ID.String(), "somebody else than "+b.ProposedBy+", who proposed it", e.Actor)
	}
	h.people.request(request{action, of.supplier, of.name, strings.Join(b.Serials, "\n")}).end(end)
}

// closeFourEyes judges what the whole journal tells.
func (v *verifier) closeFourEyes(f *fourEyes) {
	for name, s := range f.batches {
		for _, a := range s.early {
			if !s.late(a) {
				v.report.violate(projected, "entry "+a.entry.String(), name.String()+" to await it", "none that does")
			}
		}
		for _, l := range s.loadings {
			v.judgeLoading(l)
		}
	}
	for r, s := range f.requests {
		for _, e := range s.early {
			v.report.violate(projected, "entry "+e.entry.String(), "an earlier proposal by "+e.proposer+" of the "+r.String(), "none")
		}
		if len(s.open) > 1 {
			v.report.violate(projected, r.String(), "one proposal that waits", fmt.Sprint(len(s.open)))
		}
	}
	v.report.count(projected, "batches that took two people", int64(len(f.byLoading)))
}

// late finds the batch of a check whose entry was read after the approval's, though
// it was made before.
func (s *batchStory) late(a batchAct) bool {
	if a.state != ledger.StockBatchAwaiting || len(s.loadings) == 0 {
		return false
	}
	l := s.loadings[len(s.loadings)-1]
	if len(l.checks) > 0 || !a.before(l.decided) {
		return false
	}
	l.checks = append(l.checks, a.act)
	return true
}

// judgeLoading checks that who approved a batch has not loaded it, and that another
// has checked it before if no person has loaded it.
func (v *verifier) judgeLoading(l *loading) {
	if l.state != ledger.StockBatchActive || l.decided.entry == (ledger.ID{}) {
		return
	}
	row := "entry " + l.decided.entry.String()
	if l.decided.by(l.actor) {
		v.report.violate(projected, row, "somebody else than "+l.actor+", who loaded "+l.batchName.String(), l.decided.actor)
	}
	if !l.unattended {
		return
	}
	checked := slices.ContainsFunc(l.checks, func(c act) bool {
		return !c.by(l.decided.actor) && !c.by(l.actor) && c.before(l.decided)
	})
	if !checked {
		v.report.violate(projected, row, "an earlier check by another than "+l.decided.actor+", as no person has loaded "+l.batchName.String(), "none")
	}
}

// walkBatchesOfStock compares the rows of batches, and what waits for a second
// person, with the entries.
func (v *verifier) walkBatchesOfStock(f *fourEyes) error {
	type row struct {
		ID         ledger.ID              `db:"entry_id"`
		Supplier   string                 `db:"supplier"`
		Name       string                 `db:"name"`
		State      ledger.StockBatchState `db:"state"`
		LoadedBy   string                 `db:"loaded_by"`
		Unattended bool                   `db:"unattended"`
		CheckedBy  string                 `db:"checked_by"`
		DecidedBy  string                 `db:"decided_by"`
		Reason     string                 `db:"reason"`
	}
	var last ledger.ID
	found := 0
	err := pages(func() (int, error) {
		var rows []row
		err := v.list(&rows, `SELECT entry_id, supplier, name, state, loaded_by, unattended, checked_by, decided_by, reason FROM stock_batch
			WHERE entry_id > ? ORDER BY entry_id LIMIT ?`, last, pageSize)
		for _, r := range rows {
			last = r.ID
			found++
			l := f.byLoading[r.ID]
			if l == nil {
				v.report.violate(projected, batchName{r.Supplier, r.Name}.String(), "entry "+r.ID.String()+", which loaded it", "none")
				continue
			}
			checked := ""
			if len(l.checks) > 0 {
				checked = l.checks[0].actor
			}
			v.differ(projected, l.batchName.String(), []field{{"supplier", l.supplier}, {"name", l.name}, {"state", l.state}, {"loaded_by", l.actor},
				{"unattended", l.unattended}, {"checked_by", checked}, {"decided_by", l.decided.actor}, {"reason", l.reason}},
				[]field{{"supplier", r.Supplier}, {"name", r.Name}, {"state", r.State}, {"loaded_by", r.LoadedBy},
					{"unattended", r.Unattended}, {"checked_by", r.CheckedBy}, {"decided_by", r.DecidedBy}, {"reason", r.Reason}})
		}
		return len(rows), err
	})
	if err != nil {
		return err
	}
	if found != len(f.byLoading) {
		v.report.violate(projected, "stock_batch", fmt.Sprintf("%d rows, as entries tell", len(f.byLoading)), fmt.Sprint(found))
	}
	if err := v.walkStockMoves(f); err != nil {
		return err
	}
	return v.walkStockProposals(f)
}

// walkStockMoves compares the rows that lead from a batch to what moved its vouchers
// with the entries.
func (v *verifier) walkStockMoves(f *fourEyes) error {
	type row struct {
		ID       ledger.ID `db:"entry_id"`
		Supplier string    `db:"supplier"`
		Name     string    `db:"name"`
	}
	var last ledger.ID
	found := 0
	err := pages(func() (int, error) {
		var rows []row
		err := v.list(&rows, `SELECT m.entry_id, b.supplier, b.name FROM stock_move AS m JOIN stock_batch AS b ON b.entry_id = m.batch
			WHERE m.entry_id > ? ORDER BY m.entry_id LIMIT ?`, last, pageSize)
		for _, r := range rows {
			last = r.ID
			row := batchName{r.Supplier, r.Name}
			of, told := f.moves[r.ID]
			if told {
				found++
			}
			if !told || of != row {
				v.report.violate(projected, row.String(), "entry "+r.ID.String()+" to have moved vouchers of it", "none that did")
			}
		}
		return len(rows), err
	})
	if err == nil && found != len(f.moves) {
		v.report.violate(projected, "stock_move", fmt.Sprintf("%d rows, as entries tell", len(f.moves)), fmt.Sprint(found))
	}
	return err
}

// walkStockProposals compares what waits with what was proposed and not carried out.
func (v *verifier) walkStockProposals(f *fourEyes) error {
	var rows []struct {
		Action   string `db:"action"`
		Supplier string `db:"supplier"`
		Batch    string `db:"name"`
		Serials  string `db:"serials"`
		Actor    string `db:"actor"`
	}
	err := v.list(&rows, `SELECT p.action, b.supplier, b.name, p.serials, p.actor FROM stock_proposal AS p
		JOIN stock_batch AS b ON b.entry_id = p.batch ORDER BY b.supplier, b.name, p.action`)
	if err != nil {
		return err
	}
	waiting := make(map[request]string)
	for _, r := range rows {
		var serials []string
		if err := json.Unmarshal([]byte(r.Serials), &serials); err != nil {
			v.report.violate(projected, r.Action+" of batch "+r.Batch+" of "+r.Supplier, "a list of serials", "none")
		}
		key := request{r.Action, r.Supplier, r.Batch, strings.Join(serials, "\n")}
		waiting[key] = r.Actor
		s := f.requests[key]
		if s == nil || len(s.open) == 0 {
			v.report.violate(projected, key.String(), "a proposal that waits", "none, but a row of "+r.Actor)
		}
	}
	for r, s := range f.requests {
		if len(s.open) > 0 && s.open[0].actor != waiting[r] {
			v.report.violate(projected, r.String(), "to wait, as "+s.open[0].actor+" proposed it", fmt.Sprintf("%q", waiting[r]))
		}
	}
	v.report.count(projected, "proposals about stock", int64(len(rows)))
	return nil
}
