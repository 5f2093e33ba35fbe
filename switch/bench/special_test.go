//go:build bench

package bench_test

import (
	"fmt"
	"testing"
)

// benchHotFloat measures sales of one merchant, who has many clients.
func benchHotFloat(t *testing.T, report *table, c *cluster) {
	const clients = 32
	keys := keyFile(t)
	town := newTown(t, c, keys, products, vouchersFor(8_000)/products)
	for _, k := range []kind{electricity, stock} {
		t.Run(k.name, func(t *testing.T) {
			m := match{kind: k, from: crowd{1, products}, clients: clients, town: town, keys: keys}
			for _, f := range m.play(t, c).figures(fmt.Sprintf("one hot float, %s, %d clients", k.name, clients), plain[k.name], "-") {
				report.add(f)
			}
		})
	}
}

// benchOneProduct measures sales out of a million vouchers of one product.
func benchOneProduct(t *testing.T, report *table, c *cluster) {
	const clients, vouchers = 32, 1_000_000
	keys := keyFile(t)
	town := newTown(t, c, keys, 1, vouchers)
	m := match{kind: stock, from: crowd{merchants, 1}, clients: clients, town: town, keys: keys}
	for _, f := range m.play(t, c).figures(fmt.Sprintf("1 of %d vouchers, %d clients", vouchers, clients), plain[stock.name], "-") {
		report.add(f)
	}
}
