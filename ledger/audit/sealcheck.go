package audit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// countHeads counts the heads in a file. Those that are added later may be of
// entries that a snapshot taken meanwhile does not show.
func countHeads(path string) (n int, err error) {
	if path == "" {
		return 0, nil
	}
	for _, err := range ReadHeads(path) {
		if errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		if err == nil {
			n++
		}
	}
	return n, nil
}

// sealCheck goes along the chain.
type sealCheck struct {
	n     int64
	chain [HashSize]byte

	published func() (Head, error, bool)
	waiting   *Head // the next published head
	left      int   // published heads to come
}

// walkSeal computes the chain again from the entries, and compares with it the
// seals, the signed heads and the published heads.
func (v *verifier) walkSeal() error {
	c := &sealCheck{left: v.published}
	if v.o.HeadsFile != "" {
		next, stop := iter.Pull2(ReadHeads(v.o.HeadsFile))
		defer stop()
		c.published = next
		v.nextPublished(c)
	}
	err := pages(func() (int, error) {
		var seals []sealRow
		err := v.list(&seals, "SELECT n, entry_id, entry_hash, chain FROM seal WHERE n > ? ORDER BY n LIMIT ?", c.n, pageSize)
		if err != nil || len(seals) == 0 {
			return 0, err
		}
		return len(seals), v.judgeSeals(c, seals)
	})
	if err != nil {
		return err
	}
	return v.judgeLooseHeads(c)
}

// nextPublished reads the next head of the heads file.
func (v *verifier) nextPublished(c *sealCheck) {
	c.waiting = nil
	if c.published == nil {
		return
	}
	switch head, err, ok := c.published(); {
	case !ok:
	case err != nil:
		v.report.violate(projected, "published heads", "a readable file", err.Error())
	case c.left > 0:
		c.left--
		c.waiting = &head
	}
}

func (v *verifier) judgeSeals(c *sealCheck, seals []sealRow) error {
	ids := make([]ledger.ID, len(seals))
	for i := range seals {
		ids[i] = seals[i].EntryID
	}
	found, err := v.entries(ids)
	if err != nil {
		return err
	}
	entries := make(map[ledger.ID]*entry, len(found))
	for _, e := range found {
		entries[e.ID] = e
	}
	var heads []headRow
	err = v.list(&heads, `SELECT n, chain, signed_at, key_id, signature FROM seal_head
		WHERE n > ? AND n <= ? ORDER BY n`, c.n, seals[len(seals)-1].N)
	if err != nil {
		return err
	}
	v.report.count(projected, "seals", int64(len(seals)))
	for i := range seals {
		v.judgeSeal(c, &seals[i], entries[seals[i].EntryID])
		for len(heads) > 0 && heads[0].N <= c.n {
			v.judgeHead(c, heads[0].head())
			heads = heads[1:]
		}
		for c.waiting != nil && c.waiting.N <= c.n {
			v.judgePublished(c, *c.waiting)
			v.nextPublished(c)
		}
	}
	return nil
}

// judgeSeal compares a seal with its entry and with the seal before it.
func (v *verifier) judgeSeal(c *sealCheck, s *sealRow, e *entry) {
	name := fmt.Sprintf("seal %d", s.N)
	if s.N != c.n+1 {
		v.report.violate(projected, name, fmt.Sprintf("seal %d in its place", c.n+1), "a gap")
	}
	switch {
	case e == nil:
		v.report.violate(projected, "entry "+s.EntryID.String(), "to be there, as "+name+" is of it", "none")
	case len(s.EntryHash) != HashSize || e.hash() != [HashSize]byte(s.EntryHash):
		v.report.violate(projected, "entry "+s.EntryID.String(), "to be as it was sealed, with its postings", "it or its postings changed")
	}
	if want := link(c.chain, s.N, [HashSize]byte(padded(s.EntryHash))); !bytes.Equal(want[:], s.Chain) {
		v.report.violate(projected, name, "chain "+hex.EncodeToString(want[:]), hex.EncodeToString(s.Chain))
	}
	c.n, c.chain = s.N, [HashSize]byte(padded(s.Chain))
}

// padded is a stored hash at its full length, whatever was stored.
func padded(hash []byte) []byte {
	return append(bytes.Clone(hash), make([]byte, HashSize)...)[:HashSize]
}

// judgeHead compares a head with the chain and verifies its signature.
func (v *verifier) judgeHead(c *sealCheck, h Head) {
	v.report.count(projected, "heads", 1)
	name := fmt.Sprintf("head %d", h.N)
	if h.N != c.n || !bytes.Equal(h.Chain, c.chain[:]) {
		v.report.violate(projected, name, "chain "+hex.EncodeToString(c.chain[:]), hex.EncodeToString(h.Chain))
	}
	v.judgeSignature(name, h)
}

func (v *verifier) judgeSignature(name string, h Head) {
	if v.o.Keys == nil {
		return
	}
	if fault := h.verify(v.o.Keys); fault != "" {
		v.report.violate(projected, name, "a signature that verifies", fault)
	}
}

func (v *verifier) judgePublished(c *sealCheck, h Head) {
	v.report.count(projected, "published heads", 1)
	name := publishedName(h)
	if h.N != c.n || !bytes.Equal(h.Chain, c.chain[:]) {
		v.report.violate(projected, name, "chain "+hex.EncodeToString(h.Chain)+" in the database",
			hex.EncodeToString(c.chain[:])+": the journal was rewritten after it was published")
	}
	v.judgeSignature(name, h)
}

func publishedName(h Head) string {
	return fmt.Sprintf("published head %d of %s", h.N, h.SignedAt.UTC().Format(time.RFC3339))
}

// judgeLooseHeads finds heads that are ahead of the chain.
func (v *verifier) judgeLooseHeads(c *sealCheck) error {
	for after := c.n; ; {
		heads, err := v.heads(after)
		if err != nil {
			return err
		}
		if len(heads) == 0 {
			break
		}
		for _, h := range heads {
			v.report.violate(projected, fmt.Sprintf("head %d", h.N), "a seal of that number", "none")
			after = h.N
		}
	}
	for ; c.waiting != nil; v.nextPublished(c) {
		v.report.violate(projected, publishedName(*c.waiting), "to be in the database",
			fmt.Sprintf("only %d seals: the journal was cut, or restored from an older copy", c.n))
	}
	return nil
}
