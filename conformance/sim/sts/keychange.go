package sts

import (
	"encoding/binary"
	"fmt"
)

// A key change spreads the new 128-bit key, and what the meter must know about
// it, over four class 2 tokens, all made with the old key. They may be typed in
// any order; the meter changes its key when all four are in. None carries a
// token identifier: typing one twice does no harm.
type (
	// KeySection1 carries the first quarter of the key.
	KeySection1 struct {
		KeyExpiryHigh uint8 // high four bits of KEN
		KeyRevision   uint8 // KRN
		Rollover      bool  // the base date changes: forget all token identifiers
		ThirdSection  bool  // more than two sections belong to the set
		KeyType       KeyType
		Part          uint32 // NKHO: bits 127 to 96 of the key
	}
	// KeySection2 carries the last quarter.
	KeySection2 struct {
		KeyExpiryLow uint8  // low four bits of KEN
		TariffIndex  uint8  // TI as a number
		Part         uint32 // NKLO: bits 31 to 0
	}
	// KeySection3 carries the second quarter.
	KeySection3 struct {
		SupplyGroupLow uint16 // low twelve bits of the SGC as a number
		Part           uint32 // NKMO2: bits 95 to 64
	}
	// KeySection4 carries the third quarter.
	KeySection4 struct {
		SupplyGroupHigh uint16 // high twelve bits
		Part            uint32 // NKMO1: bits 63 to 32
	}
)

const (
	partBits  = 32
	kenBits   = 4 // one of the two halves of the key expiry number
	krnBits   = 4
	flagBits  = 1
	ktBits    = 2
	tiBits    = 8
	groupBits = 12
)

// KeyChange returns the four tokens, in the order in which they are printed,
// that take a meter from the key old to the key next, which was derived from to.
// Rollover must be set if the base date changes. It returns ErrMeterData.
func KeyChange(old, next DecoderKey, to MeterData, rollover bool) ([4]Token, error) {
	if err := to.Validate(); err != nil {
		return [4]Token{}, err
	}
	group := number(to.SupplyGroup)
	quarter := func(i int) uint32 { return binary.BigEndian.Uint32(next[4*i:]) }
	sections := [4]Message{
		KeySection1{
			KeyExpiryHigh: to.KeyExpiry >> kenBits, KeyRevision: uint8(to.KeyRevision),
			Rollover: rollover, ThirdSection: true, KeyType: to.KeyType, Part: quarter(0),
		},
		KeySection2{KeyExpiryLow: to.KeyExpiry % (1 << kenBits), TariffIndex: uint8(number(to.TariffIndex)), Part: quarter(3)},
		KeySection3{SupplyGroupLow: uint16(group % (1 << groupBits)), Part: quarter(1)},
		KeySection4{SupplyGroupHigh: uint16(group >> groupBits), Part: quarter(2)},
	}
	var tokens [4]Token
	for i, section := range sections {
		token, err := Seal(old, section)
		if err != nil {
			return [4]Token{}, err
		}
		tokens[i] = token
	}
	return tokens, nil
}

// number is the value of a few digits.
func number(digits string) (n uint32) {
	for _, c := range []byte(digits) {
		n = n*10 + uint32(c-'0')
	}
	return n
}

// layout packs fields from the high end; one that exceeds its width makes the
// message invalid.
type layout struct {
	data  uint64
	wrong bool
}

func (l *layout) put(value uint64, width uint) *layout {
	l.wrong = l.wrong || value>>width != 0
	l.data = l.data<<width | value
	return l
}

func (l *layout) flag(set bool) *layout {
	if set {
		return l.put(1, flagBits)
	}
	return l.put(0, flagBits)
}

func (l *layout) frame() (frame, error) {
	if l.wrong {
		return frame{}, fmt.Errorf("%w: key section field too large", ErrMessage)
	}
	return frame{class: classManagement, data: l.data}, nil
}

func (s KeySection1) frame() (frame, error) {
	l := layout{data: subKeySection1}
	return l.put(uint64(s.KeyExpiryHigh), kenBits).put(uint64(s.KeyRevision), krnBits).
		flag(s.Rollover).flag(s.ThirdSection).put(uint64(s.KeyType), ktBits).
		put(uint64(s.Part), partBits).frame()
}

func (s KeySection2) frame() (frame, error) {
	l := layout{data: subKeySection2}
	return l.put(uint64(s.KeyExpiryLow), kenBits).put(uint64(s.TariffIndex), tiBits).
		put(uint64(s.Part), partBits).frame()
}

func (s KeySection3) frame() (frame, error) {
	l := layout{data: subKeySection3}
	return l.put(uint64(s.SupplyGroupLow), groupBits).put(uint64(s.Part), partBits).frame()
}

func (s KeySection4) frame() (frame, error) {
	l := layout{data: subKeySection4}
	return l.put(uint64(s.SupplyGroupHigh), groupBits).put(uint64(s.Part), partBits).frame()
}

func readKeySection1(f frame) KeySection1 {
	var s KeySection1
	s.Part = uint32(f.take(partBits))
	s.KeyType = KeyType(f.take(ktBits))
	s.ThirdSection = f.take(flagBits) == 1
	s.Rollover = f.take(flagBits) == 1
	s.KeyRevision = uint8(f.take(krnBits))
	s.KeyExpiryHigh = uint8(f.take(kenBits))
	return s
}

func readKeySection2(f frame) KeySection2 {
	var s KeySection2
	s.Part = uint32(f.take(partBits))
	s.TariffIndex = uint8(f.take(tiBits))
	s.KeyExpiryLow = uint8(f.take(kenBits))
	return s
}

func readKeySection3(f frame) KeySection3 {
	part := uint32(f.take(partBits))
	return KeySection3{SupplyGroupLow: uint16(f.take(groupBits)), Part: part}
}

func readKeySection4(f frame) KeySection4 {
	part := uint32(f.take(partBits))
	return KeySection4{SupplyGroupHigh: uint16(f.take(groupBits)), Part: part}
}
