package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// DeliveryState is what became of a stock file.
type DeliveryState string

const (
	DeliveryReceived DeliveryState = "received" // nothing yet
	DeliveryLoaded   DeliveryState = "loaded"
	DeliveryRefused  DeliveryState = "refused"
)

// Delivery is a stock file that arrived, whatever became of it.
type Delivery struct {
	ID             ID
	Supplier       string // empty while it is not known
	Source         string // such as the mailbox, or the name of a file
	Actor          string // who brought it in
	MessageID      string // that the mail is known by when it is brought again; empty for a file
	CiphertextHash string // SHA-256 of the file as it came, hex
	ReceivedAt     time.Time
	State          DeliveryState
	Reason         string // of a refusal; it tells no PIN
	Batch          string // the supplier's number, of one that was loaded
}

const deliveryColumns = "id, supplier, source, message_id, ciphertext_hash, received_at, state, reason, batch, actor"

func scanDelivery(row scanner) (d Delivery, err error) {
	err = row.Scan(&d.ID, &d.Supplier, &d.Source, &d.MessageID, &d.CiphertextHash, &d.ReceivedAt, &d.State, &d.Reason, &d.Batch, &d.Actor)
	d.ReceivedAt = d.ReceivedAt.UTC()
	return d, err
}

// RecordDelivery writes down that a file has arrived, before anything is done with
// it. The same file in the same mail is the same delivery: it is given
// back as it stands, for whoever takes up what was cut short; if it was refused it
// is received again. Earlier are other deliveries of
// the same file.
func (s *Store) RecordDelivery(ctx context.Context, d Delivery) (recorded Delivery, earlier []Delivery, err error) {
	if d.Source == "" || d.CiphertextHash == "" || !validHash(d.CiphertextHash) {
		return d, nil, errors.New("delivery: its source and the SHA-256 of its file in hex must be given")
	}
	for _, text := range []string{d.Supplier, d.Source, d.MessageID, d.Actor} {
		if !storable(text) {
			return d, nil, errText
		}
	}
	if (d.ID == ID{}) {
		d.ID = NewID()
	}
	d.ReceivedAt, d.State, d.Reason, d.Batch = micro(s.now()), DeliveryReceived, "", ""
	err = s.alone(ctx, func(tx transaction) error {
		_, err := tx.exec(ctx, "INSERT INTO delivery ("+deliveryColumns+") VALUES (?, ?, ?, ?, ?, ?, 'received', '', '', ?) ON CONFLICT DO NOTHING",
			d.ID, d.Supplier, d.Source, d.MessageID, d.CiphertextHash, d.ReceivedAt, d.Actor)
		return err
	})
	if err != nil {
		return d, nil, fmt.Errorf("delivery: %w", s.busy(err))
	}
	same, err := s.Deliveries(ctx, DeliveryFilter{CiphertextHash: d.CiphertextHash, Limit: -1})
	if err != nil {
		return d, nil, err
	}
	for _, other := range same {
		if other.ID == d.ID || d.MessageID != "" && other.MessageID == d.MessageID {
			d = other
			if d.State == DeliveryRefused {
				if d, err = s.receiveAgain(ctx, d); err != nil {
					return d, nil, err
				}
			}
		} else {
			earlier = append(earlier, other)
		}
	}
	return d, earlier, nil
}

// receiveAgain has a delivery judged anew that was refused.
func (s *Store) receiveAgain(ctx context.Context, d Delivery) (Delivery, error) {
	err := s.alone(ctx, func(tx transaction) error {
		_, err := tx.exec(ctx, "UPDATE delivery SET state = 'received', reason = '' WHERE id = ? AND state = 'refused'", d.ID)
		return err
	})
	if err != nil {
		return d, fmt.Errorf("delivery: %w", s.busy(err))
	}
	d.State, d.Reason = DeliveryReceived, ""
	return d, nil
}

// EndDelivery says what became of a delivery. One that was loaded or refused stays
// so: to say it again changes nothing. Errors: ErrNotFound, ErrState (it ended
// otherwise).
func (s *Store) EndDelivery(ctx context.Context, id ID, end Delivery) error {
	if end.State != DeliveryLoaded && end.State != DeliveryRefused {
		return fmt.Errorf("delivery: it cannot end as %q", end.State)
	}
	for _, text := range []string{end.Supplier, end.Reason, end.Batch} {
		if !storable(text) {
			return errText
		}
	}
	return s.alone(ctx, func(tx transaction) error {
		n, err := tx.exec(ctx, "UPDATE delivery SET supplier = ?, state = ?, reason = ?, batch = ? WHERE id = ? AND state = 'received'",
			end.Supplier, string(end.State), end.Reason, end.Batch, id)
		if err != nil || n == 1 {
			return err
		}
		var state string
		err = tx.get(ctx, &state, "SELECT state FROM delivery WHERE id = ?", id)
		if err == nil && state != string(end.State) {
			err = fmt.Errorf("delivery %s is %s: %w", id, state, ErrState)
		}
		return err
	})
}

// DeliveryFilter picks deliveries; empty fields pick all.
type DeliveryFilter struct {
	Supplier       string
	CiphertextHash string
	States         []DeliveryState
	From, To       time.Time // received in [From, To)
	Limit          int       // zero means 100, less than zero all
}

// Deliveries lists deliveries, the latest first.
func (s *Store) Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) {
	var w where
	w.text("supplier", f.Supplier)
	w.text("ciphertext_hash", f.CiphertextHash)
	in(&w, "state", f.States)
	w.within("received_at", f.From, f.To)
	return collect(ctx, s, scanDelivery, "SELECT "+deliveryColumns+" FROM delivery"+w.limited("received_at DESC, id DESC", f.Limit), w.args...)
}
