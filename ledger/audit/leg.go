package audit

import (
	"encoding/hex"
	"fmt"

	"github.com/vendswitch/vendswitch/ledger"
)

// compareLegs checks rows of leg against what the journal says of them.
func (v *verifier) compareLegs(want []*expectedLeg) error {
	if len(want) == 0 {
		return nil
	}
	ids := make([]ledger.ID, len(want))
	for i, l := range want {
		ids[i] = l.ID
	}
	var rows []legRow
	if err := v.list(&rows, legQuery+"WHERE l.id IN (?)", ids); err != nil {
		return err
	}
	evidence, err := v.evidence(ids)
	if err != nil {
		return err
	}
	byID := make(map[ledger.ID]*legRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	for _, l := range want {
		v.compareLeg(l, byID[l.ID], evidence[l.ID])
	}
	v.report.count(projected, "legs", int64(len(want)))
	return nil
}

func (v *verifier) compareLeg(want *expectedLeg, row *legRow, evidence string) {
	name := "leg " + want.ID.String()
	if row == nil {
		invariant := projected
		if want.Direction == ledger.Outbound {
			invariant = legsFirst
		}
		v.report.violate(invariant, name, "a row, as the journal tells of it", "none")
		return
	}
	got := row.leg()
	got.Evidence = evidence
	if *got != want.leg {
		v.differ(projected, name, want.fields(), got.fields())
	}
	if want.Direction == ledger.Outbound {
		v.report.count(legsFirst, "outbound legs", 1)
		if row.Claimant.UUID != want.ID {
			v.report.violate(legsFirst, name,
				fmt.Sprintf("message id %s %s %d claimed by it", want.Party, want.DateTime, want.Number), claimant(row))
		}
		return
	}
	v.compareClaim(want, row)
}

func claimant(row *legRow) string {
	if !row.Claimant.Valid {
		return "claimed by no leg"
	}
	return "claimed by leg " + row.Claimant.UUID.String()
}

// compareClaim checks what the message id of a request is claimed for.
func (v *verifier) compareClaim(want *expectedLeg, row *legRow) {
	if want.kind == "" {
		return
	}
	name := fmt.Sprintf("message %s %s %d", want.Party, want.DateTime, want.Number)
	switch {
	case !row.Claim.Valid:
		v.report.violate(outcomes, name, "claimed for a "+string(want.kind), "not claimed")
	case row.Claim.String != string(want.kind) || row.ClaimSale.UUID != want.SaleID:
		v.report.violate(outcomes, name, claimed(string(want.kind), want.SaleID), claimed(row.Claim.String, row.ClaimSale.UUID))
	case hex.EncodeToString(row.Digest) != want.digest:
		v.report.violate(outcomes, name, "digest "+want.digest, hex.EncodeToString(row.Digest))
	}
}

func claimed(kind string, saleID ledger.ID) string {
	if saleID == (ledger.ID{}) {
		return "claimed for a " + kind
	}
	return "claimed for " + kind + " " + saleID.String()
}

// differ reports each column in which a row is not as the journal says.
func (v *verifier) differ(invariant int, row string, want, got []field) {
	for i := range want {
		if want[i].value != got[i].value {
			v.report.violate(invariant, row, want[i].String(), got[i].String())
		}
	}
}

// evidence reads the fingerprints of the sealed answers of legs. Answers may be
// large, so they are not kept.
func (v *verifier) evidence(ids []ledger.ID) (map[ledger.ID]string, error) {
	return v.fingerprints("SELECT id, evidence FROM leg WHERE evidence IS NOT NULL AND id IN (?)", ids, nil)
}

// lookups are the legs that no sale has, on their way through the journal. What
// has no end yet is kept; the rest is compared with its rows page by page.
type lookups struct {
	open map[ledger.ID]*expectedLeg
	ends map[ledger.ID]*entry // that came before their beginnings
	done []*expectedLeg
}

func newLookups() lookups {
	return lookups{open: make(map[ledger.ID]*expectedLeg), ends: make(map[ledger.ID]*entry)}
}

// take takes an entry that opens or closes a leg. Those about a sale are looked
// at with the sale.
func (ls *lookups) take(v *verifier, e *entry) {
	if e.SaleID != (ledger.ID{}) {
		return
	}
	if e.Kind == ledger.EntryLegClosed {
		ls.end(v, e)
		return
	}
	l, ok := openedLeg(v, e)
	if !ok {
		return
	}
	if l.State != ledger.LegOpen {
		ls.done = append(ls.done, l)
		return
	}
	ls.open[l.ID] = l
	if end := ls.ends[l.ID]; end != nil {
		delete(ls.ends, l.ID)
		ls.end(v, end)
	}
}

// openedLeg is the leg that a leg.opened entry tells of.
func openedLeg(v *verifier, e *entry) (*expectedLeg, bool) {
	b, ok := body[ledger.LegOpenedBody](v, e)
	if !ok {
		return nil, false
	}
	l := newLeg(&b.Leg, e)
	if b.Digest != "" {
		l.claim(ledger.MessageLookup, b.Digest)
	}
	return l, true
}

func (ls *lookups) end(v *verifier, e *entry) {
	b, ok := body[ledger.LegClosedBody](v, e)
	if !ok {
		return
	}
	l := ls.open[b.Leg.ID]
	if l == nil {
		ls.ends[b.Leg.ID] = e
		return
	}
	delete(ls.open, b.Leg.ID)
	l.end(&b.Leg, e)
	ls.done = append(ls.done, l)
}

// settle compares the legs that are complete with their rows.
func (ls *lookups) settle(v *verifier) error {
	err := v.compareLegs(ls.done)
	ls.done = ls.done[:0]
	return err
}

// close compares the legs that are still open, and names ends without a
// beginning.
func (ls *lookups) close(v *verifier) error {
	for id, l := range ls.open {
		if l.Direction == ledger.Outbound {
			v.report.count(unresolved, "lookups and advices without an answer yet", 1)
		}
		ls.done = append(ls.done, l)
		delete(ls.open, id)
		if len(ls.done) == pageSize {
			if err := ls.settle(v); err != nil {
				return err
			}
		}
	}
	for id, e := range ls.ends {
		v.report.violate(projected, "leg "+id.String(), "an entry that opened it", "only entry "+e.ID.String()+" that closed it")
	}
	return ls.settle(v)
}
