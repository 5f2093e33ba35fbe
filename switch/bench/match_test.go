//go:build bench

package bench_test

import (
	"fmt"
	"testing"
)

// match is contenders and their floor, who take turns at one kind of sale.
type match struct {
	kind    kind
	from    crowd
	clients int
	town    *database
	keys    string
	wire    bool // SOAP too
}

// played is what came of a match.
type played struct {
	floor *contender
	ours  []*contender
}

// play opens a database for each, lets them sell in turn, and audits the books.
func (m match) play(t *testing.T, c *cluster) played {
	t.Helper()
	before := m.town.extent(t)
	p := played{ours: []*contender{newSeller(t, c, m.town, m.keys, m.kind, m.from)}}
	if m.wire {
		p.ours = append(p.ours, newWire(t, c, m.town, m.keys, m.kind, m.from))
	}
	for _, o := range p.ours {
		o.warm(t, m.clients)
	}
	floor := newFloor(t, c, m.town, m.kind, m.from, p.ours[0].database.sample(t, m.kind.sample))
	p.floor = &contender{name: "floor", database: floor.database, run: floor.run}
	for range *benchRounds {
		for _, o := range append([]*contender{p.floor}, p.ours...) {
			r := o.round(t, m.clients)
			fmt.Fprintf(t.Output(), "%s, %d clients, %s: %.0f sales/s\n", m.kind.name, m.clients, o.name, r.perSecond())
		}
	}
	p.floor.database.audit(t, p.floor.sales)
	for _, o := range p.ours {
		o.database.audit(t, o.sales)
		compare(t, before, o.database.extent(t), p.floor.database.extent(t), o.sales, p.floor.sales)
	}
	return p
}

// figures turns a match into lines of the table.
func (p played) figures(what, floor string, aims ...string) []figure {
	var list []figure
	for i, o := range p.ours {
		list = append(list, figure{
			what:  fmt.Sprintf("%s, %s", what, o.name),
			floor: floor,
			unit:  "sales/s",
			ours:  o.perSecond(),
			least: p.floor.perSecond(),
			aim:   aims[i],
			note:  fmt.Sprintf("CPU µs a sale: %s; floor: %s", perSale(o.rounds), perSale(p.floor.rounds)),
		})
	}
	return list
}

// plain says what a kind of sale is for pgbench.
var plain = map[string]string{
	electricity.name: "pgbench, 2 transactions",
	stock.name:       "pgbench, 1 transaction",
}

// benchSales measures durable sales of one kind, of many merchants.
func benchSales(t *testing.T, report *table, c *cluster, k kind) {
	keys := keyFile(t)
	town := newTown(t, c, keys, products, vouchersFor(8_000)/products)
	for _, clients := range []int{1, 8, 64} {
		t.Run(fmt.Sprint(clients), func(t *testing.T) {
			m := match{kind: k, from: crowd{merchants, products}, clients: clients, town: town, keys: keys, wire: true}
			p := m.play(t, c)
			for _, f := range p.figures(fmt.Sprintf("%s, %d clients", k.name, clients), plain[k.name], "at least 2.0", "at least 0.7") {
				report.add(f)
			}
		})
	}
}

// vouchersFor is how many vouchers a match takes at most, at so many sales a
// second.
func vouchersFor(perSecond int) int { return perSecond * *benchSecs * (*benchRounds + 1) }
