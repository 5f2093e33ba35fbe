package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// NoticeState says how far a notice is.
type NoticeState string

const (
	NoticeDue  NoticeState = "due"
	NoticeSent NoticeState = "sent" // handed to the gateway
	NoticeDead NoticeState = "dead" // given up; a person must look
)

// NoticeDraft is what somebody is to be told.
type NoticeDraft struct {
	Channel Channel
	To      string // a cell number or e-mail address
	Subject string // of a mail
	Text    string
}

// Notice is what somebody is told of an event: one row for each address, made in
// the transaction of what it tells of.
type Notice struct {
	ID        ID
	Event     string
	Party     string // the merchant
	Channel   Channel
	State     NoticeState
	Attempts  int
	NextAt    time.Time
	CreatedAt time.Time
	SentAt    time.Time
	Error     string // of the last attempt
	Receipt   string // the gateway's own id
	Delivery  string // what the gateway reported last
	NoticeContent
}

// NoticeContent is sealed at rest: addresses are personal, and so is what is said
// of money. It is filled in only by the reads that need it.
type NoticeContent struct {
	To      string `json:"to"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
}

const insertNotice = `INSERT INTO notice (id, event, party, channel, address, content, state, attempts, next_at, created_at,
	error, receipt, delivery, node) VALUES (?, ?, ?, ?, ?, ?, 'due', 0, ?, ?, '', '', '', '') ON CONFLICT DO NOTHING`

// notice puts a draft into the outbox. An event is told once to each address.
func (v *view) notice(event, party string, d NoticeDraft) {
	id := NewID()
	content, err := json.Marshal(NoticeContent{d.To, d.Subject, d.Text})
	if err != nil || d.Channel != SMS && d.Channel != Mail {
		v.err = fmt.Errorf("notice of %s by %q: %w", event, d.Channel, err)
		return
	}
	v.rows.execs = append(v.rows.execs, execution{insertNotice, []any{id, event, party, string(d.Channel),
		v.store.sealer.Hash("address", d.To), v.store.sealer.Seal(content, aad("notice", id)), v.now, v.now}, -1, nil})
}

// depositNotices lists what was told of a deposit, without the content.
func (s *Store) depositNotices(ctx context.Context, id ID) ([]Notice, error) {
	return s.notices(ctx, " WHERE event IN (?, ?, ?, ?, ?, ?, ?, ?, ?) ORDER BY created_at, id", depositEvents(id)...)
}

// depositEvents are the events of a deposit as notices name them.
func depositEvents(id ID) []any {
	var list []any
	for _, e := range []DepositEvent{EventCredited, EventSuspended, EventClaimed, EventReturned, EventWithdrawn, EventProvisional,
		EventWaiting, EventConfirmed, EventRefused} {
		list = append(list, noticeEvent(id, e))
	}
	return list
}

func noticeEvent(id ID, e DepositEvent) string { return fmt.Sprintf("deposit %s %s", id, e) }

const noticeColumns = `id, event, party, channel, state, attempts, next_at, created_at, sent_at, error, receipt, delivery`

// scanNotice reads noticeColumns and then what more is asked for.
func scanNotice(from scanner, more ...any) (Notice, error) {
	var (
		n    Notice
		sent sql.NullTime
	)
	err := from.Scan(append([]any{&n.ID, &n.Event, &n.Party, &n.Channel, &n.State, &n.Attempts, &n.NextAt, &n.CreatedAt, &sent,
		&n.Error, &n.Receipt, &n.Delivery}, more...)...)
	n.NextAt, n.CreatedAt, n.SentAt = n.NextAt.UTC(), n.CreatedAt.UTC(), sent.Time.UTC()
	return n, err
}

func (s *Store) notices(ctx context.Context, where string, args ...any) ([]Notice, error) {
	return collect(ctx, s, func(row scanner) (Notice, error) { return scanNotice(row) }, "SELECT "+noticeColumns+" FROM notice"+where, args...)
}

// NoticeFilter picks notices; empty fields pick all.
type NoticeFilter struct {
	State NoticeState
	Party string
	Limit int // zero means 100, less than zero all
}

// Notices lists notices without their content, the oldest first.
func (s *Store) Notices(ctx context.Context, f NoticeFilter) ([]Notice, error) {
	var w where
	w.text("state", string(f.State))
	w.text("party", f.Party)
	return s.notices(ctx, w.limited("created_at, id", f.Limit), w.args...)
}

func (s *Store) openNotice(id ID, sealed []byte) (c NoticeContent, err error) {
	plain, err := s.sealer.Open(sealed, aad("notice", id))
	if err == nil {
		err = json.Unmarshal(plain, &c)
	}
	if err != nil {
		return c, fmt.Errorf("notice %s: %w: %w", id, errUnopened, err)
	}
	return c, nil
}

// errUnopened means that what a notice says cannot be read here.
var errUnopened = errors.New("its content cannot be opened")
