package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Duplicate is what of a batch was there before.
type Duplicate string

const (
	DuplicateBatch      Duplicate = "batch"      // the supplier's name for it
	DuplicateCiphertext Duplicate = "ciphertext" // the file, as it came
	DuplicateCleartext  Duplicate = "cleartext"  // the file, as it was read
	DuplicateSerial     Duplicate = "serial"
	DuplicatePIN        Duplicate = "PIN"
)

// DuplicateError refuses a batch for what was there before. It is an ErrExists.
type DuplicateError struct {
	Kind     Duplicate
	Serials  []string // of the refused file, the first of them; for a serial or PIN
	Supplier string   // where it was before
	Batch    string
	State    string    // of that batch
	Loaded   time.Time // in the zone of ledger.Batch; zero if it was in this very file
}

// Error says what was there before, and never a PIN.
func (e *DuplicateError) Error() string {
	where := fmt.Sprintf("in batch %s of %s, loaded on %s (%s)", e.Batch, e.Supplier, e.Loaded.Format("2006-01-02 15:04:05"), e.State)
	if e.Loaded.IsZero() {
		where = "in this very file"
	}
	were := "was"
	if len(e.Serials) > 1 {
		were = "were"
	}
	serials := strings.Join(e.Serials, ", ")
	switch e.Kind {
	case DuplicateBatch:
		return fmt.Sprintf("%v: this number was used before, %s", ErrExists, where)
	case DuplicateCiphertext:
		if e.State == string(StockBatchRejected) {
			where += "; a file is loaded once: the supplier sends a corrected one, or encrypts this one anew"
		}
		return fmt.Sprintf("%v: this file was loaded before, %s", ErrExists, where)
	case DuplicateCleartext:
		return fmt.Sprintf("%v: a file of the same content was loaded before, %s", ErrExists, where)
	case DuplicateSerial:
		return fmt.Sprintf("%v: serial %s %s delivered before, %s", ErrExists, serials, were, where)
	}
	return fmt.Sprintf("%v: the PIN of serial %s %s delivered before, %s", ErrExists, serials, were, where)
}

// Is makes it an ErrExists.
func (e *DuplicateError) Is(target error) bool { return target == ErrExists }

// stockOrigin is the batch that something came with.
type stockOrigin struct {
	Entry    ID        `db:"entry_id"`
	Supplier string    `db:"supplier"`
	Name     string    `db:"name"`
	State    string    `db:"state"`
	LoadedAt time.Time `db:"loaded_at"`
}

func (l *loading) before(o stockOrigin, kind Duplicate, serials ...string) *DuplicateError {
	e := &DuplicateError{Kind: kind, Serials: serials, Supplier: o.Supplier, Batch: o.Name, State: o.State}
	if o.Entry != l.entry {
		e.Loaded = o.LoadedAt.UTC()
		if l.batch.Zone != nil {
			e.Loaded = o.LoadedAt.In(l.batch.Zone)
		}
	}
	return e
}

const originColumns = "SELECT b.entry_id, b.supplier, b.name, b.state, b.loaded_at FROM stock_batch AS b "

// known says why the batch cannot be claimed.
func (l *loading) known(ctx context.Context, tx transaction) error {
	var before stockOrigin
	err := tx.get(ctx, &before, originColumns+"WHERE b.ciphertext_hash = ? AND b.ciphertext_hash <> ''", l.batch.CiphertextHash)
	if err == nil {
		return l.before(before, DuplicateCiphertext)
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	err = tx.get(ctx, &before, originColumns+"WHERE b.supplier = ? AND b.name = ? AND b.state <> 'rejected'", l.batch.Supplier, l.batch.Name)
	if err == nil {
		return l.before(before, DuplicateBatch)
	}
	if errors.Is(err, ErrNotFound) {
		return ErrExists // it has been rejected this moment
	}
	return err
}

// knownContent refuses a content that was loaded before.
func (l *loading) knownContent(ctx context.Context, tx transaction, hash string) error {
	var before stockOrigin
	err := tx.get(ctx, &before, originColumns+"WHERE b.cleartext_hash = ? AND b.cleartext_hash <> '' AND b.state <> 'rejected'", hash)
	if err == nil {
		return l.before(before, DuplicateCleartext)
	}
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// duplicates says which vouchers of the chunk could not be written, and where
// they were before.
func (l *loading) duplicates(ctx context.Context, tx transaction) error {
	written := make(map[ID]bool, len(l.chunk))
	var ids []any
	for _, v := range l.chunk {
		ids = append(ids, v.ID)
	}
	var there []ID
	if err := tx.list(ctx, &there, "SELECT id FROM voucher WHERE id IN ("+questions(len(ids))+")", ids...); err != nil {
		return err
	}
	for _, id := range there {
		written[id] = true
	}
	var first *DuplicateError
	for _, v := range l.chunk {
		if written[v.ID] {
			continue
		}
		if first != nil {
			if first.Serials = append(first.Serials, v.Serial); len(first.Serials) == maxDuplicates {
				break
			}
			continue
		}
		var err error
		if first, err = l.duplicate(ctx, tx, v); err != nil {
			return err
		}
	}
	if first == nil { // the same id twice
		return ErrExists
	}
	return first
}

// duplicate finds where one voucher was before.
func (l *loading) duplicate(ctx context.Context, tx transaction, v sealedVoucher) (*DuplicateError, error) {
	const origin = originColumns + "JOIN voucher AS v ON v.supplier = b.supplier AND v.batch = b.name AND b.state <> 'rejected' WHERE "
	var before stockOrigin
	err := tx.get(ctx, &before, origin+"v.supplier = ? AND v.serial = ?", v.Supplier, v.Serial)
	if err == nil {
		return l.before(before, DuplicateSerial, v.Serial), nil
	}
	if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	err = tx.get(ctx, &before, origin+"v.pin_hash = ?", v.hash)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: voucher %s", ErrExists, v.Serial)
	}
	return l.before(before, DuplicatePIN, v.Serial), err
}

// questions is a list of so many parameters.
func questions(n int) string {
	if n == 0 {
		return ""
	}
	return strings.Repeat(", ?", n)[2:]
}

// validHash wants the SHA-256 of something in hex, or nothing.
func validHash(hash string) bool {
	raw, err := hex.DecodeString(hash)
	return hash == "" || err == nil && len(raw) == 32 && strings.ToLower(hash) == hash
}
