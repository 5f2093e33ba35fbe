package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/uuid"
)

// writer joins values as the package comment says, in a second implementation.
type writer struct{ bytes.Buffer }

func (w *writer) integer(n int64)  { binary.Write(w, binary.BigEndian, n) }
func (w *writer) time(t time.Time) { w.integer(t.UnixMicro()) }
func (w *writer) text(s string)    { w.integer(int64(len(s))); w.WriteString(s) }

func (w *writer) sum() []byte {
	sum := sha256.Sum256(w.Bytes())
	return sum[:]
}

// TestTheChainCanBeComputedFromItsDescription is what an auditor would do who
// has the database, the heads and the public key, and trusts no program of ours.
func TestTheChainCanBeComputedFromItsDescription(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		w.seal()
		db := w.database()
		var seals []struct {
			N     int64         `db:"n"`
			Chain []byte        `db:"chain"`
			ID    uuid.UUID     `db:"id"`
			At    time.Time     `db:"at"`
			Kind  string        `db:"kind"`
			Sale  uuid.NullUUID `db:"sale_id"`
			Leg   uuid.NullUUID `db:"leg_id"`
			Actor string        `db:"actor"`
			Body  string        `db:"body"`
		}
		w.must(db.Select(&seals, `SELECT s.n, s.chain, e.id, e.at, e.kind, e.sale_id, e.leg_id, e.actor, e.body
			FROM seal AS s JOIN entry AS e ON e.id = s.entry_id ORDER BY s.n`))
		if len(seals) < 40 {
			t.Fatalf("%d seals, want those of a busy day", len(seals))
		}
		chain := make([]byte, 32)
		for i, s := range seals {
			if s.N != int64(i+1) {
				t.Fatalf("seal %d is the %dth", s.N, i+1)
			}
			var lines []struct {
				Line     int64     `db:"line"`
				At       time.Time `db:"at"`
				Account  string    `db:"account"`
				Amount   int64     `db:"amount"`
				Currency string    `db:"currency"`
			}
			w.must(db.Select(&lines, db.Rebind("SELECT line, at, account, amount, currency FROM posting WHERE entry_id = ? ORDER BY line"), s.ID))
			var entry, link writer
			entry.text("vendswitch entry 1")
			entry.Write(s.ID[:])
			entry.time(s.At)
			entry.text(s.Kind)
			entry.Write(s.Sale.UUID[:])
			entry.Write(s.Leg.UUID[:])
			entry.text(s.Actor)
			entry.text(s.Body)
			entry.integer(int64(len(lines)))
			for _, l := range lines {
				entry.integer(l.Line)
				entry.time(l.At)
				entry.text(l.Account)
				entry.integer(l.Amount)
				entry.text(l.Currency)
			}
			link.text("vendswitch chain 1")
			link.Write(chain)
			link.integer(s.N)
			link.Write(entry.sum())
			chain = link.sum()
			if !bytes.Equal(chain, s.Chain) {
				t.Fatalf("chain after seal %d is %x, want %x", s.N, s.Chain, chain)
			}
		}
		head := w.published()[0]
		var signed writer
		signed.WriteString("vendswitch head 1")
		signed.integer(head.N)
		signed.Write(chain)
		signed.time(head.SignedAt)
		signed.WriteString(head.KeyID)
		if head.N != int64(len(seals)) || !ed25519.Verify(w.keys.SigningKey().Public(), signed.Bytes(), head.Signature) {
			t.Error("the published head does not sign the chain")
		}
	})
}
