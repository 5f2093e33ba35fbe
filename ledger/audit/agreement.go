package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
)

// agreementStory is what the journal tells of a version of an agreement.
type agreementStory struct {
	proposed, approved *agreementAct
}

type agreementAct struct {
	act
	Digest     string `json:"digest"`
	ProposedBy string `json:"proposed_by"`
}

// takeOperator notes what was agreed with suppliers; other changes of parties and the
// catalogue are not looked into.
func (v *verifier) takeOperator(h *history, e *entry) {
	if !strings.Contains(e.Body, `"agreement.`) {
		return
	}
	b, ok := body[struct {
		Action string          `json:"action"`
		Key    string          `json:"key"`
		After  json.RawMessage `json:"after"`
	}](v, e)
	if !ok || b.Action != "agreement.propose" && b.Action != "agreement.approve" {
		return
	}
	a := &agreementAct{act: actOf(e)}
	if err := json.Unmarshal(b.After, a); err != nil {
		v.report.violate(projected, "entry "+e.ID.String(), "the digest of an agreement", "none")
		return
	}
	s := h.people.agreements[b.Key]
	if s == nil {
		s = &agreementStory{}
		h.people.agreements[b.Key] = s
	}
	place := &s.proposed
	if b.Action == "agreement.approve" {
		place = &s.approved
	}
	if *place != nil {
		v.report.violate(projected, "entry "+e.ID.String(), "agreement "+b.Key+" to be proposed and approved once", "twice, also by entry "+(*place).entry.String())
	}
	*place = a
}

// walkAgreements checks that each agreement that was in force was proposed by one and
// approved by another, and that its text is the one that they saw: it says whose
// signature is believed.
func (v *verifier) walkAgreements(f *fourEyes) error {
	var rows []struct {
		Supplier   string                `db:"supplier"`
		Version    int                   `db:"version"`
		Body       string                `db:"body"`
		Digest     string                `db:"digest"`
		ProposedBy string                `db:"proposed_by"`
		ApprovedBy string                `db:"approved_by"`
		State      ledger.AgreementState `db:"state"`
	}
	if err := v.list(&rows, "SELECT supplier, version, body, digest, proposed_by, approved_by, state FROM agreement ORDER BY supplier, version"); err != nil {
		return err
	}
	for _, r := range rows {
		key := fmt.Sprintf("%s/%d", r.Supplier, r.Version)
		name := "agreement " + key
		s := f.agreements[key]
		if s == nil || s.proposed == nil {
			v.report.violate(projected, name, "an entry that proposed it", "none")
			continue
		}
		approver := ""
		if s.approved != nil {
			approver = s.approved.actor
		}
		sum := sha256.Sum256([]byte(r.Body))
		v.differ(projected, name, []field{{"digest", s.proposed.Digest}, {"digest of the text", s.proposed.Digest},
			{"proposed_by", s.proposed.actor}, {"approved_by", approver}},
			[]field{{"digest", r.Digest}, {"digest of the text", hex.EncodeToString(sum[:])}, {"proposed_by", r.ProposedBy}, {"approved_by", r.ApprovedBy}})
		inForce := r.State == ledger.AgreementActive || r.State == ledger.AgreementReplaced
		if inForce != (s.approved != nil) {
			v.report.violate(projected, name, "to be in force once it was approved, and only then", string(r.State))
		}
	}
	if len(rows) != len(f.agreements) {
		v.report.violate(projected, "agreement", fmt.Sprintf("%d rows, as entries tell", len(f.agreements)), fmt.Sprint(len(rows)))
	}
	for key, s := range f.agreements {
		v.judgeAgreement(key, s)
	}
	v.report.count(projected, "agreements", int64(len(rows)))
	return nil
}

func (v *verifier) judgeAgreement(key string, s *agreementStory) {
	a := s.approved
	switch {
	case a == nil:
	case s.proposed == nil:
		v.report.violate(projected, "entry "+a.entry.String(), "an entry that proposed agreement "+key, "none")
	case a.by(s.proposed.actor) || a.ProposedBy != s.proposed.actor:
		v.report.violate(projected, "entry "+a.entry.String(), "somebody else than "+s.proposed.actor+", who proposed it", a.actor)
	case a.Digest != s.proposed.Digest || !s.proposed.before(a.act):
		v.report.violate(projected, "entry "+a.entry.String(), "what "+s.proposed.actor+" proposed before, of digest "+s.proposed.Digest, a.Digest)
	}
}
