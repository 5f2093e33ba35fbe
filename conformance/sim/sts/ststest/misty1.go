package ststest

import (
	"math/big"
	"strings"
)

// The S-boxes of MISTY1 as sums of products, one line for each output bit from
// the lowest: "13" is x1·x3 and "." is the constant one.
const s7Formulas = `
	. 0 13 034 15 025 45 016 26 056 356
	. 02 04 34 15 245 6 06 36 236 146 056
	12 023 4 14 014 05 045 345 16 36 036 46 246
	. 0 1 012 03 24 145 26 136 046 56
	. 23 04 134 5 25 125 035 16 156 456
	0 1 2 012 03 123 14 024 05 015 35 06 256
	01 3 03 234 05 25 35 135 16 126 036 46 256`

const s9Formulas = `
	. 04 05 15 16 26 27 37 38 48
	. 02 3 13 23 34 45 06 26 7 08 38 58
	01 13 4 04 24 34 45 06 56 17 37 8
	0 12 24 5 15 35 45 56 17 67 28 48
	1 03 23 05 35 6 26 46 56 67 28 78
	2 03 14 34 16 46 7 37 57 67 08 78
	. 01 3 14 25 45 27 57 8 08 48 68 78
	. 1 01 12 23 04 5 16 36 07 47 67 18
	. 0 01 12 4 05 25 36 56 07 08 38 68`

// substitute evaluates the formulas of an S-box for the input x.
func substitute(formulas string, x int) int {
	y := 0
	for i, line := range strings.Split(strings.TrimSpace(formulas), "\n") {
		sum := 0
		for _, product := range strings.Fields(line) {
			value := 1
			for _, variable := range strings.TrimPrefix(product, ".") {
				value &= x >> (variable - '0')
			}
			sum ^= value & 1
		}
		y |= sum << i
	}
	return y
}

// schedule holds the key words K1…K8 and K'1…K'8, counted from one and round
// again after eight, as the cipher's designers number them.
type schedule struct{ k, derived [8]int }

func newSchedule(key []byte) (s schedule) {
	for i := range s.k {
		s.k[i] = int(key[2*i])*256 + int(key[2*i+1])
	}
	for i := range s.derived {
		s.derived[i] = scramble16(s.K(i+1), s.K(i+2))
	}
	return s
}

// K returns the key word Ki.
func (s schedule) K(i int) int { return s.k[(i-1)%8] }

// D returns the derived key word K'i.
func (s schedule) D(i int) int { return s.derived[(i-1)%8] }

// scramble16 is the function FI: nine and seven bits that take turns.
func scramble16(x, key int) int {
	nine, seven := x/128, x%128
	nine = substitute(s9Formulas, nine) ^ seven
	seven = substitute(s7Formulas, seven) ^ nine%128
	seven ^= key / 512
	nine ^= key % 512
	nine = substitute(s9Formulas, nine) ^ seven
	return seven*512 + nine
}

// scramble32 is the function FO of round i, counted from one.
func (s schedule) scramble32(x, i int) int {
	left, right := x/65536, x%65536
	rounds := []struct{ before, inside int }{
		{s.K(i), s.D(i + 5)},
		{s.K(i + 2), s.D(i + 1)},
		{s.K(i + 7), s.D(i + 3)},
	}
	for _, round := range rounds {
		left, right = right, scramble16(left^round.before, round.inside)^right
	}
	return (left^s.K(i+4))*65536 + right
}

// unlayer32 is the inverse of the function FL number i, counted from one.
func (s schedule) unlayer32(x, i int) int {
	left, right := x/65536, x%65536
	and, or := s.K((i+1)/2), s.D((i+1)/2+6)
	if i%2 == 0 {
		and, or = s.D(i/2+2), s.K(i/2+4)
	}
	left ^= right | or
	right ^= left & and
	return left*65536 + right
}

// decipher undoes the eight rounds of MISTY1, last first.
func decipher(key []byte, block *big.Int) *big.Int {
	s := newSchedule(key)
	first, second := int(field(block, 32, 32).Int64()), int(field(block, 0, 32).Int64())
	left, right := s.unlayer32(second, 9), s.unlayer32(first, 10)
	for i := 8; i >= 2; i -= 2 {
		left ^= s.scramble32(right, i)
		right ^= s.scramble32(left, i-1)
		left, right = s.unlayer32(left, i-1), s.unlayer32(right, i)
	}
	return new(big.Int).Add(shift(big.NewInt(int64(left)), 32), big.NewInt(int64(right)))
}
