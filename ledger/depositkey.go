package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// KeyKind says what a deposit key is.
type KeyKind string

const (
	KeyCode   KeyKind = "code"   // the merchant's code, which is a key from the start
	KeyCell   KeyKind = "cell"   // a cell number of ten digits
	KeyIssued KeyKind = "issued" // given out by IssueDepositKey
)

// DepositKey is what a payer may write as the reference for money to reach a
// merchant. Keys are kept in capitals; no two merchants share one.
type DepositKey struct {
	Key      string
	Merchant string
	Kind     KeyKind
}

// Issued keys are M1, a number of at least five digits, and a digit that checks
// the digits before it (Luhn, ISO/IEC 7812-1 annex B): a payer who mistypes a
// digit or swaps two names nobody, rather than another merchant.
const (
	issuedPrefix = "M"
	issuedSeries = "1"
	issuedDigits = 5
	maxIssued    = 9_999_999
)

const insertDepositKey = "INSERT INTO deposit_key (key, merchant, kind) VALUES (?, ?, ?)"

// NormaliseDepositKey is a key as it is kept: in capitals, without white space
// around it.
func NormaliseDepositKey(key string) string { return strings.ToUpper(strings.TrimSpace(key)) }

func issuedKey(number int64) string {
	body := issuedSeries + fmt.Sprintf("%0*d", issuedDigits, number)
	return issuedPrefix + body + string('0'+rune(luhn(body)))
}

// issueAttempts is how many numbers are tried that turn out to be in use already,
// such as by a merchant's code.
const issueAttempts = 100

// IssueDepositKey gives a merchant a new key. Errors: ErrNotFound (the merchant).
func (s *Store) IssueDepositKey(ctx context.Context, actor, merchant string) (string, error) {
	for range issueAttempts {
		b, _, err := s.lease(ctx, "deposit key", 1, maxIssued, "")
		if err != nil {
			return "", err
		}
		key := issuedKey(b.next)
		if err = s.addDepositKey(ctx, actor, DepositKey{key, merchant, KeyIssued}); !errors.Is(err, ErrExists) {
			return key, err
		}
	}
	return "", errors.New("no deposit key is free")
}

// AddDepositKey makes a cell number a key of a merchant's. Errors: ErrExists
// (as a key, perhaps of another merchant), ErrNotFound (the merchant).
func (s *Store) AddDepositKey(ctx context.Context, actor, merchant, cell string) (string, error) {
	cell, err := NormaliseCell(cell)
	if err != nil {
		return "", err
	}
	return cell, s.addDepositKey(ctx, actor, DepositKey{cell, merchant, KeyCell})
}

func (s *Store) addDepositKey(ctx context.Context, actor string, k DepositKey) error {
	o := &operation{actor: actor, action: "deposit_key.add", key: k.Merchant, owner: "merchant " + k.Merchant, after: k.facts()}
	o.step(nil, insertDepositKey, k.Key, k.Merchant, string(k.Kind))
	return s.operate(ctx, o)
}

type keyFacts struct {
	Key      string  `json:"key"` // a cell number masked
	Merchant string  `json:"merchant"`
	Kind     KeyKind `json:"kind"`
}

func (k DepositKey) facts() keyFacts {
	if k.Kind == KeyCell {
		k.Key = masked(k.Key)
	}
	return keyFacts(k)
}

// RemoveDepositKey takes a key away, but not a merchant's code. Errors:
// ErrNotFound, ErrState (the merchant's code).
func (s *Store) RemoveDepositKey(ctx context.Context, actor, merchant, key string) error {
	k, err := scanDepositKey(s.row(ctx, depositKeySelect+" WHERE key = ? AND merchant = ?", NormaliseDepositKey(key), merchant))
	if err != nil {
		return notFound(err)
	}
	if k.Kind == KeyCode {
		return fmt.Errorf("a merchant's code stays its key: %w", ErrState)
	}
	o := &operation{actor: actor, action: "deposit_key.remove", key: merchant, after: k.facts()}
	o.step(ErrNotFound, "DELETE FROM deposit_key WHERE key = ? AND merchant = ?", k.Key, merchant)
	return s.operate(ctx, o)
}

const depositKeySelect = "SELECT key, merchant, kind FROM deposit_key"

func scanDepositKey(from scanner) (k DepositKey, err error) {
	return k, from.Scan(&k.Key, &k.Merchant, &k.Kind)
}

// DepositKeys lists the keys of a merchant, or with an empty code all.
func (s *Store) DepositKeys(ctx context.Context, merchant string) ([]DepositKey, error) {
	var w where
	w.text("merchant", merchant)
	return collect(ctx, s, scanDepositKey, depositKeySelect+w.limited("merchant, kind, key", -1), w.args...)
}

// MerchantsByKeys tells whose the keys are, by the keys as they are given. What
// is nobody's key is not in the answer.
func (s *Store) MerchantsByKeys(ctx context.Context, keys []string) (map[string]string, error) {
	owners := make(map[string]string, len(keys))
	if len(keys) == 0 {
		return owners, nil
	}
	normal := make([]string, len(keys))
	for i, key := range keys {
		normal[i] = NormaliseDepositKey(key)
	}
	var w where
	in(&w, "key", normal)
	found, err := collect(ctx, s, scanDepositKey, depositKeySelect+w.sql(), w.args...)
	if err != nil {
		return nil, err
	}
	for _, k := range found {
		for i, key := range normal {
			if key == k.Key {
				owners[keys[i]] = k.Merchant
			}
		}
	}
	return owners, nil
}
