package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// depositStates are what a deposit may be.
var depositStates = []ledger.DepositState{ledger.DepositCredited, ledger.DepositProvisional, ledger.DepositSuspense, ledger.DepositHeld,
	ledger.DepositReview, ledger.DepositReturned, ledger.DepositRefused}

// waitingStates are those in which it waits.
var waitingStates = []ledger.DepositState{ledger.DepositProvisional, ledger.DepositSuspense, ledger.DepositHeld, ledger.DepositReview}

// words joins what can be said as words.
func words[T ~string](list []T) string {
	text := make([]string, len(list))
	for i, w := range list {
		text[i] = string(w)
	}
	return strings.Join(text, ", ")
}

type depositListCmd struct {
	State    []string      `help:"Only in these states: credited, provisional, suspense, held, review, returned, refused. Default: those that wait."`
	All      bool          `help:"In every state."`
	Merchant string        `help:"Only this merchant's."`
	Older    time.Duration `help:"Only what was first seen longer ago, such as 48h."`
	Limit    int           `default:"100" help:"The most to list."`
}

// Help is printed below the flags.
func (depositListCmd) Help() string {
	return "Without --state or --all it lists what waits: for a person, or for a confirmation.\n\nExample:\n\n  vendswitch deposit list --state suspense --older 48h"
}

// depositLine is a deposit with what is proposed of it.
type depositLine struct {
	ledger.Deposit
	Proposal *ledger.DepositProposal
}

// Run lists deposits.
func (c depositListCmd) Run(ctx context.Context, s *session) error {
	f := ledger.DepositFilter{Merchant: c.Merchant, Limit: c.Limit}
	for _, state := range c.State {
		if !slices.Contains(depositStates, ledger.DepositState(state)) {
			return fmt.Errorf("a deposit is never %q; it is %s", state, words(depositStates))
		}
		f.States = append(f.States, ledger.DepositState(state))
	}
	if len(f.States) == 0 && !c.All {
		f.States = waitingStates
	}
	if c.Older > 0 {
		f.To = s.now().Add(-c.Older)
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	found, err := store.Deposits(ctx, f)
	if err != nil {
		return err
	}
	proposals, err := store.DepositProposals(ctx, ledger.ID{})
	if err != nil {
		return err
	}
	lines := make([]depositLine, len(found))
	for i, d := range found {
		lines[i] = depositLine{Deposit: d}
		for j := range proposals {
			if proposals[j].DepositID == d.ID {
				lines[i].Proposal = &proposals[j]
			}
		}
	}
	now := s.now()
	return list(s, "SEEN | AGE | DEPOSIT | ACCOUNT | AMOUNT | REFERENCE | MERCHANT | STATE | WHY | PROPOSED", lines, func(d depositLine) []any {
		return []any{s.stamp(d.SeenAt), age(now.Sub(d.SeenAt)), d.ID, d.Bank + " " + d.Account, formatMinor(d.Amount), d.Reference,
			d.Merchant, d.State, d.Reason, proposed(d.Proposal)}
	})
}

// proposed says what waits for a second person.
func proposed(p *ledger.DepositProposal) string {
	switch {
	case p == nil:
		return ""
	case p.Act == ledger.ActAllocate:
		return fmt.Sprintf("%s to %s, by %s", p.Act, p.Merchant, p.Actor)
	}
	return fmt.Sprintf("%s, by %s", p.Act, p.Actor)
}

type depositShowCmd struct {
	Deposit uuid.UUID `arg:"" help:"Deposit id."`
}

// Help is printed below the flags.
func (depositShowCmd) Help() string {
	return "Example:\n\n  vendswitch deposit show 0198c1f2-0000-7000-8000-000000000001"
}

// Run shows the deposit.
func (c depositShowCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	story, err := store.DepositStory(ctx, c.Deposit)
	if err != nil {
		return noDeposit(c.Deposit, err)
	}
	if s.cli.JSON {
		return printJSON(s.Stdout, recordOf(story))
	}
	d := story.Deposit
	fmt.Fprintf(s.Stdout, "Deposit %s: %s\n", d.ID, strings.TrimRight(string(d.State)+": "+d.Reason, ": "))
	fmt.Fprintf(s.Stdout, "%s %s by %s to %s %s, reference %q, merchant %q\n", formatMinor(d.Amount), d.Currency, d.Kind, d.Bank, d.Account,
		d.Reference, d.Merchant)
	fmt.Fprintf(s.Stdout, "fee %s %s\n\n", formatMinor(d.Fee), d.FeeRule)
	if err := list(s, "AT | WHAT | BY", timeline(story), func(m moment) []any { return []any{s.stamp(m.at), m.what, m.by} }); err != nil {
		return err
	}
	if p := story.Proposal; p != nil {
		fmt.Fprintf(s.Stdout, "\nProposed: %s; evidence: %s. A second person must confirm it.\n", proposed(p), p.Evidence)
	}
	if len(story.Postings) == 0 {
		return nil
	}
	fmt.Fprintln(s.Stdout)
	return list(s, "POSTED | ACCOUNT | DEBIT | CREDIT", story.Postings, s.postingColumns)
}

// noDeposit says what to do about an id that is no deposit's.
func noDeposit(id ledger.ID, err error) error {
	if errors.Is(err, ledger.ErrNotFound) {
		return fmt.Errorf("deposit %s: not found; %s", id, shows("deposit list --all"))
	}
	return err
}

// moment is a line of a deposit's timeline.
type moment struct {
	at       time.Time
	what, by string
}

// timeline tells how a deposit came to be where it is, in its order.
func timeline(story ledger.DepositStory) []moment {
	var list []moment
	for _, seen := range story.Sightings {
		what := map[ledger.SightRelation]string{ledger.SightFirst: "seen by %s, message %s", ledger.SightConfirmation: "confirmed by %s, message %s",
			ledger.SightDuplicate: "seen by %s again, message %s"}[seen.Relation]
		list = append(list, moment{at: seen.At, what: fmt.Sprintf(what, channelName(seen.Channel), seen.Message)})
	}
	for _, e := range story.Entries {
		if what := depositGist(e); what != "" {
			list = append(list, moment{e.At, what, e.Actor})
		}
	}
	for _, n := range story.Notices {
		list = append(list, moment{at: n.CreatedAt, what: noticeGist(n)})
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.at.Compare(b.at) })
	return list
}

func channelName(c ledger.Channel) string {
	if c == ledger.Mail {
		return "e-mail"
	}
	return "SMS"
}

// depositGist is what an entry says of its deposit.
func depositGist(e ledger.Entry) string {
	var b struct {
		Standing       ledger.DepositStanding
		From           ledger.DepositState
		By             []string
		Evidence, Note string
		Act            ledger.DepositAct
		Merchant       string
	}
	if err := json.Unmarshal([]byte(e.Body), &b); err != nil {
		return e.Kind
	}
	var parts []string
	switch e.Kind {
	case ledger.EntryDeposit, ledger.EntryDepositMoved:
		parts = append(parts, string(b.Standing.State))
		if b.From != "" && b.From != b.Standing.State {
			parts[0] = fmt.Sprintf("%s, was %s", b.Standing.State, b.From)
		}
		if b.Standing.State == ledger.DepositCredited {
			parts[0] += fmt.Sprintf(", to %s", b.Standing.Merchant)
			parts = append(parts, "fee "+formatMinor(b.Standing.Fee)+" "+b.Standing.FeeRule)
		}
		parts = append(parts, b.Standing.Reason)
		if len(b.By) > 0 {
			parts = append(parts, "decided by "+strings.Join(b.By, " and "))
		}
		parts = append(parts, b.Evidence, b.Note)
	case ledger.EntryDepositProposal:
		parts = append(parts, "proposed: "+string(b.Act), b.Merchant, b.Evidence)
	case ledger.EntryDepositClaim:
		parts = append(parts, "claimed by "+b.Merchant)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return strings.TrimSpace(p) == "" }), "; ")
}

// noticeGist is how far a notice is.
func noticeGist(n ledger.Notice) string {
	what := fmt.Sprintf("%s told by %s: %s", n.Party, channelName(n.Channel), n.State)
	if n.Delivery != "" {
		what += ", " + n.Delivery
	}
	if n.Error != "" {
		what += fmt.Sprintf(" (attempt %d: %s)", n.Attempts, n.Error)
	}
	return what
}
