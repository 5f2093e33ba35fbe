package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// ResolveRequest is what one person says became of a sale. Everything but
// Actor, Note and Deliver must be equal in a proposal and its confirmation.
type ResolveRequest struct {
	Actor    string
	Note     string
	Evidence string    // where the proof is, such as the number of a letter
	State    SaleState // SaleDelivered or SaleDeclined of an unknown sale, SaleReversed of a delivered one
	Code     string    // of a declined or reversed sale: why
	Tokens   []string  // of a delivered sale
	Postings []Posting // of a delivered or reversed sale
	Deliver  Deliver   // makes the stored outcome; a reversed sale may do without, and keeps its own
}

// String leaves the tokens out.
func (r ResolveRequest) String() string { return fmt.Sprintf("%s by %s: %s", r.State, r.Actor, r.Note) }

// Resolution is what came of a ResolveRequest.
type Resolution struct {
	Sale    Sale
	Settled bool   // false: proposed, a second person must confirm
	By      string // who proposed it
}

// Resolve lets two people say what became of a sale. The first proposes, and
// the second, another, confirms by asking for the same; only then it is
// settled, as by Settle. Asking for something else replaces the proposal.
//
// Errors: ErrNotFound, ErrState (the sale is not one that can become this),
// ErrSamePerson, ErrTokenTaken, ErrUnbalanced.
func (s *Store) Resolve(ctx context.Context, saleID ID, r ResolveRequest) (Resolution, error) {
	if err := r.check(); err != nil {
		return Resolution{}, err
	}
	var (
		leg      uuid.NullUUID // none of a sale from stock
		merchant string
	)
	err := s.row(ctx, `SELECT leg.id, sale.merchant FROM sale LEFT JOIN leg ON leg.sale_id = sale.id AND leg.vend
		WHERE sale.id = ? ORDER BY leg.opened_at DESC, leg.id DESC LIMIT 1`, saleID).Scan(&leg, &merchant)
	if err != nil {
		return Resolution{}, fmt.Errorf("sale %s: %w", saleID, notFound(err))
	}
	c, err := s.resolution(saleID, leg.UUID, r)
	if err != nil {
		return Resolution{}, err
	}
	c.place = place{saleID, merchant}
	if err = s.writer.do(ctx, c); gaveUp(err) {
		return Resolution{}, err
	}
	return Resolution{Sale: c.sale, Settled: c.settled, By: c.proposer}, err
}

func (r ResolveRequest) check() error {
	switch {
	case strings.TrimSpace(r.Actor) == "" || r.Note == "" || r.Evidence == "":
		return errors.New("resolve: actor, note and evidence must be given")
	case r.State != SaleDelivered && r.State != SaleDeclined && r.State != SaleReversed:
		return fmt.Errorf("resolve: nobody can make a sale %q", r.State)
	case r.State != SaleReversed && r.Deliver == nil:
		return errors.New("resolve: an outcome must be given")
	case r.State == SaleReversed && len(r.Postings) == 0:
		return errors.New("resolve: a reversal must be given its postings")
	}
	return nil
}

// proposal is the content of a ResolveRequest as it is sealed.
type proposal struct {
	Note     string    `json:"note"`
	Evidence string    `json:"evidence"`
	State    SaleState `json:"state"`
	Code     string    `json:"code"`
	Tokens   []string  `json:"tokens"`
	Postings []Posting `json:"postings"`
}

// resolution prepares the change outside of the writer.
func (s *Store) resolution(saleID, legID ID, r ResolveRequest) (*resolve, error) {
	legState := LegAccepted
	if r.State == SaleDeclined {
		legState = LegNotExecuted
	}
	closing, err := s.closing(Closing{
		LegID: legID, State: legState, Code: r.Code, Note: r.Note,
		Tokens: r.Tokens, Postings: r.Postings, Deliver: r.Deliver,
	})
	if err != nil {
		return nil, err
	}
	c := &resolve{settle: *closing, saleID: saleID, request: r}
	for _, hash := range c.hashes {
		c.tokens = append(c.tokens, hex.EncodeToString(hash))
	}
	fixed, err := json.Marshal(proposal{Evidence: r.Evidence, State: r.State, Code: r.Code, Tokens: c.tokens, Postings: r.Postings})
	if err != nil {
		return nil, err
	}
	c.digest = sha256.Sum256(fixed)
	content, err := json.Marshal(proposal{r.Note, r.Evidence, r.State, r.Code, r.Tokens, r.Postings})
	if err != nil {
		return nil, err
	}
	c.content = s.sealer.Seal(content, aad("proposal", saleID))
	return c, nil
}

type resolve struct {
	settle
	saleID  ID
	request ResolveRequest
	tokens  []string // keyed hashes, hex
	digest  [sha256.Size]byte
	content []byte // sealed proposal

	open []struct { // the proposal there is, if any
		Actor  string
		Digest []byte
	}
	proposer string
	settled  bool
}

func (c *resolve) need(n *needs) {
	c.place.need(n, c.LegID)
	n.ends = append(n.ends, c.LegID)
	n.tokens = append(n.tokens, c.hashes...)
	n.postings(c.Postings)
}

func (c *resolve) peek(ctx context.Context, q queryer) error {
	c.open = nil
	return q.list(ctx, &c.open, "SELECT actor, digest FROM proposal WHERE sale_id = ?", c.saleID)
}

func (c *resolve) decide(v *view) error {
	sale := v.sales[c.saleID]
	from := SaleUnknown
	if c.request.State == SaleReversed {
		from = SaleDelivered
	}
	if sale.State != from {
		return fmt.Errorf("sale %s is %s: %w", c.saleID, sale.State, ErrState)
	}
	c.sale, c.settled, c.proposer = sale.Sale, false, c.request.Actor
	if len(c.open) == 0 || string(c.open[0].Digest) != string(c.digest[:]) {
		return c.propose(v, sale)
	}
	c.proposer = c.open[0].Actor
	if SamePerson(c.proposer, c.request.Actor) {
		return ErrSamePerson
	}
	return c.confirm(v, sale)
}

// propose keeps what the first person says. Postings that could not be written
// are refused now.
func (c *resolve) propose(v *view, sale *saleRow) error {
	limit := sale.Hold
	if c.request.State == SaleReversed {
		limit = 0
	}
	if _, err := v.spent(c.Postings, sale.Merchant, limit); err != nil {
		return err
	}
	r := c.request
	v.rows.execs = append(v.rows.execs,
		execution{"DELETE FROM proposal WHERE sale_id = ?", []any{c.saleID}, -1, nil},
		execution{"INSERT INTO proposal (sale_id, actor, digest, content, at) VALUES (?, ?, ?, ?, ?)",
			[]any{c.saleID, r.Actor, c.digest[:], c.content, v.now}, 1, nil})
	v.entry(NewID(), EntryProposal, c.saleID, c.LegID, r.Actor, ProposalBody{
		V: BodyVersion, SaleID: c.saleID, To: r.State, Code: r.Code, Note: r.Note, Evidence: r.Evidence, Tokens: c.tokens,
	}, nil)
	return nil
}

// confirm settles the sale.
func (c *resolve) confirm(v *view, sale *saleRow) error {
	c.by, c.proof = []string{c.proposer, c.request.Actor}, c.request.Evidence
	var err error
	if c.request.State == SaleReversed {
		err = c.reverse(v, sale)
	} else {
		err = c.settle.decide(v)
	}
	if err != nil {
		return err
	}
	v.exec(ErrChanged, "DELETE FROM proposal WHERE sale_id = ?", c.saleID)
	c.settled = true
	return nil
}

// reverse undoes a delivered sale. Its legs stay as they are.
func (c *resolve) reverse(v *view, sale *saleRow) error {
	spent, err := v.spent(c.Postings, sale.Merchant, 0)
	if err != nil {
		return err
	}
	after := sale.Sale
	after.State, after.Reason, after.SettledAt = SaleReversed, c.Code, v.now
	sealed, err := v.deliver(c.Deliver, &after, v.floats[sale.Merchant].Available()-spent, nil)
	if err != nil {
		return err
	}
	v.moveSale(sale, after, sealed, MovedBody{By: c.by, Note: c.Note, Evidence: c.proof}, c.LegID, c.request.Actor, c.Postings)
	c.sale = after
	return nil
}

// Proposal is what waits for a second person's confirmation of a sale. It may
// hold tokens. Errors: ErrNotFound.
func (s *Store) Proposal(ctx context.Context, saleID ID) (ResolveRequest, error) {
	var (
		r      ResolveRequest
		sealed []byte
	)
	if err := s.row(ctx, "SELECT actor, content FROM proposal WHERE sale_id = ?", saleID).Scan(&r.Actor, &sealed); err != nil {
		return ResolveRequest{}, notFound(err)
	}
	plain, err := s.sealer.Open(sealed, aad("proposal", saleID))
	if err != nil {
		return ResolveRequest{}, fmt.Errorf("proposal for sale %s: %w", saleID, err)
	}
	var p proposal
	if err := json.Unmarshal(plain, &p); err != nil {
		return ResolveRequest{}, fmt.Errorf("proposal for sale %s: %w", saleID, err)
	}
	r.Note, r.Evidence, r.State, r.Code, r.Tokens, r.Postings = p.Note, p.Evidence, p.State, p.Code, p.Tokens, p.Postings
	return r, nil
}

// Proposals lists the sales that wait for a second person, oldest first.
func (s *Store) Proposals(ctx context.Context) ([]ID, error) {
	return collect(ctx, s, func(row scanner) (id ID, err error) { return id, row.Scan(&id) },
		"SELECT sale_id FROM proposal ORDER BY at")
}
