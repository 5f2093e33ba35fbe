package sts

import (
	"errors"
	"fmt"
)

// ErrMessage reports a message with a field out of range, or a token of a class
// and subclass that this package does not know.
var ErrMessage = errors.New("sts: invalid message")

// Message is what a token says: one of [Credit], [Test], [MaxPower], [ClearCredit],
// [ClearTamper], [PhaseUnbalance], [WaterFactor], [KeySection1], [KeySection2],
// [KeySection3], [KeySection4].
type Message interface {
	frame() (frame, error)
}

// SubClass says what a credit token is credit of.
type SubClass uint8

// The credit subclasses.
const (
	Electricity SubClass = 0
	Water       SubClass = 1
	Gas         SubClass = 2
	Time        SubClass = 3
)

// Credit is a class 0 token: units to use.
type Credit struct {
	SubClass SubClass
	RND      uint8 // four random bits, so that equal purchases do not look equal
	TID      TID
	Amount   Amount // steps of 0.1 kWh for electricity
}

// MaxPower sets the load above which the meter disconnects.
type MaxPower struct {
	RND   uint8
	TID   TID
	Limit Amount // steps of 1 W
}

// AllRegisters is the register of a ClearCredit token that clears every one.
const AllRegisters uint16 = 0xFFFF

// ClearCredit empties one of the meter's credit registers, or all.
type ClearCredit struct {
	RND      uint8
	TID      TID
	Register uint16
}

// ClearTamper lets a meter supply again after its cover was opened.
type ClearTamper struct {
	RND uint8
	TID TID
}

// Classes and class 2 subclasses.
const (
	classCredit     = 0
	classTest       = 1
	classManagement = 2

	subMaxPower       = 0
	subClearCredit    = 1
	subKeySection1    = 3
	subKeySection2    = 4
	subClearTamper    = 5
	subPhaseUnbalance = 6
	subWaterFactor    = 7
	subKeySection3    = 8
	subKeySection4    = 9
)

// PhaseUnbalance sets the difference between the loads of two phases above which the
// meter disconnects.
type PhaseUnbalance struct {
	RND   uint8
	TID   TID
	Limit Amount // steps of 1 W
}

// WaterFactor sets what a water meter multiplies its pulses by.
type WaterFactor struct {
	RND    uint8
	TID    TID
	Factor uint16
}

func (c Credit) frame() (frame, error) {
	if c.SubClass > Time {
		return frame{}, fmt.Errorf("%w: subclass %d", ErrMessage, c.SubClass)
	}
	return dated(classCredit, uint8(c.SubClass), c.RND, c.TID, uint16(c.Amount))
}

func (m MaxPower) frame() (frame, error) {
	return dated(classManagement, subMaxPower, m.RND, m.TID, uint16(m.Limit))
}

func (c ClearCredit) frame() (frame, error) {
	return dated(classManagement, subClearCredit, c.RND, c.TID, c.Register)
}

func (c ClearTamper) frame() (frame, error) {
	return dated(classManagement, subClearTamper, c.RND, c.TID, 0)
}

func (p PhaseUnbalance) frame() (frame, error) {
	return dated(classManagement, subPhaseUnbalance, p.RND, p.TID, uint16(p.Limit))
}

func (w WaterFactor) frame() (frame, error) {
	return dated(classManagement, subWaterFactor, w.RND, w.TID, w.Factor)
}

// frame is a token's plain text: class, and from bit 47 down the subclass and
// its fields.
type frame struct {
	class uint8
	data  uint64
}

// Field widths in bits.
const (
	crcBits   = 16
	valueBits = 16
	tidBits   = 24
	rndBits   = 4
	subBits   = 4
)

// dated lays out the fields of every token that carries an identifier:
// SubClass(4) RND(4) TID(24) value(16).
func dated(class, sub, rnd uint8, tid TID, value uint16) (frame, error) {
	if rnd >= 1<<rndBits {
		return frame{}, fmt.Errorf("%w: random number %d", ErrMessage, rnd)
	}
	if tid > MaxTID {
		return frame{}, fmt.Errorf("%w: token identifier %d", ErrMessage, tid)
	}
	data := uint64(sub)
	data = data<<rndBits | uint64(rnd)
	data = data<<tidBits | uint64(tid)
	data = data<<valueBits | uint64(value)
	return frame{class: class, data: data}, nil
}

// take removes the low width bits of the data.
func (f *frame) take(width uint) uint64 {
	field := f.data & (1<<width - 1)
	f.data >>= width
	return field
}

// message reads the fields back.
func (f frame) message() (Message, error) {
	const fieldBits = rndBits + tidBits + valueBits
	sub := uint8(f.data >> fieldBits)
	if f.class == classTest && sub == subTest {
		return readTest(f), nil
	}
	if f.class == classManagement {
		switch sub {
		case subKeySection1:
			return readKeySection1(f), nil
		case subKeySection2:
			return readKeySection2(f), nil
		case subKeySection3:
			return readKeySection3(f), nil
		case subKeySection4:
			return readKeySection4(f), nil
		}
	}
	value, tid, rnd := uint16(f.take(valueBits)), TID(f.take(tidBits)), uint8(f.take(rndBits))
	switch {
	case f.class == classCredit && SubClass(sub) <= Time:
		return Credit{SubClass: SubClass(sub), RND: rnd, TID: tid, Amount: Amount(value)}, nil
	case f.class == classManagement && sub == subMaxPower:
		return MaxPower{RND: rnd, TID: tid, Limit: Amount(value)}, nil
	case f.class == classManagement && sub == subClearCredit:
		return ClearCredit{RND: rnd, TID: tid, Register: value}, nil
	case f.class == classManagement && sub == subClearTamper:
		return ClearTamper{RND: rnd, TID: tid}, nil
	case f.class == classManagement && sub == subPhaseUnbalance:
		return PhaseUnbalance{RND: rnd, TID: tid, Limit: Amount(value)}, nil
	case f.class == classManagement && sub == subWaterFactor:
		return WaterFactor{RND: rnd, TID: tid, Factor: value}, nil
	}
	return nil, fmt.Errorf("%w: class %d subclass %d", ErrMessage, f.class, sub)
}

// crc is CRC-16 with the reflected polynomial 0xA001 and start 0xFFFF over the
// class and data as seven bytes, its own two bytes swapped.
func (f frame) crc() uint16 {
	const polynomial = 0xA001
	message := uint64(f.class)<<48 | f.data
	crc := uint16(0xFFFF)
	for shift := 48; shift >= 0; shift -= 8 {
		crc ^= uint16(byte(message >> shift))
		for range 8 {
			odd := crc&1 == 1
			crc >>= 1
			if odd {
				crc ^= polynomial
			}
		}
	}
	return crc<<8 | crc>>8
}
