package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vendswitch/vendswitch/ledger"
)

// story is what the journal tells of one sale, from its entries alone.
type story struct {
	begun    bool
	sale     sale
	legs     []*expectedLeg
	byLeg    map[ledger.ID]*expectedLeg
	vouchers []ledger.ID
	tokens   []token
}

// token is a token by its keyed hash, in hex.
type token struct{ supplier, hash string }

// steps are the states that a sale may go to from each state.
var steps = map[ledger.SaleState][]ledger.SaleState{
	ledger.SaleHeld:      {ledger.SaleHeld, ledger.SaleUnknown, ledger.SaleDelivered, ledger.SaleDeclined},
	ledger.SaleUnknown:   {ledger.SaleUnknown, ledger.SaleDelivered, ledger.SaleDeclined},
	ledger.SaleDelivered: {ledger.SaleReversed},
}

// age orders states by how late in the life of a sale they come.
var age = map[ledger.SaleState]int{
	ledger.SaleHeld: 0, ledger.SaleUnknown: 1, ledger.SaleDelivered: 2, ledger.SaleDeclined: 2, ledger.SaleReversed: 3,
}

// chapter is an entry with its place in the story. Places come from what the
// entries say and only then from their times, as the clocks of nodes differ.
type chapter struct {
	*entry
	place int
	moved ledger.MovedBody
}

// tell reads the entries of a sale into its story.
func tell(v *verifier, id ledger.ID, entries []*entry) *story {
	s := &story{byLeg: make(map[ledger.ID]*expectedLeg)}
	var chapters []chapter
	for _, e := range entries {
		c := chapter{entry: e}
		switch e.Kind {
		case ledger.EntrySaleOpened, ledger.EntrySaleSold, ledger.EntrySaleRefused:
		case ledger.EntryLegOpened:
			c.place = 1
		case ledger.EntryLegClosed:
			c.place = 2
		case ledger.EntrySaleMoved:
			b, ok := body[ledger.MovedBody](v, e)
			if !ok {
				continue
			}
			c.moved, c.place = b, 3+10*age[b.From]+age[b.To]
		default:
			continue
		}
		chapters = append(chapters, c)
	}
	slices.SortFunc(chapters, func(a, b chapter) int {
		return cmp.Or(cmp.Compare(a.place, b.place), a.At.Compare(b.At), slices.Compare(a.ID[:], b.ID[:]))
	})
	for _, c := range chapters {
		s.read(v, id, c)
	}
	if !s.begun {
		v.report.violate(projected, "sale "+id.String(), "an entry that began it", "none")
	}
	return s
}

func (s *story) read(v *verifier, id ledger.ID, c chapter) {
	switch c.Kind {
	case ledger.EntrySaleOpened:
		if b, ok := body[ledger.OpenedBody](v, c.entry); ok {
			s.begin(v, c.entry, &b.Sale, ledger.SaleHeld, &b.In)
			s.sale.Hold = b.Hold
			s.open(newLeg(&b.Out, c.entry))
		}
	case ledger.EntrySaleSold:
		if b, ok := body[ledger.SoldBody](v, c.entry); ok {
			s.begin(v, c.entry, &b.Sale, ledger.SaleDelivered, &b.In)
			s.sale.SettledAt, s.sale.Outcome, s.vouchers = instantOf(c.At), b.Outcome, b.Vouchers
		}
	case ledger.EntrySaleRefused:
		if b, ok := body[ledger.RefusedBody](v, c.entry); ok {
			s.begin(v, c.entry, &b.Sale, ledger.SaleRefused, &b.In)
			s.sale.SettledAt, s.sale.Outcome, s.sale.Reason = instantOf(c.At), b.Outcome, b.Reason
		}
	case ledger.EntryLegOpened:
		if l, ok := openedLeg(v, c.entry); ok {
			s.open(l)
		}
	case ledger.EntryLegClosed:
		if b, ok := body[ledger.LegClosedBody](v, c.entry); ok {
			s.end(v, c.entry, &b.Leg)
		}
	case ledger.EntrySaleMoved:
		s.move(v, c.entry, &c.moved)
	}
}

// begin starts the story. A sale begins once.
func (s *story) begin(v *verifier, e *entry, f *ledger.SaleFacts, state ledger.SaleState, in *ledger.LegFacts) {
	if s.begun {
		v.report.violate(projected, "sale "+f.ID.String(), "one entry that began it", "another: "+e.ID.String())
		return
	}
	s.begun = true
	s.sale = *newSale(f, e, state)
	s.open(newLeg(in, e).claim(ledger.MessageSale, f.Digest))
}

func (s *story) open(l *expectedLeg) {
	s.legs = append(s.legs, l)
	s.byLeg[l.ID] = l
}

func (s *story) end(v *verifier, e *entry, end *ledger.LegEnd) {
	if end == nil {
		return
	}
	l := s.byLeg[end.ID]
	if l == nil {
		v.report.violate(projected, "leg "+end.ID.String(), "an entry that opened it", "only entry "+e.ID.String()+" that closed it")
		return
	}
	if l.Vend && l.State.Final() {
		v.report.violate(projected, "leg "+end.ID.String(), "to stay "+string(l.State), fmt.Sprintf("%s by entry %s", end.State, e.ID))
	}
	l.end(end, e)
}

// move takes the sale a step on. A final state never changes.
func (s *story) move(v *verifier, e *entry, b *ledger.MovedBody) {
	if s.begun && b.From != s.sale.State || !slices.Contains(steps[b.From], b.To) {
		v.report.violate(projected, "sale "+e.SaleID.String(), "a step from "+string(s.sale.State),
			fmt.Sprintf("%s to %s by entry %s", b.From, b.To, e.ID))
	}
	s.sale.State, s.sale.Reason, s.sale.Supplier = b.To, b.Reason, b.Supplier
	s.sale.Hold -= b.Released
	if b.To != ledger.SaleHeld && b.To != ledger.SaleUnknown {
		s.sale.SettledAt = instantOf(e.At)
	}
	if b.Outcome != "" {
		s.sale.Outcome = b.Outcome
	}
	for _, hash := range b.Tokens {
		s.tokens = append(s.tokens, token{b.Supplier, hash})
	}
	s.end(v, e, b.Leg)
	s.end(v, e, b.In)
	if b.Next != nil {
		s.open(newLeg(b.Next, e))
	}
}

// pending reports whether a leg is left that can still decide the sale.
func (s *story) pending() bool {
	return slices.ContainsFunc(s.legs, func(l *expectedLeg) bool { return l.Vend && !l.State.Final() })
}
