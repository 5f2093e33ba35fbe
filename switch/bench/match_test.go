//go:build bench

package bench_test

import (
	"fmt"
	"path/filepath"
	"testing"
)

// match is contenders and their floor, who take turns at one kind of sale.
type match struct {
	town    *town
	kind    kind
	from    crowd
	clients int
	all     bool // through SOAP too, and beside what is possible
}

// profile names the file for a profile of one of the contenders, or none.
func (m match) profile(contender string) string {
	if *benchProfile == "" {
		return ""
	}
	return filepath.Join(*benchProfile, fmt.Sprintf("%s-%s-%d-%d.pprof", m.kind.name, contender, m.from.merchants, m.clients))
}

// result is what came of a match.
type result struct {
	match
	floor *contender
	ours  []*contender
}

// play gives each a town of its own, lets them sell in turn, and audits the
// books.
func (m match) play(t *testing.T) result {
	t.Helper()
	before := m.town.extent(t)
	r := result{match: m, ours: []*contender{newSeller(t, m)}}
	if m.all {
		r.ours = append(r.ours, newWire(t, m))
	}
	for _, o := range r.ours {
		o.warm(t, m.clients)
	}
	sample := r.ours[0].database.sample(t, m.kind.sample)
	if m.all {
		r.ours = append(r.ours, newCeiling(t, m, sample))
	}
	r.floor = newFloor(t, m, sample)
	for range *benchRounds {
		for _, o := range append([]*contender{r.floor}, r.ours...) {
			got := o.round(t, m.clients)
			fmt.Fprintf(t.Output(), "%s, %s, clients: %d: %.0f sales/s\n", m.kind.name, o.name, m.clients, got.perSecond())
		}
	}
	r.floor.database.audit(t, r.floor.sales)
	for _, o := range r.ours {
		o.database.audit(t, o.sales)
		compare(t, before, o.database.extent(t), r.floor.database.extent(t), o.sales, r.floor.sales)
	}
	return r
}

// report adds a line to the table for each contender, with the aim of its ratio.
func (r result) report(to *table, what string, aims ...string) {
	for i, o := range r.ours {
		to.add(figure{
			what:    fmt.Sprintf("%s, %s, clients: %d", what, o.name, r.clients),
			unit:    "sales/s",
			ours:    o.perSecond(),
			floor:   r.floor.perSecond(),
			floorIs: r.kind.floorIs,
			aim:     aims[i],
			cost:    o.cost(),
			floors:  r.floor.cost(),
		})
	}
}

// benchSales measures durable sales of one kind, of many merchants.
func benchSales(t *testing.T, to *table, in *town, k kind) {
	for _, clients := range []int{1, 8, 64} {
		t.Run(fmt.Sprint(clients), func(t *testing.T) {
			m := match{town: in, kind: k, from: in.everybody(), clients: clients, all: true}
			m.play(t).report(to, k.name, "at least 2.0", "at least 0.7", "-")
		})
	}
}

// benchHotFloat measures sales of one merchant, who has many clients.
func benchHotFloat(t *testing.T, to *table, in *town) {
	for _, k := range []kind{electricity, stock} {
		t.Run(k.name, func(t *testing.T) {
			m := match{town: in, kind: k, from: crowd{1, in.products}, clients: 32}
			m.play(t).report(to, k.name+", one float", "-")
		})
	}
}

// benchOneProduct measures sales out of many vouchers of one product.
func benchOneProduct(t *testing.T, to *table, in *town) {
	m := match{town: in, kind: stock, from: in.everybody(), clients: 32}
	m.play(t).report(to, fmt.Sprintf("one product of %d", in.vouchers), "-")
}

// vouchersFor is how many vouchers a match takes at most, at so many sales a
// second.
func vouchersFor(perSecond int) int { return perSecond * *benchSecs * (*benchRounds + 1) }
