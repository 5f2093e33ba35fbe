// Package ststest is a second reader of STS tokens, for tests. It was written
// from the descriptions of the algorithms, apart from package sts and sharing no
// code with it: arbitrary-precision numbers instead of words, the CRC as
// polynomial division, MISTY1 in its published bit formulas instead of tables.
// Where the two agree, a mistake would have to have been made twice.
//
// It favours being easy to check over being fast.
package ststest

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// ErrToken reports a token that is malformed or whose CRC does not fit the key.
var ErrToken = errors.New("ststest: token is malformed or not made with this key")

// Meter is the key data of a meter, each value as a person would write it.
type Meter struct {
	PAN  string // 18 digits
	SGC  string // 6 digits
	TI   string // 2 digits
	KRN  string // 1 digit
	KT   string // 1 digit
	Base string // "93", "14" or "35"
}

// Key derives the 16-byte decoder key by DKGA04 for EA11.
func Key(vendingKey []byte, m Meter) []byte {
	text := "\x04\x0204\x02" + m.Base + "\x0211\x02" + m.TI + "\x00" +
		"\x04\x06" + m.SGC + "\x01" + m.KT + "\x01" + m.KRN + "\x12" + m.PAN +
		"\x00\x00\x00\x80"
	mac := hmac.New(sha256.New, vendingKey)
	mac.Write([]byte(text))
	return mac.Sum(nil)[:16]
}

// Plain is a token's plain text. RND, TID and Value mean something only for the
// tokens that have them; Payload is all that follows the subclass.
type Plain struct {
	Class, SubClass int
	RND             int
	TID             int64
	Value           int
	Payload         uint64 // 44 bits
}

// Read decrypts a token of 20 digits with a 16-byte key and checks its CRC. The
// only error is ErrToken.
func Read(key []byte, token string) (Plain, error) {
	number, ok := new(big.Int).SetString(token, 10)
	if !ok || len(token) != 20 || strings.Trim(token, "0123456789") != "" || number.BitLen() > 66 {
		return Plain{}, ErrToken
	}
	class := field(number, 27, 2).Int64()

	block := new(big.Int).Set(number)
	block.SetBit(block, 28, number.Bit(65)).SetBit(block, 27, number.Bit(64))
	block.SetBit(block, 65, 0).SetBit(block, 64, 0)
	plain := decipher(key, block)

	covered := new(big.Int).Add(shift(big.NewInt(class), 48), field(plain, 16, 48))
	if checksum(covered).Cmp(field(plain, 0, 16)) != 0 {
		return Plain{}, ErrToken
	}
	return Plain{
		Class:    int(class),
		SubClass: int(field(plain, 60, 4).Int64()),
		RND:      int(field(plain, 56, 4).Int64()),
		TID:      field(plain, 32, 24).Int64(),
		Value:    int(field(plain, 16, 16).Int64()),
		Payload:  field(plain, 16, 44).Uint64(),
	}, nil
}

// Steps returns what Value is worth: tenths of a kWh, or watts.
func (p Plain) Steps() int64 {
	mantissa := int64(p.Value % 16384)
	switch p.Value / 16384 {
	case 0:
		return mantissa
	case 1:
		return 16384 + 10*mantissa
	case 2:
		return 16384 + 163840 + 100*mantissa
	default:
		return 16384 + 163840 + 1638400 + 1000*mantissa
	}
}

// Minute returns the wall clock minute of the token under a base date.
func (p Plain) Minute(base string) (time.Time, error) {
	start, ok := map[string]string{"93": "1993-01-01", "14": "2014-01-01", "35": "2035-01-01"}[base]
	if !ok {
		return time.Time{}, fmt.Errorf("ststest: base date %q", base)
	}
	day, err := time.Parse(time.DateOnly, start)
	if err != nil {
		return time.Time{}, err
	}
	return day.AddDate(0, 0, int(p.TID/1440)).Add(time.Duration(p.TID%1440) * time.Minute), nil
}

func shift(x *big.Int, by uint) *big.Int { return new(big.Int).Lsh(x, by) }

// field returns width bits of x from bit low up.
func field(x *big.Int, low, width uint) *big.Int {
	out := new(big.Int)
	for i := range int(width) {
		out.SetBit(out, i, x.Bit(int(low)+i))
	}
	return out
}

// checksum is CRC-16 with the polynomial x^16+x^15+x^2+1 over seven bytes, each
// read from its lowest bit, the register starting at all ones: the remainder of
// a division, read backwards and with its bytes swapped.
func checksum(covered *big.Int) *big.Int {
	const bytes, width = 7, 16
	dividend := new(big.Int)
	for i := range bytes * 8 { // i-th bit to enter the division
		octet, bit := i/8, i%8
		position := (bytes-1-octet)*8 + bit
		value := covered.Bit(position)
		if i < width {
			value ^= 1
		}
		dividend.SetBit(dividend, bytes*8+width-1-i, value)
	}
	divisor := big.NewInt(0x18005)
	for dividend.BitLen() > width {
		dividend.Xor(dividend, shift(divisor, uint(dividend.BitLen()-divisor.BitLen())))
	}
	out := new(big.Int)
	for i := range width {
		reversed := width - 1 - i
		swapped := (reversed + 8) % width
		out.SetBit(out, swapped, dividend.Bit(i))
	}
	return out
}
