package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
)

// Proof shows what the journal says about a voucher, so that it can be checked
// without the database: each entry as it is hashed, its place in the chain, and a
// signed head that covers it. It holds no PIN. Of who saw the PIN tell the entries
// of its sale: sale.sold when it was sold, disclosure each time that it was shown
// again.
type Proof struct {
	MadeAt  time.Time    `json:"madeAt"`
	Voucher ProofVoucher `json:"voucher"`
	Entries []ProofEntry `json:"entries"`         // in the order of the chain
	Loose   []ledger.ID  `json:"loose,omitempty"` // entries that are not sealed yet, or have no signed head yet
}

// ProofVoucher is the voucher that the proof is about.
type ProofVoucher struct {
	ID       ledger.ID         `json:"id"`
	Supplier string            `json:"supplier"`
	Serial   string            `json:"serial"`
	Product  string            `json:"product"`
	Batch    string            `json:"batch"`
	State    ledger.StockState `json:"state"`
	SaleID   ledger.ID         `json:"saleID,omitzero"`
}

// ProofEntry is an entry with its place in the chain.
type ProofEntry struct {
	N         int64       `json:"n"`
	ID        ledger.ID   `json:"id"`
	At        time.Time   `json:"at"`
	Kind      string      `json:"kind"`
	SaleID    ledger.ID   `json:"saleID,omitzero"`
	LegID     ledger.ID   `json:"legID,omitzero"`
	Actor     string      `json:"actor"`
	Body      string      `json:"body"`
	Postings  []ProofLine `json:"postings,omitempty"`
	EntryHash []byte      `json:"entryHash"`           // base64, as all hashes here
	Before    []byte      `json:"before"`              // the chain value before it
	Chain     []byte      `json:"chain"`               // the chain value after it
	Following [][]byte    `json:"following,omitempty"` // entry hashes after it, up to the head's
	Head      ProofHead   `json:"head"`
}

// ProofLine is a posting.
type ProofLine struct {
	Line     int64     `json:"line"`
	At       time.Time `json:"at"`
	Account  string    `json:"account"`
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
}

// ProofHead is a Head. It should also be in the heads file that was published.
type ProofHead struct {
	N         int64     `json:"n"`
	Chain     []byte    `json:"chain"`
	SignedAt  time.Time `json:"signedAt"`
	KeyID     string    `json:"keyID"`
	Signature []byte    `json:"signature"`
}

// Prove makes the proof for a voucher: of the entries that loaded its batch and moved
// it, or all of its batch that was then in its state, and all entries of its sale.
func Prove(ctx context.Context, store *ledger.Store, voucher ledger.StockedVoucher, now time.Time) (*Proof, error) {
	p := &Proof{Entries: []ProofEntry{}, MadeAt: now.UTC().Truncate(time.Microsecond), Voucher: ProofVoucher{ID: voucher.ID, Supplier: voucher.Supplier,
		Serial: voucher.Serial, Product: voucher.Product, Batch: voucher.Batch, State: voucher.State, SaleID: voucher.SaleID}}
	err := store.View(ctx, func(tx *sqlx.Tx) error {
		q := queryer{ctx, tx}
		ids, err := q.about(voucher)
		if err != nil || len(ids) == 0 {
			return err
		}
		entries, err := q.entries(ids)
		if err != nil {
			return err
		}
		for _, e := range entries {
			told := ProofEntry{Kind: e.Kind, SaleID: e.SaleID, Body: e.Body}
			if about, err := told.about(p.Voucher); err != nil || !about {
				if err != nil {
					return err
				}
				continue // of other vouchers of the batch
			}
			proven, ok, err := q.prove(e)
			switch {
			case err != nil:
				return err
			case ok:
				p.Entries = append(p.Entries, proven)
			default:
				p.Loose = append(p.Loose, e.ID)
			}
		}
		return nil
	})
	slices.SortFunc(p.Entries, func(a, b ProofEntry) int { return int(a.N - b.N) })
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return p, nil
}

// about lists the entries that may tell of a voucher: those that loaded and approved
// its batch, those that moved vouchers of it since, and those of its sale.
func (q queryer) about(voucher ledger.StockedVoucher) ([]ledger.ID, error) {
	var ids []ledger.ID
	err := q.list(&ids, `SELECT entry_id FROM stock_batch WHERE supplier = ? AND name = ? AND state <> 'rejected'`, voucher.Supplier, voucher.Batch)
	if err != nil {
		return nil, err
	}
	var approved []ledger.ID
	err = q.list(&approved, `SELECT e.id FROM stock_batch AS b JOIN entry AS e ON e.at = b.decided_at AND e.kind = ?
		WHERE b.supplier = ? AND b.name = ? AND b.state = 'active' AND e.actor = b.decided_by`,
		ledger.EntryStockApproved, voucher.Supplier, voucher.Batch)
	if err != nil {
		return nil, err
	}
	ids = append(ids, approved...)
	var moved []ledger.ID
	err = q.list(&moved, `SELECT m.entry_id FROM stock_batch AS b JOIN stock_move AS m ON m.batch = b.entry_id
		WHERE b.supplier = ? AND b.name = ? AND b.state = 'active'`, voucher.Supplier, voucher.Batch)
	if err != nil {
		return nil, err
	}
	ids = append(ids, moved...)
	if (voucher.SaleID == ledger.ID{}) {
		return ids, nil
	}
	var ofSale []ledger.ID
	err = q.list(&ofSale, "SELECT id FROM entry WHERE sale_id = ?", voucher.SaleID)
	return append(ids, ofSale...), err
}

// prove finds an entry's place in the chain and the first head that covers it. It
// is false if there is none yet.
func (q queryer) prove(e *entry) (ProofEntry, bool, error) {
	p := ProofEntry{ID: e.ID, At: e.At.UTC(), Kind: e.Kind, SaleID: e.SaleID, LegID: e.LegID, Actor: e.Actor, Body: e.Body}
	for _, l := range e.Lines {
		p.Postings = append(p.Postings, ProofLine{l.Number, l.At.UTC(), l.Account, l.Amount, l.Currency})
	}
	var seals []sealRow
	if err := q.list(&seals, "SELECT n, entry_id, entry_hash, chain FROM seal WHERE entry_id = ?", e.ID); err != nil || len(seals) == 0 {
		return p, false, err
	}
	p.N, p.EntryHash, p.Chain = seals[0].N, seals[0].EntryHash, seals[0].Chain
	heads, err := q.heads(p.N - 1)
	if err != nil || len(heads) == 0 {
		return p, false, err
	}
	h := heads[0]
	p.Head = ProofHead(h)
	p.Before = make([]byte, HashSize)
	var around []sealRow
	err = q.list(&around, "SELECT n, entry_id, entry_hash, chain FROM seal WHERE n >= ? AND n <= ? ORDER BY n", p.N-1, h.N)
	for _, s := range around {
		switch {
		case s.N == p.N-1:
			p.Before = s.Chain
		case s.N > p.N:
			p.Following = append(p.Following, s.EntryHash)
		}
	}
	return p, true, err
}

// ErrProof means that a proof does not hold.
var ErrProof = errors.New("the proof does not hold")

// Check checks a proof without the database: every entry is about its voucher,
// hashes to what is said, the chain leads from it to a head, and the head is signed.
//
// Whether the heads are those that were published is for who holds the heads file to
// compare. That no entry was left out, and that the serial is that of the voucher's
// id, a proof cannot show: the journal names vouchers by their ids. Errors: ErrProof.
func (p *Proof) Check(keys Verifier) error {
	if fault := p.fault(); fault != "" {
		return fmt.Errorf("%w: %s", ErrProof, fault)
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		if fault := e.fault(keys); fault != "" {
			return fmt.Errorf("%w: entry %s: %s", ErrProof, e.ID, fault)
		}
	}
	return nil
}

// fault says what in a proof is not about its voucher, empty if all is.
func (p *Proof) fault() string {
	if len(p.Entries) == 0 {
		return "it has no entries"
	}
	loaded, sold := false, false
	for i := range p.Entries {
		e := &p.Entries[i]
		about, err := e.about(p.Voucher)
		switch {
		case err != nil:
			return fmt.Sprintf("entry %s cannot be read: %v", e.ID, err)
		case !about:
			return fmt.Sprintf("entry %s is not about the voucher", e.ID)
		}
		loaded = loaded || e.Kind == ledger.EntryStock
		sold = sold || e.Kind == ledger.EntrySaleSold
	}
	waits := len(p.Loose) > 0 // for a seal
	switch {
	case !loaded && !waits:
		return "no entry tells how the voucher came"
	case (p.Voucher.SaleID != ledger.ID{}) != (p.Voucher.State == ledger.StockSold):
		return fmt.Sprintf("it is of a voucher that is %s, and of sale %s", p.Voucher.State, p.Voucher.SaleID)
	case p.Voucher.SaleID != (ledger.ID{}) && !sold && !waits:
		return "no entry tells of its sale"
	}
	return ""
}

// about reports whether an entry is about a voucher, its batch or its sale.
func (e *ProofEntry) about(v ProofVoucher) (bool, error) {
	switch e.Kind {
	case ledger.EntryStock:
		var b ledger.StockBody
		err := json.Unmarshal([]byte(e.Body), &b)
		return b.Supplier == v.Supplier && b.Batch == v.Batch &&
			slices.ContainsFunc(b.Lines, func(l ledger.StockLine) bool { return l.Product == v.Product }), err
	case ledger.EntryStockApproved, ledger.EntryStockQuarantined, ledger.EntryStockReleased, ledger.EntryStockReturned, ledger.EntryStockExpired:
		var b ledger.StockMovedBody
		err := json.Unmarshal([]byte(e.Body), &b)
		if len(b.Serials) > 0 && !slices.Contains(b.Serials, v.Serial) || e.Kind == ledger.EntryStockExpired && v.State != ledger.StockExpired {
			return false, err
		}
		return slices.ContainsFunc(b.Moves, func(m ledger.StockMoved) bool { return m.Supplier == v.Supplier && m.Batch == v.Batch }), err
	case ledger.EntrySaleSold:
		var b ledger.SoldBody
		err := json.Unmarshal([]byte(e.Body), &b)
		return e.SaleID == v.SaleID && slices.Contains(b.Vouchers, v.ID), err
	}
	return e.SaleID != (ledger.ID{}) && e.SaleID == v.SaleID, nil
}

// fault says what is wrong with an entry, empty if nothing is.
func (e *ProofEntry) fault(keys Verifier) string {
	told := entry{ID: e.ID, At: e.At, Kind: e.Kind, SaleID: e.SaleID, LegID: e.LegID, Actor: e.Actor, Body: e.Body}
	for _, l := range e.Postings {
		told.Lines = append(told.Lines, line{l.Line, l.At, l.Account, l.Amount, l.Currency})
	}
	hash := told.hash()
	if !bytes.Equal(hash[:], e.EntryHash) {
		return "it does not have its hash"
	}
	if len(e.Before) != HashSize {
		return "the chain before it has no value"
	}
	chain := link([HashSize]byte(e.Before), e.N, hash)
	if !bytes.Equal(chain[:], e.Chain) {
		return "the chain does not have its value"
	}
	n := e.N
	for _, next := range e.Following {
		if len(next) != HashSize {
			return "what follows it is no hash"
		}
		n++
		chain = link(chain, n, [HashSize]byte(next))
	}
	if n != e.Head.N || !bytes.Equal(chain[:], e.Head.Chain) {
		return "the chain does not lead to its head"
	}
	head := Head{N: e.Head.N, Chain: e.Head.Chain, SignedAt: e.Head.SignedAt, KeyID: e.Head.KeyID, Signature: e.Head.Signature}
	if reason := head.verify(keys); reason != "" {
		return "head " + fmt.Sprint(head.N) + ": " + reason
	}
	return ""
}
