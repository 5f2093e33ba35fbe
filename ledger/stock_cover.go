package ledger

import (
	"context"
	"errors"
	"fmt"
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

	Rules map[string]CoverRule // by product: for which Lead and Safety do not hold
}

// CoverRule is what is agreed about orders of a product.
type CoverRule struct {
	Lead     int
	Safety   int
	Multiple int // vouchers are ordered in multiples of it; less than 2 is any number
	Minimum  int // and at least so many
}

// Cover is how long the stock of a product lasts.
type Cover struct {
	Supplier string
	Product  string
	Currency string
	Status   Status // of the product
	OnSale   int    // active
	Awaiting int    // loaded, not approved
	OnOrder  int    // ordered in the last lead time and safety days, and not loaded yet
	Face     int64  // of those on sale, minor units
	Cost     int64
	Sold     int // in the days that were asked for
	Days     int // for which those that may be sold still last at that rate; -1 if none was sold
	Lead     int // days by which it was judged
	Safety   int
	Level    int // at which to order: what is sold in the lead time and the safety days
	Reorder  int // how many to order now; 0 if the product is blocked, and while there are more than the level, with those that await approval or were ordered
	AtRisk   int // of those on sale, how many will expire unsold at that rate
}

// StockCover lists the voucher products with how long their stock lasts, and what
// to order.
func (s *Store) StockCover(ctx context.Context, r CoverRequest) ([]Cover, error) {
	if r.Days < 1 || r.Lead < 0 || r.Safety < 0 || r.Order < 0 || r.Margin < 0 {
		return nil, errors.New("cover: the days of sale must be given, and no days are negative")
	}
	for product, rule := range r.Rules {
		if rule.Lead < 0 || rule.Safety < 0 || rule.Multiple < 0 || rule.Minimum < 0 {
			return nil, fmt.Errorf("cover: the rule of %s is negative", product)
		}
	}
	list, err := collect(ctx, s, func(row scanner) (c Cover, err error) {
		return c, row.Scan(&c.Supplier, &c.Product, &c.Currency, &c.Status)
	}, "SELECT supplier, code, currency, status FROM product WHERE kind = ? ORDER BY supplier, code", string(KindVoucher))
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
		list[i].Lead, list[i].Safety = r.rule(list[i].Product).Lead, r.rule(list[i].Product).Safety
	}
	onOrder, err := s.onOrder(ctx, list)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Sold, list[i].OnOrder = sold[list[i].Product], onOrder[list[i].Product]
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
	dead := 0 // on sale by their state, and too near their expiry to be sold
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
		if left <= 0 {
			dead += l.Count
		}
		sellable := min(l.Count, max(0, c.Sold*max(0, left)/r.Days-gone))
		gone += sellable
		c.AtRisk += l.Count - sellable
	}
	c.Days = -1
	if c.Sold > 0 {
		c.Days = (c.OnSale - dead) * r.Days / c.Sold
	}
	c.Level = ceilDiv(c.Sold*(c.Lead+c.Safety), r.Days)
	if stock := c.OnSale - dead + c.Awaiting + c.OnOrder; c.Status == Active && c.Sold > 0 && stock <= c.Level {
		c.Reorder = r.rule(c.Product).quantity(c.Level + ceilDiv(c.Sold*r.Order, r.Days) - stock)
	}
	return nil
}

// rule is what is agreed about a product, or else the request's own.
func (r CoverRequest) rule(product string) CoverRule {
	if rule, agreed := r.Rules[product]; agreed {
		return rule
	}
	return CoverRule{Lead: r.Lead, Safety: r.Safety}
}

// quantity is what may be ordered where so many are wanted; none stay none.
func (r CoverRule) quantity(n int) int {
	if n < 1 {
		return 0
	}
	multiple := max(r.Multiple, 1)
	return ceilDiv(max(n, r.Minimum), multiple) * multiple
}

func (r CoverRequest) daysUntil(expiry time.Time) int {
	year, month, day := r.Today.Date()
	return int(expiry.Sub(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
