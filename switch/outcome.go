package vending

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// OutcomeVersion is the version of the outcome records written today. Older ones
// stay readable for ever: they are what a reprint is made of.
const OutcomeVersion = 1

// Outcome is what a sale ended in: everything a channel needs to render the
// answer, now or in a year. It is stored sealed and never changes. Exactly one of
// Vend, Vouchers and Fault is set.
type Outcome struct {
	Version   int                   `json:"v"`
	ReceiptNo string                `json:"receiptNo"` // ours
	At        time.Time             `json:"at"`
	Available int64                 `json:"available"` // on the float after this sale, minor units
	Currency  string                `json:"currency"`
	Tender    int64                 `json:"tender"` // what the consumer pays, minor units
	Vendor    upstream.Organisation `json:"vendor"`
	Supplier  upstream.Organisation `json:"supplier"`
	Vend      *upstream.Vend        `json:"vend,omitempty"`
	Vouchers  *VoucherSale          `json:"vouchers,omitempty"`
	Fault     *Fault                `json:"fault,omitempty"`
}

// VoucherSale names the vouchers sold. The PINs stay where they are, sealed in
// stock; they are read by the sale's id.
type VoucherSale struct {
	Product      string `json:"product"`
	Name         string `json:"name"`
	Face         int64  `json:"face"` // minor units, of one voucher
	VATBP        int    `json:"vatBP"`
	Instructions string `json:"instructions,omitempty"`
	Recipient    string `json:"recipient,omitempty"`
}

func decodeOutcome(data []byte) (*Outcome, error) {
	o := new(Outcome)
	if err := json.Unmarshal(data, o); err != nil {
		return nil, fmt.Errorf("stored outcome: %w", err)
	}
	if o.Version != OutcomeVersion {
		return nil, fmt.Errorf("stored outcome has version %d, this switch reads version %d", o.Version, OutcomeVersion)
	}
	return o, nil
}

// delivery makes the outcome of one sale when the ledger asks for it, and remembers
// what it made, so that the first answer need not decode what was just encoded.
type delivery struct {
	caller Caller
	fill   func(*Outcome) // says what the sale ended in

	made atomic.Pointer[madeOutcome] // the ledger may ask again, for a commit that it repeats
}

// madeOutcome is an outcome with its encoding.
type madeOutcome struct {
	outcome *Outcome
	data    []byte
}

// deliver is a ledger.Deliver.
func (d *delivery) deliver(st ledger.Settlement) ([]byte, error) {
	o := &Outcome{
		Version:   OutcomeVersion,
		ReceiptNo: st.Sale.ReceiptNo,
		At:        st.At.UTC(),
		Available: st.Available,
		Currency:  st.Sale.Currency,
		Tender:    st.Sale.Tender,
		Vendor:    vendor(d.caller),
	}
	d.fill(o)
	data, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	d.made.Store(&madeOutcome{o, data})
	return data, nil
}

// outcome returns the outcome that the ledger holds of a sale: the one made here if
// that is what was stored, to the byte, else decoded. A nil delivery decodes.
func (d *delivery) outcome(sale ledger.Sale) (*Outcome, error) {
	if d != nil {
		if m := d.made.Load(); m != nil && bytes.Equal(m.data, sale.Outcome) {
			return m.outcome, nil
		}
	}
	return decodeOutcome(sale.Outcome)
}

// Receipt is a delivered sale, ready to be rendered.
type Receipt struct {
	Sale     ledger.Sale
	Outcome  *Outcome
	Vouchers []ledger.Voucher // with PINs, of a stock sale
	Copy     bool             // a reprint: rendered with the word "copy"
}
