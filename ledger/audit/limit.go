package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// clockSkew is by how much the clocks of two nodes may differ without making
// the replay of a float see a sale before the deposit that paid for it.
const clockSkew = 5 * time.Second

// floatHistory replays one float in the order of its entries.
//
// Sales of one node are in their true order. Between nodes the order is known
// but for the difference of their clocks, so where a sale seems to pass the
// limit, what gave or took money within clockSkew of it is counted in its
// favour before it is found guilty. Entries posted by people have ids from
// before they waited for their turn, and are taken by their time instead.
type floatHistory struct {
	posted, held, line int64
	later              []movement // posted by people, in the order of their times
	taken              []movement // what people took off lately
	doubts             []doubt
}

// movement is an amount put onto a float, or if negative taken off.
type movement struct {
	at     time.Time
	amount int64
}

// doubt is a sale that seems to have passed the limit.
type doubt struct {
	sale    ledger.ID
	at      time.Time
	missing int64
}

func (h *history) float(merchant string) *floatHistory {
	f := h.floats[merchant]
	if f == nil {
		f = &floatHistory{}
		h.floats[merchant] = f
	}
	return f
}

// floatLines sums what an entry puts onto floats, by merchant.
func floatLines(e *entry) map[string]int64 {
	var sums map[string]int64
	for _, l := range e.Lines {
		if a, err := chart.Parse(l.Account); err == nil && a.IsFloat() {
			if sums == nil {
				sums = make(map[string]int64, 1)
			}
			sums[a.Party] -= l.Amount
		}
	}
	return sums
}

// replaySale takes an entry of a sale.
func (v *verifier) replaySale(h *history, e *entry, of soldBy) {
	merchant := of.Merchant
	switch {
	case merchant == "": // there is no such sale, which was found already
	case e.Kind == ledger.EntrySaleOpened:
		if b, ok := body[ledger.OpenedBody](v, e); ok {
			h.float(merchant).held += b.Hold
			v.judgeLimit(h.float(merchant), merchant, e)
		}
	case e.Kind == ledger.EntrySaleSold:
		h.move(e, of, 0)
		v.judgeLimit(h.float(merchant), merchant, e)
	case e.Kind == ledger.EntrySaleMoved:
		b, ok := body[ledger.MovedBody](v, e)
		if !ok {
			return
		}
		if spent := -floatLines(e)[merchant]; b.To == ledger.SaleDelivered && spent > b.Released {
			v.report.violate(limits, "sale "+e.SaleID.String(),
				fmt.Sprintf("at most the hold of %d taken off the float by entry %s", b.Released, e.ID), fmt.Sprint(spent))
		}
		h.float(merchant).held -= b.Released
		h.move(e, of, b.Released)
	}
}

// move puts the postings of an entry onto their floats at once. released is
// what it freed of the hold on the merchant's float.
func (h *history) move(e *entry, of soldBy, released int64) {
	puts := floatLines(e)
	for owner, amount := range puts {
		h.float(owner).posted += amount
	}
	if puts == nil {
		puts = make(map[string]int64, 1)
	}
	puts[of.Merchant] += released
	for owner, amount := range puts {
		h.float(owner).give(gift{movement{e.At, amount}, of})
	}
}

// replayPosted keeps the postings of an entry made by a person until their time
// comes.
func (h *history) replayPosted(e *entry) {
	for merchant, amount := range floatLines(e) {
		f := h.float(merchant)
		i, _ := slices.BinarySearchFunc(f.later, e.At, func(m movement, at time.Time) int { return m.at.Compare(at) })
		f.later = slices.Insert(f.later, i, movement{e.At, amount})
	}
}

// replayCreditLine takes an entry that moves a float's limit.
func (v *verifier) replayCreditLine(h *history, e *entry) {
	b, ok := body[ledger.CreditLineBody](v, e)
	if !ok {
		return
	}
	f := h.float(b.Merchant)
	raised := b.After - f.line
	f.line = b.After
	f.adjust(e.At, raised)
}

// adjust notes what a person gave to or took from what may be spent.
func (f *floatHistory) adjust(at time.Time, amount int64) {
	if amount < 0 {
		f.taken = append(f.taken, movement{at, amount})
	}
	f.give(gift{movement: movement{at, amount}})
}

// gift is what could be spent from then on, and the sale that freed it, if it
// was one.
type gift struct {
	movement
	sale soldBy
}

// give clears doubts about sales that were only seen too early. What another
// sale frees counts only if that sale was there before the doubtful one.
func (f *floatHistory) give(g gift) {
	for i := range f.doubts {
		d := &f.doubts[i]
		if g.amount > 0 && !g.at.After(d.at.Add(clockSkew)) && g.sale.ID != d.sale && !g.sale.OpenedAt.After(d.at) {
			d.missing -= g.amount
		}
	}
}

// catchUp takes what people posted up to a time.
func (f *floatHistory) catchUp(to time.Time) {
	n := 0
	for ; n < len(f.later) && !f.later[n].at.After(to); n++ {
		f.posted += f.later[n].amount
		f.adjust(f.later[n].at, f.later[n].amount)
	}
	f.later = f.later[n:]
}

// judgeLimit checks that a sale left its float within the limit.
func (v *verifier) judgeLimit(f *floatHistory, merchant string, e *entry) {
	v.report.count(limits, "holds and sales replayed", 1)
	f.catchUp(e.At)
	v.convict(f, merchant, e.At)
	missing := f.held - f.posted - f.line
	if missing <= 0 {
		f.taken = f.taken[:0]
		return
	}
	for _, m := range f.taken {
		if !m.at.Before(e.At.Add(-clockSkew)) {
			missing += m.amount
		}
	}
	if missing > 0 {
		f.doubts = append(f.doubts, doubt{e.SaleID, e.At, missing})
	}
}

// convict reports the doubts that nothing has cleared in time.
func (v *verifier) convict(f *floatHistory, merchant string, now time.Time) {
	open := f.doubts[:0]
	for _, d := range f.doubts {
		switch {
		case d.missing <= 0:
		case now.After(d.at.Add(clockSkew)):
			v.report.violate(limits, "sale "+d.sale.String(),
				fmt.Sprintf("no more than was available on float %s at %s", merchant, d.at.UTC().Format(time.RFC3339Nano)),
				fmt.Sprintf("%d too much", d.missing))
		default:
			open = append(open, d)
		}
	}
	f.doubts = open
}

// endOfTime is later than any entry.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// closeFloat ends the replay of a float.
func (v *verifier) closeFloat(f *floatHistory, merchant string) {
	if len(f.later) > 0 {
		f.catchUp(f.later[len(f.later)-1].at)
	}
	v.convict(f, merchant, endOfTime)
}
