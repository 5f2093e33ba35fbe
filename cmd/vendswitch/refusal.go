package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/vendswitch/vendswitch/ledger"
)

// hints say what to do about errors of known kinds.
type hints map[error]string

// refusal is an error with what it is about and, if there is a hint for its kind,
// what to do.
func refusal(what string, err error, known hints) error {
	for kind, hint := range known {
		if errors.Is(err, kind) {
			return fmt.Errorf("%s: %w; %s", what, err, hint)
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// listed are hints about a thing that a verb lists.
func listed(verb string) hints {
	return hints{ledger.ErrNotFound: shows(verb), ledger.ErrExists: "choose another, " + shows(verb)}
}

// added are hints about a new thing, which belongs to another that must be there
// first.
func added(verb, owner string) hints {
	known := listed(verb)
	known[ledger.ErrNotFound] = fmt.Sprintf(`add it first with "vendswitch %s add", or see "vendswitch %s list"`, owner, owner)
	return known
}

func shows(verb string) string { return fmt.Sprintf(`"vendswitch %s" shows those there are`, verb) }

// knownClient wants a client to exist before what it has is listed.
func knownClient(ctx context.Context, store *ledger.Store, id string) error {
	if _, err := store.Client(ctx, id); err != nil {
		return refusal("client "+id, err, listed("client list"))
	}
	return nil
}
