package sts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var (
	// ErrUsed reports a token that the meter has accepted before.
	ErrUsed = errors.New("sts: token already used")
	// ErrOld reports a token older than all that the meter remembers.
	ErrOld = errors.New("sts: token too old")
	// ErrKeyExpired reports a token made later than the key's expiry number allows.
	ErrKeyExpired = errors.New("sts: meter key has expired")
)

// RememberedTIDs is how many token identifiers a meter keeps. When it has that
// many, one smaller than all of them is too old.
const RememberedTIDs = 50

// Meter is a virtual meter on somebody's wall. It knows nothing but the tokens
// it is given. It is not safe for concurrent use.
type Meter struct {
	data MeterData
	key  DecoderKey

	tids     []TID // ascending, at most RememberedTIDs
	credit   int64
	limit    int64
	phases   int64
	factor   uint16
	tampered bool
	sections keySections
}

// keySections is a key change in progress.
type keySections struct {
	first  *KeySection1
	second *KeySection2
	third  *KeySection3
	fourth *KeySection4
}

// NewMeter returns a meter that leaves the factory with a key and no credit. It
// returns ErrMeterData.
func NewMeter(data MeterData, key DecoderKey) (*Meter, error) {
	if err := data.Validate(); err != nil {
		return nil, err
	}
	return &Meter{data: data, key: key}, nil
}

// Enter types a token into the keypad. It returns the message that was accepted,
// or the reason why the token was refused: ErrCRC, ErrMessage, ErrUsed, ErrOld,
// ErrKeyExpired. A refused token changes nothing.
func (m *Meter) Enter(t Token) (Message, error) {
	message, err := Open(m.key, t)
	if err != nil {
		return nil, err
	}
	if tid, dated := tidOf(message); dated {
		if err := m.remember(tid); err != nil {
			return nil, err
		}
	}
	switch message := message.(type) {
	case Credit:
		m.credit += message.Amount.Steps()
	case MaxPower:
		m.limit = message.Limit.Steps()
	case ClearCredit:
		m.credit = 0
	case ClearTamper:
		m.tampered = false
	case PhaseUnbalance:
		m.phases = message.Limit.Steps()
	case WaterFactor:
		m.factor = message.Factor
	case KeySection1:
		m.sections.first = &message
	case KeySection2:
		m.sections.second = &message
	case KeySection3:
		m.sections.third = &message
	case KeySection4:
		m.sections.fourth = &message
	}
	m.changeKey()
	return message, nil
}

// Credit returns the credit on the display, in tenths of a kWh.
func (m *Meter) Credit() int64 { return m.credit }

// PowerLimit returns the maximum power in watts, 0 if none was set.
func (m *Meter) PowerLimit() int64 { return m.limit }

// PhaseUnbalance returns the maximum difference between phases in watts, 0 if none was
// set.
func (m *Meter) PhaseUnbalance() int64 { return m.phases }

// WaterFactor returns the factor of pulses, 0 if none was set.
func (m *Meter) WaterFactor() uint16 { return m.factor }

// Tampered reports whether the meter has disconnected because it was opened.
func (m *Meter) Tampered() bool { return m.tampered }

// OpenCover trips the tamper switch.
func (m *Meter) OpenCover() { m.tampered = true }

// Data returns the meter's present key data. After a change of base date its
// Base is still that of the factory: a meter counts no calendar.
func (m *Meter) Data() MeterData { return m.data }

func tidOf(m Message) (tid TID, dated bool) {
	switch m := m.(type) {
	case Credit:
		return m.TID, true
	case MaxPower:
		return m.TID, true
	case ClearCredit:
		return m.TID, true
	case ClearTamper:
		return m.TID, true
	case PhaseUnbalance:
		return m.TID, true
	case WaterFactor:
		return m.TID, true
	}
	return 0, false
}

// remember records a token identifier, or says why it is refused.
func (m *Meter) remember(tid TID) error {
	const highByte = tidBits - 8
	if uint8(tid>>highByte) > m.data.KeyExpiry {
		return ErrKeyExpired
	}
	place, seen := slices.BinarySearch(m.tids, tid)
	if seen {
		return ErrUsed
	}
	if len(m.tids) < RememberedTIDs {
		m.tids = slices.Insert(m.tids, place, tid)
		return nil
	}
	if place == 0 {
		return ErrOld
	}
	copy(m.tids, m.tids[1:place])
	m.tids[place-1] = tid
	return nil
}

// changeKey takes the new key into use if all of its sections are in.
func (m *Meter) changeKey() {
	s := m.sections
	if s.first == nil || s.second == nil || s.third == nil || s.fourth == nil {
		return
	}
	for i, part := range []uint32{s.first.Part, s.third.Part, s.fourth.Part, s.second.Part} {
		binary.BigEndian.PutUint32(m.key[4*i:], part)
	}
	group := uint32(s.fourth.SupplyGroupHigh)<<groupBits | uint32(s.third.SupplyGroupLow)
	m.data.SupplyGroup = fmt.Sprintf("%06d", group)
	m.data.TariffIndex = fmt.Sprintf("%02d", s.second.TariffIndex)
	m.data.KeyRevision = int(s.first.KeyRevision)
	m.data.KeyType = s.first.KeyType
	m.data.KeyExpiry = s.first.KeyExpiryHigh<<kenBits | s.second.KeyExpiryLow
	if s.first.Rollover {
		m.tids = nil
	}
	m.sections = keySections{}
}
