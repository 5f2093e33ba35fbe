package sts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// ErrMeterData reports meter data that no key can be derived from.
var ErrMeterData = errors.New("sts: invalid meter data")

// VendingKey is a supply group's 160-bit key, from which the keys of all its
// meters are derived. Formatting it prints no digit of it.
type VendingKey [20]byte

// DecoderKey is one meter's 128-bit key. Formatting it prints no digit of it.
type DecoderKey [16]byte

// Format implements fmt.Formatter for every verb.
func (VendingKey) Format(f fmt.State, _ rune) { redact(f, "sts.VendingKey") }

// Format implements fmt.Formatter for every verb.
func (DecoderKey) Format(f fmt.State, _ rune) { redact(f, "sts.DecoderKey") }

// KeyType says how widely a decoder key is shared.
type KeyType uint8

// The key types, one digit on the wire.
const (
	KeyInitialisation KeyType = 0 // set in the factory
	KeyDefault        KeyType = 1 // one per meter, of the maker's group
	KeyUnique         KeyType = 2 // one per meter, the normal case
	KeyCommon         KeyType = 3 // shared by a group
)

// MeterData is all that a decoder key depends on besides the vending key.
type MeterData struct {
	PAN         PAN     // 18 digits with their Luhn digit
	SupplyGroup string  // SGC, six digits
	TariffIndex string  // TI, two digits
	KeyRevision int     // KRN, 1 to 9
	KeyType     KeyType // KT
	KeyExpiry   uint8   // KEN: tokens whose identifier's high byte is greater are refused; not part of the key
	Base        Base    // base date of token identifiers
}

// Validate returns ErrMeterData, naming the field, or nil.
func (d MeterData) Validate() error {
	invalid := func(field string) error { return fmt.Errorf("%w: %s", ErrMeterData, field) }
	if _, err := ParsePAN(string(d.PAN)); err != nil {
		return invalid("PAN")
	}
	if _, err := d.Base.start(); err != nil {
		return invalid("base date")
	}
	switch {
	case !isDigits(d.SupplyGroup, 6):
		return invalid("supply group")
	case !isDigits(d.TariffIndex, 2):
		return invalid("tariff index")
	case d.KeyRevision < 1 || d.KeyRevision > 9:
		return invalid("key revision")
	case d.KeyType > KeyCommon:
		return invalid("key type")
	}
	return nil
}

// Derive returns the decoder key of a meter by key generation algorithm DKGA04:
// the first 16 bytes of HMAC-SHA-256, keyed with the vending key, over the
// length-prefixed fields of the meter's data. It returns ErrMeterData.
func (k VendingKey) Derive(d MeterData) (DecoderKey, error) {
	if err := d.Validate(); err != nil {
		return DecoderKey{}, err
	}
	const (
		generation = "04" // DKGA04
		encryption = "11" // EA11
		separator  = 0x00
		keyBits    = 8 * len(DecoderKey{})
	)
	var block []byte
	fields := func(texts ...string) {
		block = append(block, byte(len(texts)))
		for _, text := range texts {
			block = append(block, byte(len(text)))
			block = append(block, text...)
		}
	}
	fields(generation, fmt.Sprintf("%02d", d.Base), encryption, d.TariffIndex)
	block = append(block, separator)
	fields(d.SupplyGroup, strconv.Itoa(int(d.KeyType)), strconv.Itoa(d.KeyRevision), string(d.PAN))
	block = binary.BigEndian.AppendUint32(block, uint32(keyBits))

	mac := hmac.New(sha256.New, k[:])
	mac.Write(block)
	var key DecoderKey
	copy(key[:], mac.Sum(nil))
	return key, nil
}

func isDigits(s string, length int) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) == length
}
