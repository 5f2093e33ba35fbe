//go:build bench

package bench_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/upstream"
)

// kind is a kind of sale: how the switch makes one, how a POS asks for it, and
// how pgbench writes the same rows.
type kind struct {
	name    string
	sell    func(ctx context.Context, s *vending.Switch, caller vending.Caller, r vending.Request, from crowd) (*vending.Receipt, error)
	request form   // of a POS
	answer  string // how the element starts that answers a delivered sale
	floor   []byte // pgbench's script
	floorIs string // what it is, for the table

	// sample reads what a sale of ours has left in columns that are sealed or
	// large; pgbench writes the same bytes. Its columns are the script's variables.
	sample string
}

var electricity = kind{
	name: "electricity",
	sell: func(ctx context.Context, s *vending.Switch, caller vending.Caller, r vending.Request, _ crowd) (*vending.Receipt, error) {
		r.Operation = "creditVend"
		return s.Vend(ctx, caller, r, upstream.VendOrder{
			Meter: upstream.Meter{Number: meterNumber(rand.IntN(meters))}, Amount: tokenTender, Currency: currency, Resource: upstream.Electricity,
		})
	},
	request: formOf(creditVendReq),
	answer:  "<r:creditVendResp",
	floor:   electricityFloor,
	floorIs: "pgbench, 2 transactions",
	sample: `SELECT message.digest::text AS digest, sale.outcome::text AS outcome, leg.evidence::text AS evidence,
			opened.body AS opened, moved.body AS moved
		FROM sale
		JOIN message ON message.sale_id = sale.id
		JOIN leg ON leg.sale_id = sale.id AND leg.direction = 'out'
		JOIN entry AS opened ON opened.sale_id = sale.id AND opened.kind = 'sale.opened'
		JOIN entry AS moved ON moved.sale_id = sale.id AND moved.kind = 'sale.moved'
		LIMIT 1`,
}

var stock = kind{
	name: "stock",
	sell: func(ctx context.Context, s *vending.Switch, caller vending.Caller, r vending.Request, from crowd) (*vending.Receipt, error) {
		r.Operation = "voucherVend"
		return s.SellVouchers(ctx, caller, r, vending.VoucherOrder{Product: productCode(rand.IntN(from.products)), Quantity: 1})
	},
	request: formOf(voucherVendReq),
	answer:  "<v:voucherVendResp",
	floor:   stockFloor,
	floorIs: "pgbench, 1 transaction",
	sample: `SELECT message.digest::text AS digest, sale.outcome::text AS outcome, sold.body AS sold
		FROM sale
		JOIN message ON message.sale_id = sale.id
		JOIN entry AS sold ON sold.sale_id = sale.id AND sold.kind = 'sale.sold'
		LIMIT 1`,
}

// crowd is who sells, and out of how many products.
type crowd struct{ merchants, products int }

func (c crowd) merchant() int { return rand.IntN(c.merchants) }

// seller sells through package vending, without a wire.
type seller struct {
	kind    kind
	from    crowd
	vending *vending.Switch
	numbers atomic.Int64
	run     int
}

// sell makes one sale. Whatever comes back but a receipt with something to key
// in is an error.
func (s *seller) sell() error {
	m := s.from.merchant()
	r := vending.Request{
		Channel: "pos",
		Message: vending.MessageKey{Client: clientID(m), DateTime: dateTime(s.run), Number: int(s.numbers.Add(1))},
		Digest:  randomDigest(),
	}
	receipt, err := s.kind.sell(context.Background(), s.vending, caller(m), r, s.from)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s/%d: %w", r.Message.Client, r.Message.DateTime, r.Message.Number, err)
	case receipt.Outcome.Vend == nil && len(receipt.Vouchers) != 1:
		return errors.New("a receipt without token or voucher")
	}
	return nil
}

func randomDigest() (d ledger.Digest) {
	for i := range d {
		d[i] = byte(rand.Uint32())
	}
	return d
}

// caller is a merchant's client as it would be authenticated.
func caller(m int) vending.Caller {
	code := merchantCode(m)
	return vending.Caller{
		Client:   ledger.Client{ID: clientID(m), Merchant: code, Status: ledger.Active},
		Merchant: ledger.Merchant{Code: code, Name: "Corner Store", Address: "12 Main Road", Currency: currency, Status: ledger.Active},
		Terminal: terminal,
		Cashier:  cashier,
	}
}

// ready is a utility that has answered before it is asked.
type ready struct {
	answer upstream.Vend
	tokens atomic.Int64
}

// Vend sells the same again, under a token of its own.
func (u *ready) Vend(_ context.Context, _ upstream.MessageID, order upstream.VendOrder) upstream.Result {
	vend := u.answer
	vend.Lines = []upstream.Line{u.answer.Lines[0]}
	line := &vend.Lines[0]
	meter := *line.Meter
	meter.Number = order.Meter.Number
	line.Meter, line.Token = &meter, token(u.tokens.Add(1))
	return upstream.Result{Verdict: upstream.Accepted, Vend: &vend, Sent: true, Reason: "sold", Raw: creditVendResp}
}

func token(n int64) string { return "3091827" + fmt.Sprintf("%013d", n) }

// What else a utility can be asked does not occur here.

func (u *ready) ConfirmCustomer(context.Context, upstream.MessageID, upstream.Meter) upstream.Confirmation {
	return upstream.Confirmation{}
}

func (u *ready) Trial(context.Context, upstream.MessageID, upstream.VendOrder) upstream.Result {
	return upstream.Result{}
}

func (u *ready) Inquire(context.Context, upstream.MessageID, upstream.VendOrder) upstream.Result {
	return upstream.Result{}
}

func (u *ready) LastResponse(context.Context, upstream.MessageID, upstream.MessageID, upstream.VendOrder) upstream.Result {
	return upstream.Result{}
}

func (u *ready) Probe(context.Context, upstream.MessageID) error { return nil }

func newReady() *ready {
	return &ready{answer: upstream.Vend{
		ReceiptNo: "R0001234",
		Utility:   upstream.Organisation{Name: "Sample Municipality", Address: "1 Civic Square, Sampleton", TaxRef: "4123456789"},
		Customer:  &upstream.Person{Name: "A CUSTOMER", Address: "7 Acacia Street, Sampleton", Contact: "0115550100", AccountNo: "ACC1002003", LocationRef: "ERF1234"},
		Lines: []upstream.Line{{
			Kind: upstream.LineSale, ReceiptNo: "R0001234", Description: "Prepayment Sale", Amount: 173_91,
			Taxes: []upstream.Tax{{RateBP: 1500, Amount: 26_09}}, Units: "64.7", SIUnit: "kWh", Resource: upstream.Electricity,
			Meter:  &upstream.Meter{SupplyGroup: supplyGroup, KeyRevision: "1", TariffIndex: "07", Algorithm: "07", Technology: "02"},
			Tariff: &upstream.Tariff{Name: "Home Light 1", Desc: "Flat rate"},
		}},
		Tendered: tokenTender,
		Currency: currency,
		Heading:  "CREDIT VEND - TAX INVOICE",
	}}
}

// messageNumber is the n-th number of a run, of six digits; see dateTime.
func messageNumber(n int64) string { return strconv.FormatInt(100_000+n, 10) }
