package utility

import (
	"strconv"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// purchase is what a vend and a trial ask for.
type purchase struct {
	head  *xmlvend.VendRequestHeader
	value xmlvend.PurchaseValue
}

// quote makes all checks of a purchase and prices it, changing nothing but that
// the household's month is turned.
func (s *Server) quote(v *vendor, p purchase, now time.Time) (*household, *bill, *refusal) {
	if p.head.Resource != xmlvend.Electricity {
		return nil, nil, otherResource()
	}
	h, refused := s.find(p.head.Meter)
	if refused != nil {
		return nil, nil, refused
	}
	h.turn(now)
	switch {
	case h.meter.Blocked:
		return nil, nil, blockedMeter()
	case !h.sells():
		return nil, nil, keyExpired()
	}
	b, refused := s.price(h, p.value)
	if refused != nil {
		return nil, nil, refused
	}
	if b.tender > v.available() {
		return nil, nil, noVendorCredit()
	}
	return h, b, nil
}

// find looks a meter up. What was typed in besides its number must be right.
func (s *Server) find(id xmlvend.MeterIdentifier) (*household, *refusal) {
	number := id.MeterNo()
	if number == "" {
		return nil, noMeterNumber()
	}
	h, known := s.households[number]
	switch {
	case known:
	case !sts.LuhnValid(number):
		return nil, wrongCheckDigit()
	default:
		return nil, unknownMeter()
	}
	if detail, typed := id.(xmlvend.MeterDetail); typed {
		key := h.meter.Key
		if detail.SGC != key.SupplyGroup || detail.TI != key.TariffIndex || detail.KRN != strconv.Itoa(key.Revision) {
			return nil, otherKeyData()
		}
	}
	return h, nil
}

// price turns a purchase value into a bill within the limits.
func (s *Server) price(h *household, value xmlvend.PurchaseValue) (*bill, *refusal) {
	switch value := value.(type) {
	case xmlvend.PurchaseValueCurrency:
		return s.priceAmount(h, value.Amt)
	case xmlvend.PurchaseValueUnits:
		return s.priceUnits(h, value.Units)
	}
	return nil, notAnAmount()
}

func (s *Server) priceAmount(h *household, amount xmlvend.Currency) (*bill, *refusal) {
	tender, refused := s.cents(amount)
	if refused != nil {
		return nil, refused
	}
	if refused := s.limit(h, tender); refused != nil {
		return nil, refused
	}
	b, err := h.billAmount(s.config.Tariff, tender)
	if err != nil {
		return nil, notUnits()
	}
	return b, nil
}

// cents reads an amount of money, which must be above zero.
func (s *Server) cents(amount xmlvend.Currency) (int64, *refusal) {
	if amount.Symbol != currency && amount.Symbol != s.symbol() {
		return 0, otherCurrency()
	}
	cents, err := amount.Minor(decimals)
	if err != nil || cents <= 0 {
		return 0, notAnAmount()
	}
	return cents, nil
}

func (s *Server) priceUnits(h *household, units xmlvend.Units) (*bill, *refusal) {
	tenths, err := units.Value.Minor(1)
	if err != nil || tenths <= 0 || tenths > sts.MaxSteps {
		return nil, notUnits()
	}
	b, err := h.billUnits(s.config.Tariff, tenths)
	if err != nil {
		return nil, notUnits()
	}
	if refused := s.limit(h, b.tender); refused != nil {
		return nil, refused
	}
	return b, nil
}

func (s *Server) limit(h *household, tender int64) *refusal {
	switch minimum := s.minimum(h); {
	case tender < minimum:
		return belowMinimum(minimum)
	case tender > s.config.MaxAmount:
		return aboveMaximum(s.config.MaxAmount)
	}
	return nil
}

// minimum is the least purchase for a household now: its service charge comes on
// top, so that energy is always bought too.
func (s *Server) minimum(h *household) int64 { return s.config.MinAmount + h.feeDue() }
