package xmlvend

import "crypto/sha256"

// Digest identifies the content of a request: two requests have the same digest
// when they differ in nothing but passwords, card data, prefixes, white space between
// elements, idle zeros of numbers, or SOAP version. A repeated message id with
// another digest is another request.
func Digest(r Request) [sha256.Size]byte {
	e := encoder{buf: make([]byte, 0, 2048), digest: true}
	e.payload(r)
	return sha256.Sum256(e.buf)
}
