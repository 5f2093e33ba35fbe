package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Base is the base date of token identifiers; see package sts.
type Base = sts.Base

// The base dates.
const (
	Base1993 = sts.Base1993
	Base2014 = sts.Base2014
	Base2035 = sts.Base2035
)

// household is a meter and what has happened to it.
type household struct {
	meter Meter // Key and NextKey change with a key change

	keys     keyring
	sequence sts.Sequence

	arrears int64 // cents
	last    time.Time

	month   month
	bought  int64 // tenths of a kWh this month, free ones included
	hadFree bool  // this month
	paidFee int64 // cents of the service charge, this month

	factory     Key  // that the meter was hung up with
	transferred bool // the units of the meter it replaces
	pairs       int  // pairs of key change tokens issued by updateMeterKey and engineers

	tokens map[sts.Token]*xmlvend.CreditVendTx // credit tokens issued
	latest *cancellable                        // the sale that can still be cancelled
}

// month is a calendar month of the town.
type month struct {
	year int
	m    time.Month
}

// keyring derives the decoder keys of one meter.
type keyring struct {
	vending sts.VendingKey
	pan     sts.PAN
}

func (k keyring) data(key Key) sts.MeterData {
	return sts.MeterData{
		PAN: k.pan, SupplyGroup: key.SupplyGroup, TariffIndex: key.TariffIndex,
		KeyRevision: key.Revision, KeyType: sts.KeyUnique, KeyExpiry: 255, Base: key.Base,
	}
}

func (k keyring) derive(key Key) (sts.DecoderKey, error) {
	return k.vending.Derive(k.data(key))
}

func newHousehold(m Meter, vending sts.VendingKey) (*household, error) {
	pan, err := sts.NewPAN(m.Number)
	if err != nil {
		return nil, err
	}
	h := &household{
		meter:    m,
		keys:     keyring{vending, pan},
		sequence: sts.Sequence{Base: m.Key.Base},
		arrears:  m.Arrears,
		factory:  m.Key,
		tokens:   map[sts.Token]*xmlvend.CreditVendTx{},
	}
	for _, key := range []*Key{&m.Key, m.NextKey} {
		if key == nil {
			continue
		}
		if _, err := h.keys.derive(*key); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// turn starts a new month if now is in one. now is in the town's zone.
func (h *household) turn(now time.Time) {
	current := month{now.Year(), now.Month()}
	if current == h.month {
		return
	}
	h.month = current
	h.bought, h.hadFree, h.paidFee = 0, false, 0
}

func (h *household) freeDue() int64 {
	if h.hadFree {
		return 0
	}
	return h.meter.FreeUnits
}

func (h *household) feeDue() int64 {
	return h.meter.MonthlyFee - h.paidFee
}

// sells reports whether a purchase would be accepted, apart from its amount.
func (h *household) sells() bool {
	return !h.meter.Blocked && !h.meter.KeyExpired && (h.meter.NextKey == nil || h.freeDue() > 0)
}
