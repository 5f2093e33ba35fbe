package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// HashSize is the length of entry hashes and chain values, in bytes.
const HashSize = sha256.Size

// Each kind of hashed or signed content begins with a label of its own, so that
// none can be passed off as another.
const (
	entryLabel = "vendswitch entry 1"
	chainLabel = "vendswitch chain 1"
	headLabel  = "vendswitch head 1"
)

// entry is a row of the journal with its postings, as it is hashed.
type entry struct {
	ID     ledger.ID
	At     time.Time
	Kind   string
	SaleID ledger.ID // zero if NULL
	LegID  ledger.ID // zero if NULL
	Actor  string
	Body   string
	Lines  []line // in the order of their numbers
}

// line is a row of posting.
type line struct {
	Number   int64
	At       time.Time
	Account  string
	Amount   int64
	Currency string
}

// digest writes values in one canonical form: integers as eight bytes, times as
// microseconds since 1970, texts after their length.
type digest struct{ hash.Hash }

func newDigest(label string) digest {
	d := digest{sha256.New()}
	d.text(label)
	return d
}

func (d digest) integer(n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	d.Write(b[:])
}

func (d digest) text(s string) {
	d.integer(int64(len(s)))
	d.Write([]byte(s))
}

func (d digest) time(t time.Time) { d.integer(t.UnixMicro()) }

func (d digest) id(id ledger.ID) { d.Write(id[:]) }

// hash is the entry hash: SHA-256 over every column of the entry and of its
// postings, so that it is the same in both databases and after a restore.
func (e *entry) hash() [HashSize]byte {
	d := newDigest(entryLabel)
	d.id(e.ID)
	d.time(e.At)
	d.text(e.Kind)
	d.id(e.SaleID)
	d.id(e.LegID)
	d.text(e.Actor)
	d.text(e.Body)
	d.integer(int64(len(e.Lines)))
	for _, l := range e.Lines {
		d.integer(l.Number)
		d.time(l.At)
		d.text(l.Account)
		d.integer(l.Amount)
		d.text(l.Currency)
	}
	return [HashSize]byte(d.Sum(nil))
}

// link is the chain value after the n-th entry. The one before the first is all
// zeros.
func link(before [HashSize]byte, n int64, entryHash [HashSize]byte) [HashSize]byte {
	d := newDigest(chainLabel)
	d.Write(before[:])
	d.integer(n)
	d.Write(entryHash[:])
	return [HashSize]byte(d.Sum(nil))
}

// Head is a signed statement that the chain had the value Chain after N
// entries.
type Head struct {
	N         int64     `json:"n"`
	Chain     []byte    `json:"chain"` // HashSize bytes
	SignedAt  time.Time `json:"signed_at"`
	KeyID     string    `json:"key_id"`
	Signature []byte    `json:"signature"` // Ed25519
}

// message is what the signature of a head is made over.
func (h *Head) message() []byte {
	b := append([]byte(nil), headLabel...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.N))
	b = append(b, h.Chain...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.SignedAt.UnixMicro()))
	return append(b, h.KeyID...)
}

// Signer makes the signatures of heads; vault.SigningKey is one.
type Signer interface {
	ID() string
	Sign(message []byte) []byte
}

// sign makes the head after n entries.
func sign(s Signer, n int64, chain [HashSize]byte, at time.Time) Head {
	h := Head{N: n, Chain: chain[:], SignedAt: at.UTC().Truncate(time.Microsecond), KeyID: s.ID()}
	h.Signature = s.Sign(h.message())
	return h
}

// Verifier finds the public half of a signing key by its id; vault.Keyring is
// one.
type Verifier interface {
	VerifyingKey(id string) (ed25519.PublicKey, error)
}

// verify reports why a head's signature is not good, empty if it is.
func (h *Head) verify(v Verifier) string {
	key, err := v.VerifyingKey(h.KeyID)
	if err != nil {
		return err.Error()
	}
	if len(h.Chain) != HashSize || !ed25519.Verify(key, h.message(), h.Signature) {
		return "its signature does not verify"
	}
	return ""
}
