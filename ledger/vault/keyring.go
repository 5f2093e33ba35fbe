// Package vault seals what must never be stored or shown in the clear: tokens,
// voucher PINs, suppliers' passwords, outcomes and raw answers.
//
// A Keyring comes from a key file (see Load) and does three things, each with
// keys of its own: it seals and opens values, it makes the keyed hashes by
// which a sealed value can be found and kept unique, and it signs the heads of
// the audit chain.
//
// A sealed value is AES-256-GCM with a random 96-bit nonce. Its bytes are
//
//	version (1) | length of key id (1) | key id | nonce (12) | ciphertext and tag (16 more than the plain text)
//
// and everything before the nonce is authenticated along with the caller's
// additional data, which must name the record that the value belongs to, so
// that a sealed value copied into another record does not open there.
//
// With random nonces one key may seal 2^32 values (NIST SP 800-38D, 8.3). At
// three sealed values a sale that is 1,400 million sales: put a new sealing key
// into the key file well before that.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// KeySize is the length of a sealing key, of the hash key and of a signing
// seed, in bytes.
const KeySize = 32

const (
	formVersion = 1
	maxIDLength = 32
	nonceSize   = 12
	tagSize     = 16
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrDamaged means that a sealed value is truncated, was altered, or was
	// sealed for another record.
	ErrDamaged = errors.New("sealed value is damaged or belongs to another record")
	// ErrUnknownKey means that the key file lacks the key that a value was
	// sealed or signed with.
	ErrUnknownKey = errors.New("key is not in the key file")
)

// Keyring holds the keys of one installation. It is safe for concurrent use,
// and prints, logs and marshals as "[redacted]".
type Keyring struct {
	// keys is a function because fmt, where it cannot call Format (in an
	// unexported field), prints what pointers point to but not what a function
	// holds.
	keys func() *keys
}

type keys struct {
	aeads   map[string]cipher.AEAD
	active  string
	hash    []byte
	signing SigningKey
	signers map[string]SigningKey
}

// Seal encrypts plain with the active key and binds it to aad, the identity of
// the record it is stored in.
func (k *Keyring) Seal(plain, aad []byte) []byte {
	keys := k.keys()
	id := keys.active
	sealed := make([]byte, 0, 2+len(id)+nonceSize+len(plain)+tagSize)
	sealed = append(sealed, formVersion, byte(len(id)))
	sealed = append(sealed, id...)
	return keys.aeads[id].Seal(sealed, nil, plain, bind(sealed, aad))
}

// Open decrypts a value made by Seal with the same aad, under whichever key of
// the key file it was sealed. The error is ErrDamaged or ErrUnknownKey.
func (k *Keyring) Open(sealed, aad []byte) ([]byte, error) {
	id, body, err := split(sealed)
	if err != nil {
		return nil, err
	}
	aead, ok := k.keys().aeads[id]
	if !ok {
		return nil, fmt.Errorf("sealing key %q: %w", id, ErrUnknownKey)
	}
	header := sealed[:len(sealed)-len(body)]
	plain, err := aead.Open(nil, nil, body, bind(header, aad))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

// KeyID names the key that a value was sealed with, so that a rotation can tell
// what is still sealed with an old one. It does not check the value.
func KeyID(sealed []byte) (string, error) {
	id, _, err := split(sealed)
	return id, err
}

// Hash is the HMAC-SHA-256 of value under the hash key, 32 bytes. Values of
// different domains never collide: the domain says what the value is, such as
// "token" or "pin".
//
// The hash key cannot be rotated as a sealing key can: with a new one, values
// hashed before are no longer recognised.
func (k *Keyring) Hash(domain, value string) []byte {
	mac := hmac.New(sha256.New, k.keys().hash)
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(domain)))
	mac.Write(length[:])
	mac.Write([]byte(domain))
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

// split takes a sealed value apart into the key's id and what follows it.
func split(sealed []byte) (id string, body []byte, err error) {
	if len(sealed) < 2 || sealed[0] != formVersion {
		return "", nil, ErrDamaged
	}
	n := int(sealed[1])
	if n == 0 || n > maxIDLength || len(sealed) < 2+n+nonceSize+tagSize {
		return "", nil, ErrDamaged
	}
	return string(sealed[2 : 2+n]), sealed[2+n:], nil
}

// bind makes the additional data of a value: the header says where it ends, so
// that no two pairs of header and aad give the same bytes.
func bind(header, aad []byte) []byte {
	bound := make([]byte, 0, len(header)+len(aad))
	bound = append(bound, header...)
	return append(bound, aad...)
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
