package sts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/vendswitch/vendswitch/conformance/sim/sts/misty1"
)

var (
	// ErrToken reports text that is not a token: 20 digits, below 2^66.
	ErrToken = errors.New("sts: not a token")
	// ErrCRC reports a token that does not decrypt under the key: it was typed
	// wrongly, or is for another meter or another key.
	ErrCRC = errors.New("sts: token does not belong to this key")
)

// TokenDigits is the length of a token as it is printed and sent.
const TokenDigits = 20

// Token is 66 bits: the encrypted 64-bit block with the two bits of the token's
// class inserted. It is as good as money: formatting it prints no digit of it;
// use Digits or Grouped.
type Token struct {
	high uint8 // bits 65 and 64
	low  uint64
}

// The class takes the place of these two bits of the encrypted block, which move
// to bits 65 and 64.
const (
	classShift        = 27
	classMask  uint64 = 0b11 << classShift
)

// ParseToken reads 20 digits; spaces between them, as on a printed slip, are
// skipped. It returns ErrToken, without the text.
func ParseToken(text string) (Token, error) {
	digits := strings.ReplaceAll(text, " ", "")
	if !isDigits(digits, TokenDigits) {
		return Token{}, ErrToken
	}
	var high, low uint64
	for _, c := range []byte(digits) {
		carry, product := bits.Mul64(low, 10)
		sum, overflow := bits.Add64(product, uint64(c-'0'), 0)
		high, low = high*10+carry+overflow, sum
	}
	if high > 0b11 {
		return Token{}, ErrToken
	}
	return Token{high: uint8(high), low: low}, nil
}

// Digits returns the 20 digits, the form messages carry.
func (t Token) Digits() string {
	var digits [TokenDigits]byte
	high, low := uint64(t.high), t.low
	for i := range digits {
		var digit uint64
		low, digit = bits.Div64(high, low, 10)
		high = 0 // the first quotient is below 2^63
		digits[TokenDigits-1-i] = '0' + byte(digit)
	}
	return string(digits[:])
}

// Grouped returns the digits in groups of four, the form people read.
func (t Token) Grouped() string {
	digits := t.Digits()
	groups := make([]string, 0, TokenDigits/4)
	for i := 0; i < TokenDigits; i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, " ")
}

// Class returns the token's class, 0 to 3, which is readable without a key.
func (t Token) Class() int { return int(t.low & classMask >> classShift) }

// Format implements fmt.Formatter for every verb.
func (Token) Format(f fmt.State, _ rune) { redact(f, "sts.Token") }

// Seal encrypts a message for the meter that holds key; a [Test] is for every meter
// and not encrypted. The error is the message's own: a field out of range (ErrMessage).
func Seal(key DecoderKey, m Message) (Token, error) {
	f, err := m.frame()
	if err != nil {
		return Token{}, err
	}
	sealed := f.data<<crcBits | uint64(f.crc())
	if f.class != classTest {
		sealed = encrypt(key, sealed)
	}
	return Token{
		high: uint8(sealed & classMask >> classShift),
		low:  sealed&^classMask | uint64(f.class)<<classShift,
	}, nil
}

// Open decrypts a token and returns its message. It returns ErrCRC if the token
// was not made with key, and ErrMessage if it was but is of a kind this package
// does not know.
func Open(key DecoderKey, t Token) (Message, error) {
	sealed := t.low&^classMask | uint64(t.high)<<classShift
	f := frame{class: uint8(t.Class())}
	plain := sealed
	if f.class != classTest {
		plain = decrypt(key, sealed)
	}
	f.data = plain >> crcBits
	if f.crc() != uint16(plain) {
		return nil, ErrCRC
	}
	return f.message()
}

func encrypt(key DecoderKey, block uint64) uint64 {
	var b [misty1.BlockSize]byte
	binary.BigEndian.PutUint64(b[:], block)
	misty1.New(key).Encrypt(b[:], b[:])
	return binary.BigEndian.Uint64(b[:])
}

func decrypt(key DecoderKey, block uint64) uint64 {
	var b [misty1.BlockSize]byte
	binary.BigEndian.PutUint64(b[:], block)
	misty1.New(key).Decrypt(b[:], b[:])
	return binary.BigEndian.Uint64(b[:])
}
