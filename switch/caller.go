package vending

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// Credentials are what a channel found in a request about who sends it.
type Credentials struct {
	Client      string
	Terminal    string
	OpName      string
	Password    string
	NewPassword string

	// Sender is what Switch.Sender has said of them, if it was asked for the same
	// request already.
	Sender *Sender
}

// String names the sender and no password.
func (c Credentials) String() string { return c.Client + "/" + c.Terminal + "/" + c.OpName }

// Caller is an authenticated sender.
type Caller struct {
	Client   ledger.Client
	Merchant ledger.Merchant
	Terminal string
	Cashier  string
}

// actor names the caller in the journal.
func (c Caller) actor() string { return c.Client.ID + "/" + c.Terminal + "/" + c.Cashier }

// budget is how long the caller waits for an answer.
func (c Caller) budget(standard time.Duration) time.Duration {
	if c.Client.AnswerBudget > 0 {
		return c.Client.AnswerBudget
	}
	return standard
}

// may reports whether the vendor may use an operation. A client without a list of
// rights may use all that the switch offers but engineering key changes, by which
// a meter could be taken from its utility.
func (c Caller) may(operation string) error {
	if len(c.Client.Rights) == 0 && operation != EngineeringKeyChange || slices.Contains(c.Client.Rights, operation) {
		return nil
	}
	return faultf(CodeRight, "This vendor may not use this function.", "", "vendor has no right to %s", operation)
}

// Sender is what the ledger knows of those that a request names as its senders.
// Naming them proves nothing: until the request is authenticated, a channel may use
// it to read the request, and for nothing else.
type Sender struct {
	client, terminal, opName string

	known ledger.Sender
	err   error
}

// Sender looks up those that a request names as its senders. It is one reading of
// the ledger, and serves one request: what an operator changes, on whichever node,
// holds from the next one on.
func (s *Switch) Sender(ctx context.Context, c Credentials) *Sender {
	found := &Sender{client: c.Client, terminal: c.Terminal, opName: c.OpName}
	found.known, found.err = s.ledger.Sender(ctx, c.Client, c.Terminal, c.OpName)
	return found
}

// Dialect names the client's dialect; empty if there is no such client.
func (s *Sender) Dialect() string { return s.known.Client.Dialect }

// is reports whether it is the sender that the credentials name.
func (s *Sender) is(c Credentials) bool {
	return s != nil && s.client == c.Client && s.terminal == c.Terminal && s.opName == c.OpName
}

// Authenticate finds out who sends a request. A new password takes effect here,
// once, whatever becomes of the request. A request that carries a new password
// is authentic also when the new one is in force already: it is the same request
// again.
//
// Faults: CodeClient, CodeMerchant, CodeTerminal, CodeCredentials.
func (s *Switch) Authenticate(ctx context.Context, c Credentials) (Caller, error) {
	sender := c.Sender
	if !sender.is(c) {
		sender = s.Sender(ctx, c)
	}
	known, err := sender.known, sender.err
	if errors.Is(err, ledger.ErrNotFound) || err == nil && known.Client.Status != ledger.Active {
		return Caller{}, faultf(CodeClient, "This terminal's client is not known or blocked. Call the operator.", "", "client unknown or blocked")
	}
	if err != nil {
		return Caller{}, err
	}
	if err := s.authenticateCashier(ctx, known.Cashier, c); err != nil {
		return Caller{}, err
	}
	if known.Terminal.Status != ledger.Active {
		return Caller{}, faultf(CodeTerminal, "This terminal is not known or blocked. Call the operator.", "", "terminal unknown or blocked")
	}
	return Caller{Client: known.Client, Merchant: known.Merchant, Terminal: c.Terminal, Cashier: known.Cashier.OpName}, nil
}

var errCredentials = faultf(CodeCredentials, "Operator name or password is wrong.", "", "operator unknown or password wrong")

// authenticateCashier checks the password of a cashier, who is zero if the client
// has none of that name.
func (s *Switch) authenticateCashier(ctx context.Context, cashier ledger.Cashier, c Credentials) error {
	hash := cashier.PasswordHash
	unknown := cashier.Status == ""
	if unknown {
		hash = s.decoyHash // an unknown name takes as long as a wrong password
	}
	fits, err := s.passwords.verify(ctx, c.Client, hash, c.Password)
	repeated := false
	if err == nil && !fits && c.NewPassword != "" {
		repeated, err = s.passwords.verify(ctx, c.Client, hash, c.NewPassword)
	}
	switch {
	case errors.Is(err, errGuessing):
		s.log.Warn("too many wrong passwords, none is tried", "client", c.Client)
		return errCredentials
	case err != nil:
		return err
	case unknown || cashier.Status != ledger.Active || !fits && !repeated:
		return errCredentials
	case fits && c.NewPassword != "":
		return s.changePassword(ctx, cashier, c.NewPassword)
	}
	return nil
}

// changePassword stores the new password unless the old one has just been
// replaced by somebody else.
func (s *Switch) changePassword(ctx context.Context, cashier ledger.Cashier, password string) error {
	hash, err := HashPassword(password)
	if err != nil {
		return faultf(CodeCredentials, "The new password is not allowed: 6 to 15 characters, no space.", "", "new password not allowed")
	}
	err = s.ledger.SetPassword(ctx, cashier.OpName, cashier.Client, cashier.OpName, cashier.PasswordHash, hash)
	if errors.Is(err, ledger.ErrChanged) {
		return nil // a request at the same time was first
	}
	return err
}

// aged remembers what the ledger said for a short while.
type aged[K comparable, V any] struct {
	age time.Duration
	now func() time.Time

	mu   sync.RWMutex
	seen map[K]agedValue[V]
}

type agedValue[V any] struct {
	value V
	at    time.Time
}

// maxAged bounds each cache; beyond it the cache starts anew.
const maxAged = 100_000

func newAged[K comparable, V any](age time.Duration, now func() time.Time) *aged[K, V] {
	return &aged[K, V]{age: age, now: now, seen: make(map[K]agedValue[V])}
}

// get returns the remembered value or asks load. Errors are not remembered.
func (c *aged[K, V]) get(key K, load func() (V, error)) (V, error) {
	now := c.now()
	c.mu.RLock()
	hit, ok := c.seen[key]
	c.mu.RUnlock()
	if ok && now.Sub(hit.at) < c.age {
		return hit.value, nil
	}
	value, err := load()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.seen) >= maxAged {
		clear(c.seen)
	}
	c.seen[key] = agedValue[V]{value, now}
	return value, nil
}
