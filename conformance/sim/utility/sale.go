package utility

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
)

// sale is a bill with its tokens.
type sale struct {
	*bill
	receiptNo string
	trial     bool
	previous  time.Time // when the household bought last before; zero: never
	before    Key       // the meter's key when the purchase came
	after     Key       // the key that the tokens are made with
	credit    credit
	free      *credit
	keyChange *[4]sts.Token // when after is not before
}

// credit is a credit token. Its token is the zero Token in a trial, which prints
// as twenty zeros.
type credit struct {
	token sts.Token
	tid   sts.TID
	units int64 // tenths of a kWh
}

// try makes the sale that a trial vend shows: complete, but worth nothing and
// without a trace.
func (h *household) try(b *bill) *sale {
	s := &sale{
		bill: b, trial: true, receiptNo: receiptNo(0), previous: h.last,
		before: h.meter.Key, after: h.meter.Key,
	}
	s.credit.units = b.units()
	if units := b.freeUnits(); units > 0 {
		s.free = &credit{units: units}
	}
	if h.meter.NextKey != nil {
		s.after, s.keyChange = *h.meter.NextKey, &[4]sts.Token{}
	}
	return s
}

// sell makes the tokens and books the purchase. An error, such as a base date
// that has rolled over, books nothing.
func (h *household) sell(b *bill, now time.Time, receipt, seed uint64) (*sale, error) {
	s := &sale{
		bill: b, receiptNo: receiptNo(receipt), previous: h.last,
		before: h.meter.Key, after: h.meter.Key,
	}
	sequence := h.sequence
	if h.meter.NextKey != nil {
		s.after = *h.meter.NextKey
		tokens, err := h.changeKey(s.before, s.after)
		if err != nil {
			return nil, err
		}
		s.keyChange = &tokens
		if s.after.Base != s.before.Base {
			sequence = sts.Sequence{Base: s.after.Base}
		}
	}
	key, err := h.keys.derive(s.after)
	if err != nil {
		return nil, err
	}
	if units := b.freeUnits(); units > 0 {
		free, err := h.token(key, &sequence, now, units, seed)
		if err != nil {
			return nil, err
		}
		s.free = &free
	}
	s.credit, err = h.token(key, &sequence, now, b.units(), seed)
	if err != nil {
		return nil, err
	}

	h.sequence = sequence
	h.meter.Key, h.meter.NextKey = s.after, nil
	h.bought += b.units() + b.freeUnits()
	h.hadFree, h.paidFee = true, h.meter.MonthlyFee
	h.arrears -= b.debt
	h.last = now
	return s, nil
}

func (h *household) changeKey(from, to Key) ([4]sts.Token, error) {
	old, err := h.keys.derive(from)
	if err != nil {
		return [4]sts.Token{}, err
	}
	next, err := h.keys.derive(to)
	if err != nil {
		return [4]sts.Token{}, err
	}
	return sts.KeyChange(old, next, h.keys.data(to), from.Base != to.Base)
}

func (h *household) token(key sts.DecoderKey, sequence *sts.Sequence, now time.Time, units int64, seed uint64) (credit, error) {
	amount, err := sts.AmountOf(units)
	if err != nil {
		return credit{}, err
	}
	tid, err := sequence.Next(now)
	if err != nil {
		return credit{}, err
	}
	token, err := sts.Seal(key, sts.Credit{RND: random(seed, h.meter.Number, tid), TID: tid, Amount: amount})
	if err != nil {
		return credit{}, err
	}
	return credit{token: token, tid: tid, units: units}, nil
}

// random returns four bits that depend on nothing but the seed and the token, so
// that a town started again with the same seed and clock makes the same tokens.
func random(seed uint64, number string, tid sts.TID) uint8 {
	text := binary.BigEndian.AppendUint64(nil, seed)
	text = binary.BigEndian.AppendUint32(text, uint32(tid))
	sum := sha256.Sum256(append(text, number...))
	return sum[0] & 0x0F
}

func receiptNo(n uint64) string { return fmt.Sprintf("%015d", n) }
