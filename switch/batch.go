package vending

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// BatchTotals is what a batch has come to, as it is stored when it is closed.
// Amounts are minor units, with the taxes in them; those by kind of transaction,
// by operator and by way of paying each add up to the amount of the batch.
type BatchTotals struct {
	Kinds     map[LineKind]int64       `json:"kinds"`
	Operators map[string]int64         `json:"operators"`
	PayTypes  map[string]int64         `json:"payTypes"` // empty: the client did not say
	Taxes     map[int]int64            `json:"taxes"`    // by rate in basis points; of token sales
	Units     map[Resource]TotalOfUnit `json:"units"`
}

// TotalOfUnit is a sum of exact decimals.
type TotalOfUnit struct {
	Value  string `json:"value"`
	SIUnit string `json:"siUnit"`
}

// sumUp is the ledger.Summarise of batches.
func sumUp(counted []ledger.Counted) ([]byte, error) {
	t := BatchTotals{Kinds: map[LineKind]int64{}, Operators: map[string]int64{}, PayTypes: map[string]int64{},
		Taxes: map[int]int64{}, Units: map[Resource]TotalOfUnit{}}
	for _, c := range counted {
		outcome, err := decodeOutcome(c.Sale.Outcome)
		if err != nil {
			return nil, fmt.Errorf("sale %s: %w", c.Sale.ID, err)
		}
		sign := int64(1)
		if c.Reversed {
			sign = -1
		}
		t.Operators[c.Sale.Cashier] += sign * c.Sale.Tender
		t.PayTypes[c.PayType] += sign * c.Sale.Tender
		rest := c.Sale.Tender
		if outcome.Vend != nil {
			for _, l := range outcome.Vend.Lines {
				rest -= t.add(l, sign)
			}
		}
		if rest != 0 { // vouchers, and what a receipt does not explain
			t.Kinds[LineSale] += sign * rest
		}
	}
	return json.Marshal(t)
}

// add counts a line of a receipt and returns its amount with its taxes.
func (t BatchTotals) add(l upstream.Line, sign int64) int64 {
	amount := l.Amount
	for _, x := range l.Taxes {
		amount += x.Amount
		t.Taxes[x.RateBP] += sign * x.Amount
	}
	t.Kinds[l.Kind] += sign * amount
	if l.Token != "" {
		resource := l.Resource
		if resource == "" {
			resource = upstream.Electricity
		}
		had := t.Units[resource]
		if sum, ok := addDecimals(had.Value, l.Units, sign); ok {
			if had.SIUnit == "" {
				had.SIUnit = l.SIUnit
			}
			t.Units[resource] = TotalOfUnit{sum, had.SIUnit}
		}
	}
	return amount
}

// addDecimals adds exact decimals, or takes b off a. It is false if b is none.
func addDecimals(a, b string, sign int64) (string, bool) {
	if !xmlvend.Decimal(b).Valid() {
		return a, false
	}
	y, ok := new(big.Rat).SetString(b)
	if !ok {
		return a, false
	}
	x, ok := new(big.Rat).SetString(a)
	if !ok {
		x = new(big.Rat)
	}
	decimals := max(decimalsOf(a), decimalsOf(b))
	return x.Add(x, y.Mul(y, big.NewRat(sign, 1))).FloatString(decimals), true
}

func decimalsOf(s string) int {
	_, fraction, _ := strings.Cut(s, ".")
	return len(fraction)
}

// DecodeBatchTotals reads the totals of a batch.
func DecodeBatchTotals(b ledger.Tally) (BatchTotals, error) {
	var t BatchTotals
	if err := json.Unmarshal(b.Summary, &t); err != nil {
		return t, fmt.Errorf("totals of batch %s: %w", b.ID, err)
	}
	return t, nil
}

func (c Caller) batchOwner() ledger.BatchOwner {
	return ledger.BatchOwner{Merchant: c.Merchant.Code, Client: c.Client.ID, Terminal: c.Terminal, Cashier: c.Cashier}
}

// batchFault turns the ledger's no into a fault of that code.
func batchFault(err error, code Code, operator, text string) error {
	if errors.Is(err, ledger.ErrState) || errors.Is(err, ledger.ErrNotFound) {
		return faultf(code, operator, "", "%s", text)
	}
	return err
}

// StartBatch opens a batch for the caller; see ledger.Store.StartBatch.
//
// Faults: CodeStartBatch, CodeRight.
func (s *Switch) StartBatch(ctx context.Context, caller Caller, r Request, level ledger.BatchLevel) ([]ledger.Tally, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) ([]ledger.Tally, error) {
		started, err := s.ledger.StartBatch(ctx, caller.batchOwner(), level, r.Message)
		return started, batchFault(err, CodeStartBatch, "This batch is open already.", "the batch is open already")
	})
}

// EndBatch closes a batch of the caller's; see ledger.Store.EndBatch.
//
// Faults: CodeEndBatch, CodeRight.
func (s *Switch) EndBatch(ctx context.Context, caller Caller, r Request, level ledger.BatchLevel) (ledger.Tally, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (ledger.Tally, error) {
		ended, err := s.ledger.EndBatch(ctx, caller.batchOwner(), level, r.Message, sumUp)
		return ended, batchFault(err, CodeEndBatch, "This batch is not open.", "no such batch is open")
	})
}

// TotalBatch tells what an open batch of the caller's has come to.
//
// Faults: CodeTotalBatch, CodeRight.
func (s *Switch) TotalBatch(ctx context.Context, caller Caller, r Request, level ledger.BatchLevel) (ledger.Tally, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (ledger.Tally, error) {
		sofar, err := s.ledger.TotalBatch(ctx, caller.batchOwner(), level, sumUp)
		return sofar, batchFault(err, CodeTotalBatch, "This batch is not open.", "no such batch is open")
	})
}

// ReprintBatch reads a closed batch of the caller's, the last one if seqNo is zero.
//
// Faults: CodeReprintBatch, CodeRight.
func (s *Switch) ReprintBatch(ctx context.Context, caller Caller, r Request, level ledger.BatchLevel, seqNo int64) (ledger.Tally, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (ledger.Tally, error) {
		closed, err := s.ledger.ClosedBatch(ctx, caller.batchOwner(), level, seqNo)
		return closed, batchFault(err, CodeReprintBatch, "There is no such closed batch.", "no such closed batch")
	})
}

// SlipsLength is how many deposit slips a reprint has at most.
const SlipsLength = 5

// DepositSlip makes a deposit slip of what the caller's client has sold since the
// last one. Its banking reference is a number that no other slip or receipt has.
//
// Faults: CodeRight.
func (s *Switch) DepositSlip(ctx context.Context, caller Caller, r Request) (ledger.Tally, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (ledger.Tally, error) {
		reference, err := s.ledger.ReceiptNumber(ctx)
		if err != nil {
			return ledger.Tally{}, err
		}
		return s.ledger.DepositSlip(ctx, caller.batchOwner(), r.Message, reference)
	})
}

// ReprintSlips reads the last deposit slips of the caller's client, newest first.
//
// Faults: CodeReprintSlip, CodeRight.
func (s *Switch) ReprintSlips(ctx context.Context, caller Caller, r Request) ([]ledger.Tally, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) ([]ledger.Tally, error) {
		slips, err := s.ledger.Batches(ctx, ledger.BatchFilter{Client: caller.Client.ID, Level: ledger.BatchSlip, Closed: true, Limit: SlipsLength})
		if err == nil && len(slips) == 0 {
			return nil, faultf(CodeReprintSlip, "There is no deposit slip yet.", "", "no deposit slip was made")
		}
		return slips, err
	})
}
