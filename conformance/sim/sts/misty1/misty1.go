// Package misty1 is the MISTY1 block cipher of RFC 2994: 64-bit blocks, 128-bit
// keys, eight rounds. STS calls it encryption algorithm 11.
//
// It serves a simulator. Its table look-ups depend on the key and the data, so
// its timing does too: do not put it in front of keys that matter.
package misty1

import (
	"crypto/cipher"
	"encoding/binary"
)

// BlockSize and KeySize are the cipher's sizes in bytes.
const (
	BlockSize = 8
	KeySize   = 16
)

const rounds = 8

// block holds the expanded key EK of RFC 2994 section 2.2: the eight key words,
// then their eight derived words. The RFC's EK[16..31] are the low nine and the
// high seven bits of the derived words, which FI splits off itself.
type block struct {
	ek [16]uint16
}

// New returns the cipher for a key.
func New(key [KeySize]byte) cipher.Block {
	b := new(block)
	for i := range 8 {
		b.ek[i] = binary.BigEndian.Uint16(key[2*i:])
	}
	for i := range 8 {
		b.ek[8+i] = fi(b.ek[i], b.ek[(i+1)%8])
	}
	return b
}

func (b *block) BlockSize() int { return BlockSize }

// Encrypt encrypts the first block of src into dst, which may be the same
// memory. Like every cipher.Block it panics if either is shorter than a block.
func (b *block) Encrypt(dst, src []byte) {
	left, right := split(src)
	for k := 0; k < rounds; k += 2 {
		left = b.fl(left, k)
		right = b.fl(right, k+1)
		right ^= b.fo(left, k)
		left ^= b.fo(right, k+1)
	}
	join(dst, b.fl(right, rounds+1), b.fl(left, rounds))
}

// Decrypt is the inverse of Encrypt.
func (b *block) Decrypt(dst, src []byte) {
	right, left := split(src)
	left = b.flInverse(left, rounds)
	right = b.flInverse(right, rounds+1)
	for k := rounds - 2; k >= 0; k -= 2 {
		left ^= b.fo(right, k+1)
		right ^= b.fo(left, k)
		left = b.flInverse(left, k)
		right = b.flInverse(right, k+1)
	}
	join(dst, left, right)
}

func split(src []byte) (left, right uint32) {
	return binary.BigEndian.Uint32(src[:4]), binary.BigEndian.Uint32(src[4:BlockSize])
}

func join(dst []byte, left, right uint32) {
	_ = dst[BlockSize-1]
	binary.BigEndian.PutUint32(dst, left)
	binary.BigEndian.PutUint32(dst[4:], right)
}

// fo is the RFC's FO: a three-round Feistel network of FI over 32 bits.
func (b *block) fo(in uint32, k int) uint32 {
	high, low := uint16(in>>16), uint16(in)
	high = fi(high^b.ek[k], b.ek[8+(k+5)%8]) ^ low
	low = fi(low^b.ek[(k+2)%8], b.ek[8+(k+1)%8]) ^ high
	high = fi(high^b.ek[(k+7)%8], b.ek[8+(k+3)%8]) ^ low
	low ^= b.ek[(k+4)%8]
	return uint32(low)<<16 | uint32(high)
}

// fi is the RFC's FI: an unbalanced network of nine and seven bits.
func fi(in, key uint16) uint16 {
	nine, seven := in>>7, in&0x7f
	nine = s9[nine] ^ seven
	seven = s7[seven] ^ nine&0x7f
	seven ^= key >> 9
	nine ^= key & 0x1ff
	nine = s9[nine] ^ seven
	return seven<<9 | nine
}

// flKeys returns the two key words of FL's step k, which differ for even and
// odd steps.
func (b *block) flKeys(k int) (and, or uint16) {
	half := k / 2
	if k%2 == 0 {
		return b.ek[half], b.ek[8+(half+6)%8]
	}
	return b.ek[8+(half+2)%8], b.ek[(half+4)%8]
}

// fl is the RFC's FL, a key-dependent linear map of 32 bits.
func (b *block) fl(in uint32, k int) uint32 {
	and, or := b.flKeys(k)
	high, low := uint16(in>>16), uint16(in)
	low ^= high & and
	high ^= low | or
	return uint32(high)<<16 | uint32(low)
}

func (b *block) flInverse(in uint32, k int) uint32 {
	and, or := b.flKeys(k)
	high, low := uint16(in>>16), uint16(in)
	high ^= low | or
	low ^= high & and
	return uint32(high)<<16 | uint32(low)
}
