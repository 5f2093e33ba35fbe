package stockmail

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// What a text is; a serial may well equal a PIN.
const (
	onceSerial byte = iota
	oncePIN
)

// once remembers which serials and PINs a file had, as the first 128 bits of a hash
// with a key of its own: what is in memory tells no PIN, and nobody can aim at it. A
// file of a million vouchers takes about 40 MB, in pages without pointers.
type once struct {
	key   [16]byte
	heads []uint32 // of a chain of blocks for each prefix of a hash; 0 ends it
	pages [][]block
	used  uint32 // blocks in use, that of number 0 included
}

// block holds some hashes, the newest block of a chain first: only that one is not full.
type block struct {
	hashes [15][2]uint64
	next   uint32
	count  uint32
}

const (
	chainBits = 16
	pageBits  = 10 // of 256 bytes each
)

func newOnce() *once {
	o := &once{heads: make([]uint32, 1<<chainBits), used: 1}
	if _, err := rand.Read(o.key[:]); err != nil {
		panic(err) // documented never to happen
	}
	return o
}

// add tells whether a text is new, and remembers it.
func (o *once) add(what byte, text []byte) bool {
	h := o.hash(what, text)
	head := &o.heads[h[0]>>(64-chainBits)]
	for i := *head; i != 0; {
		b := o.block(i)
		for _, had := range b.hashes[:b.count] {
			if had == h {
				return false
			}
		}
		i = b.next
	}
	if *head == 0 || o.block(*head).count == uint32(len(block{}.hashes)) {
		*head = o.push(*head)
	}
	b := o.block(*head)
	b.hashes[b.count] = h
	b.count++
	return true
}

func (o *once) block(i uint32) *block { return &o.pages[i>>pageBits][i&(1<<pageBits-1)] }

// push puts a new block before a chain.
func (o *once) push(next uint32) uint32 {
	i := o.used
	o.used++
	if int(i>>pageBits) == len(o.pages) {
		o.pages = append(o.pages, make([]block, 1<<pageBits))
	}
	o.block(i).next = next
	return i
}

// hash is the keyed hash of a text of at most maxText characters, in bytes.
func (o *once) hash(what byte, text []byte) [2]uint64 {
	var room [17 + maxText]byte
	in := append(append(append(room[:0], o.key[:]...), what), text...)
	sum := sha256.Sum256(in)
	return [2]uint64{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])}
}
