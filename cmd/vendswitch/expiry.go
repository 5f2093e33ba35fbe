package main

import (
	"context"
	"time"
)

// expireEvery is how often a node looks for vouchers that have expired. What is about
// to is not sold anyway (sale.expiry_margin); this is for the books.
const expireEvery = time.Hour

// expireStock writes off what has expired, at the start and then now and then.
func (n node) expireStock(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		moves, err := n.store.ExpireStock(ctx, n.config.Node, n.now().In(n.config.Zone.Location))
		if err != nil && ctx.Err() == nil {
			n.log.Error("stock that has expired could not be written off; it is tried again", "error", err)
		}
		for _, m := range moves {
			n.log.Warn("stock has expired", "supplier", m.Supplier, "batch", m.Batch, "vouchers", m.Count())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
