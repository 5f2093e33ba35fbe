package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// CoverRequest says by what the stock is judged. All are days.
type CoverRequest struct {
	Today  time.Time // in the zone of the dates of expiry
	Days   int       // the rate of sale is that of so many days before now
	Lead   int       // from an order until its vouchers are on sale
	Safety int       // more that shall be in stock when they come
	Order  int       // for how many days an order shall last
	Margin int       // days before its expiry from which a voucher is not sold
}

// Cover is how long the stock of a product lasts.
type Cover struct {
	Supplier string
	Product  string
	Currency string
	OnSale   int   // active
	Awaiting int   // loaded, not approved
	Face     int64 // of those on sale, minor units
	Cost     int64
	Sold     int // in the days that were asked for
	Days     int // for which those on sale last at that rate; -1 if none was sold
	Level    int // at which to order: what is sold in the lead time and the safety days
	Reorder  int // how many to order now; 0 while there are more than the level
	AtRisk   int // of those on sale, how many will expire unsold at that rate
}

// StockCover lists the voucher products with how long their stock lasts, and what
// to order.
func (s *Store) StockCover(ctx context.Context, r CoverRequest) ([]Cover, error) {
	if r.Days < 1 || r.Lead < 0 || r.Safety < 0 || r.Order < 0 || r.Margin < 0 {
		return nil, errors.New("cover: the days of sale must be given, and no days are negative")
	}
	list, err := collect(ctx, s, func(row scanner) (c Cover, err error) {
		return c, row.Scan(&c.Supplier, &c.Product, &c.Currency)
	}, "SELECT supplier, code, currency FROM product WHERE kind = ? ORDER BY supplier, code", string(KindVoucher))
	if err != nil {
		return nil, err
	}
	sold, err := s.soldSince(ctx, s.now().AddDate(0, 0, -r.Days))
	if err != nil {
		return nil, err
	}
	levels, err := s.StockCount(ctx, StockActive, StockAwaiting)
	if err != nil {
		return nil, err
	}
	byProduct := make(map[string][]StockLevel)
	for _, l := range levels {
		byProduct[l.Product] = append(byProduct[l.Product], l)
	}
	for i := range list {
		list[i].Sold = sold[list[i].Product]
		if err := list[i].judge(r, byProduct[list[i].Product]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// soldSince counts the vouchers of each product that were sold since a time. Ids of
// sales sort by time, so their primary key leads there.
func (s *Store) soldSince(ctx context.Context, from time.Time) (map[string]int, error) {
	type count struct {
		product string
		n       int
	}
	counts, err := collect(ctx, s, func(row scanner) (c count, err error) { return c, row.Scan(&c.product, &c.n) },
		`SELECT product, CAST(SUM(quantity) AS bigint) FROM sale
		WHERE id >= ? AND settled_at >= ? AND state = 'delivered' AND product IN (SELECT code FROM product WHERE kind = 'voucher')
		GROUP BY product`, firstID(from.Add(-batchSkew)), micro(from))
	sold := make(map[string]int)
	for _, c := range counts {
		sold[c.product] = c.n
	}
	return sold, err
}

// firstID is lower than every id made at a time or later.
func firstID(at time.Time) (id ID) {
	ms := uint64(max(at.UnixMilli(), 0))
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = 0x70 // version 7
	return uuid.UUID(id)
}

// judge reckons in whole vouchers. The levels come by date of expiry.
func (c *Cover) judge(r CoverRequest, levels []StockLevel) error {
	gone := 0 // sold by the time that the next ones expire
	for _, l := range levels {
		if l.State == StockAwaiting {
			c.Awaiting += l.Count
			continue
		}
		c.OnSale += l.Count
		c.Face += l.Face
		c.Cost += l.Cost
		if l.ExpiresOn == "" {
			continue
		}
		expiry, err := time.Parse(dateLayout, l.ExpiresOn)
		if err != nil {
			return err
		}
		left := r.daysUntil(expiry) - r.Margin + 1 // the last day is one to sell on
		sellable := min(l.Count, max(0, c.Sold*max(0, left)/r.Days-gone))
		gone += sellable
		c.AtRisk += l.Count - sellable
	}
	c.Days = -1
	if c.Sold > 0 {
		c.Days = c.OnSale * r.Days / c.Sold
	}
	c.Level = ceilDiv(c.Sold*(r.Lead+r.Safety), r.Days)
	if stock := c.OnSale + c.Awaiting; c.Sold > 0 && stock <= c.Level {
		c.Reorder = c.Level + ceilDiv(c.Sold*r.Order, r.Days) - stock
	}
	return nil
}

func (r CoverRequest) daysUntil(expiry time.Time) int {
	year, month, day := r.Today.Date()
	return int(expiry.Sub(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
