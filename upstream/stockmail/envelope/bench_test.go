package envelope_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// millionLines is how large a delivery may well be; some 70 MB.
const millionLines = 1_000_000

// BenchmarkOpen reads a million lines out of a mail that GnuPG packed and encrypted.
func BenchmarkOpen(b *testing.B) {
	for _, packing := range []string{"none", "zlib"} {
		b.Run(packing, func(b *testing.B) {
			w := newWorld(b)
			clear := manyLines(millionLines)
			w.opener.Limits = envelope.Limits{Input: 1 << 30}
			input := pgpMIME(w.seal(clear, "--armor", "--compress-algo", packing))
			b.SetBytes(int64(len(clear)))
			clear = nil
			for b.Loop() {
				d, err := w.opener.Open(bytes.NewReader(input), envelope.Terms{Supplier: "ACME"})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGnuPG decrypts the same with GnuPG, from armour and without the mail.
func BenchmarkGnuPG(b *testing.B) {
	for _, packing := range []string{"none", "zlib"} {
		b.Run(packing, func(b *testing.B) {
			w := newGPG(b)
			w.key(ourAddress, "never")
			w.key(theirAddress, "never")
			clear := manyLines(millionLines)
			armoured := w.seal(clear, "--armor", "--compress-algo", packing)
			b.SetBytes(int64(len(clear)))
			for b.Loop() {
				w.run(armoured, "--output", "/dev/null", "--decrypt")
			}
		})
	}
}

// BenchmarkAESGCM is a floor: the same bytes decrypted and hashed, and no more.
func BenchmarkAESGCM(b *testing.B) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	const chunk = 64 << 10
	clear := manyLines(millionLines)
	nonce, out := make([]byte, aead.NonceSize()), make([]byte, 0, chunk)
	var sealed [][]byte
	for at := 0; at < len(clear); at += chunk {
		sealed = append(sealed, aead.Seal(nil, nonce, clear[at:min(at+chunk, len(clear))], nil))
	}
	b.SetBytes(int64(len(clear)))
	for b.Loop() {
		sum := sha256.New()
		for _, s := range sealed {
			if out, err = aead.Open(out[:0], nonce, s, nil); err != nil {
				b.Fatal(err)
			}
			sum.Write(out)
		}
	}
}
