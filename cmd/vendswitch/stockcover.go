package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/delivery"
	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

// coverArgs say by what the stock is judged.
type coverArgs struct {
	Days   int  `default:"30" help:"The rate of sale is that of so many days."`
	Lead   *int `help:"Days from an order until its vouchers are on sale. Default: as agreed with the supplier, or ${lead_days}."`
	Safety *int `help:"Days that shall be in stock when they come. Default: as agreed with the supplier, or ${safety_days}."`
	Order  int  `default:"30" help:"For how many days an order shall last."`
}

// cover judges the stock by the agreements in force, where no flag says otherwise.
func (c coverArgs) cover(ctx context.Context, s *session, store *ledger.Store) ([]ledger.Cover, error) {
	lead, safety := daysOr(c.Lead, stockmail.DefaultLeadDays), daysOr(c.Safety, stockmail.DefaultSafetyDays)
	if c.Days < 1 || lead < 0 || safety < 0 || c.Order < 0 {
		return nil, errors.New("--days is at least 1, and no number of days is negative")
	}
	rules, err := c.rules(ctx, store)
	if err != nil {
		return nil, err
	}
	margin := int((time.Duration(s.config.Sale.ExpiryMargin) + 24*time.Hour - 1) / (24 * time.Hour))
	return store.StockCover(ctx, ledger.CoverRequest{Today: s.now().In(s.config.Zone.Location), Days: c.Days, Lead: lead,
		Safety: safety, Order: c.Order, Margin: margin, Rules: rules})
}

// rules are what is agreed about orders, by product.
func (c coverArgs) rules(ctx context.Context, store *ledger.Store) (map[string]ledger.CoverRule, error) {
	agreements, err := delivery.InForce(ctx, store)
	if err != nil {
		return nil, err
	}
	rules := make(map[string]ledger.CoverRule)
	for _, agreed := range agreements {
		for _, p := range agreed.Products {
			rules[p.Ours] = ledger.CoverRule{Lead: daysOr(c.Lead, p.LeadDays), Safety: daysOr(c.Safety, p.SafetyDays), Multiple: p.OrderMultiple, Minimum: p.OrderMinimum}
		}
	}
	return rules, nil
}

func daysOr(flag *int, otherwise int) int {
	if flag == nil {
		return otherwise
	}
	return *flag
}

type stockCoverCmd struct{ coverArgs }

// Help is printed below the flags.
func (stockCoverCmd) Help() string {
	return `LASTS is for how many days the vouchers on sale last at the rate of the last days. An order is due once they, with those that await approval and those ON ORDER, are no more than LEVEL, which is what is sold in the LEAD and SAFETY days; ORDER is in the agreed multiples, and not less than the agreed minimum. AT RISK will expire unsold at that rate.

Where nothing was sold in those days there is no rate: LASTS is -, nothing is to be ordered, and all that expires is at risk. Of a blocked product nothing is to be ordered either.

Example:

  vendswitch stock cover --days 14 --lead 2`
}

// coverRecord is a ledger.Cover. Lasts is left out where nothing was sold.
type coverRecord struct {
	Supplier string        `json:"supplier"`
	Product  string        `json:"product"`
	Currency string        `json:"currency"`
	Status   ledger.Status `json:"status"` // of the product
	OnSale   int           `json:"onSale"`
	Awaiting int           `json:"awaiting"`
	OnOrder  int           `json:"onOrder"`
	Face     int64         `json:"face"`
	Cost     int64         `json:"cost"`
	Sold     int           `json:"sold"`
	Lasts    *int          `json:"lasts,omitempty"` // days
	Lead     int           `json:"lead"`            // days
	Safety   int           `json:"safety"`          // days
	Level    int           `json:"level"`
	Reorder  int           `json:"reorder"`
	AtRisk   int           `json:"atRisk"`
}

func newCoverRecord(c ledger.Cover) coverRecord {
	r := coverRecord{Supplier: c.Supplier, Product: c.Product, Currency: c.Currency, Status: c.Status, OnSale: c.OnSale, Awaiting: c.Awaiting, OnOrder: c.OnOrder,
		Face: c.Face, Cost: c.Cost, Sold: c.Sold, Lead: c.Lead, Safety: c.Safety, Level: c.Level, Reorder: c.Reorder, AtRisk: c.AtRisk}
	if c.Days >= 0 {
		r.Lasts = &c.Days
	}
	return r
}

// Run lists how long the stock lasts.
func (c stockCoverCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	cover, err := c.cover(ctx, s, store)
	if err != nil {
		return err
	}
	return list(s, "PRODUCT | STATUS | SUPPLIER | ON SALE | AWAITING | ON ORDER | SOLD | LASTS | LEAD | SAFETY | LEVEL | ORDER | AT RISK", cover, func(l ledger.Cover) []any {
		lasts := "-"
		if l.Days >= 0 {
			lasts = fmt.Sprint(l.Days)
		}
		return []any{l.Product, l.Status, l.Supplier, l.OnSale, l.Awaiting, l.OnOrder, l.Sold, lasts, l.Lead, l.Safety, l.Level, l.Reorder, l.AtRisk}
	})
}
