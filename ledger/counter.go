package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Counters give out numbers that no other node gives out. A node leases a
// block of them in the database and counts through it in memory; what is left
// of a block when the node goes is lost.
const (
	messageBlock = 100 // of upstream message ids
	receiptBlock = 1000

	maxMessageNumber = 999_999
	maxReceipt       = 99_999_999_999 // eleven digits; the twelfth checks
)

// messageLayout is the dateTime of a message id: yyyyMMddHHmmss.
const messageLayout = "20060102150405"

// block is a range of numbers leased to this node.
type block struct {
	next, last int64
}

// lease takes the next block of a counter. It returns its numbers and the mark
// that was kept with the counter; newMark, if not empty, replaces that if it
// is later.
func (s *Store) lease(ctx context.Context, counter string, size, highest int64, newMark string) (block, string, error) {
	var (
		b    block
		mark string
	)
	err := s.alone(ctx, func(tx transaction) error {
		_, err := tx.exec(ctx, "INSERT INTO counter (name, next, mark) VALUES (?, 1, '') ON CONFLICT DO NOTHING", counter)
		if err != nil {
			return err
		}
		// The update locks the row, so that what is read next stays.
		if _, err := tx.exec(ctx, "UPDATE counter SET mark = CASE WHEN mark < ? THEN ? ELSE mark END WHERE name = ?",
			newMark, newMark, counter); err != nil {
			return err
		}
		if err := tx.get(ctx, &b.next, "SELECT next FROM counter WHERE name = ?", counter); err != nil {
			return err
		}
		if err := tx.get(ctx, &mark, "SELECT mark FROM counter WHERE name = ?", counter); err != nil {
			return err
		}
		b.last = min(b.next+size-1, highest)
		next := b.last + 1
		if next > highest {
			next = 1
		}
		_, err = tx.exec(ctx, "UPDATE counter SET next = ? WHERE name = ?", next, counter)
		return err
	})
	if err != nil {
		return block{}, "", fmt.Errorf("counter %s: %w", counter, err)
	}
	return b, mark, nil
}

// nextNumber takes the next number of a counter whose numbers have no gaps: it is
// taken when the transaction is committed.
func nextNumber(ctx context.Context, tx transaction, counter string) (n int64, err error) {
	if _, err := tx.exec(ctx, "INSERT INTO counter (name, next, mark) VALUES (?, 1, '') ON CONFLICT DO NOTHING", counter); err != nil {
		return 0, err
	}
	if _, err := tx.exec(ctx, "UPDATE counter SET next = next + 1 WHERE name = ?", counter); err != nil {
		return 0, err
	}
	err = tx.get(ctx, &n, "SELECT next - 1 FROM counter WHERE name = ?", counter)
	return n, err
}

// MessageIDs gives out our own message ids on one supplier's server. It is
// safe for concurrent use.
type MessageIDs struct {
	store    *Store
	supplier string
	zone     *time.Location

	mu    sync.Mutex
	block block
	last  string // dateTime given out last, or sent by any node before our block
}

// UpstreamIDs counts the message ids on a supplier's server, whose dateTime is
// in a fixed offset from UTC, never a zone with daylight saving.
func (s *Store) UpstreamIDs(supplier string, offset time.Duration) *MessageIDs {
	return &MessageIDs{store: s, supplier: supplier, zone: time.FixedZone("", int(offset/time.Second))}
}

// Next gives out an id: dateTime as yyyyMMddHHmmss, and a number from 1 to
// 999999, which then begins again at 1. The dateTime is never below one that
// this node has given out, nor below one that any node had sent when this node
// leased its block, even if a clock was set back or a node was started anew.
func (m *MessageIDs) Next(ctx context.Context) (dateTime string, number int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.block.next == 0 || m.block.next > m.block.last {
		if err := m.renew(ctx); err != nil {
			return "", 0, err
		}
	}
	m.last = max(m.last, m.store.now().In(m.zone).Format(messageLayout))
	number = int(m.block.next)
	m.block.next++
	return m.last, number, nil
}

// renew leases a block. What was sent is known from the legs, which are
// committed before their first byte: an id that no leg has was never seen.
func (m *MessageIDs) renew(ctx context.Context) error {
	var sent string
	err := m.store.row(ctx, "SELECT COALESCE(MAX(date_time), '') FROM upstream_message WHERE supplier = ?", m.supplier).Scan(&sent)
	if err != nil {
		return fmt.Errorf("message ids of %s: %w", m.supplier, err)
	}
	b, mark, err := m.store.lease(ctx, "message:"+m.supplier, messageBlock, maxMessageNumber, max(sent, m.last))
	if err != nil {
		return err
	}
	m.block, m.last = b, max(m.last, mark)
	return nil
}

// blocks hands out receipt numbers.
type blocks struct {
	mu    sync.Mutex
	block block
}

// ReceiptNumber gives out the number of a slip: twelve digits, the last of
// which checks the others (Luhn, ISO/IEC 7812-1 annex B).
func (s *Store) ReceiptNumber(ctx context.Context) (string, error) {
	r := &s.blocks
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.block.next == 0 || r.block.next > r.block.last {
		b, _, err := s.lease(ctx, "receipt", receiptBlock, maxReceipt, "")
		if err != nil {
			return "", err
		}
		r.block = b
	}
	digits := fmt.Sprintf("%011d", r.block.next)
	r.block.next++
	return digits + string('0'+rune(luhn(digits))), nil
}

// luhn is the check digit for a string of digits.
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}
