package utility

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// IssueKind says what an issued token is.
type IssueKind string

// The kinds of issued token.
const (
	IssuedSale      IssueKind = "sale"
	IssuedFree      IssueKind = "free" // free basic electricity
	IssuedKeyChange IssueKind = "keyChange"
	IssuedGrant     IssueKind = "freeIssue"   // a free issue for a purpose
	IssuedTransfer  IssueKind = "transfer"    // units of a meter that was replaced
	IssuedEngineer  IssueKind = "engineering" // for one meter
	IssuedTest      IssueKind = "test"        // for every meter
)

// Issued is a token that has left the utility, whether or not anyone received it.
type Issued struct {
	At        time.Time
	Meter     string // "" for a test token
	Kind      IssueKind
	Token     sts.Token
	Key       Key     // that the token was made with
	TID       sts.TID // of credit tokens
	Units     int64   // tenths of a kWh, of credit tokens
	Tender    int64   // cents, of a sale
	Client    string  // EAN
	MsgID     xmlvend.MsgID
	ReceiptNo string
}

// Received is a request that arrived, and how often.
type Received struct {
	Operation Operation
	Client    string // EAN
	DateTime  string // of the message id
	Number    int    // of the message id
	Times     int
}

// record counts what arrives and lists what leaves, so that a test can prove
// that a vend was sent once and a token made once.
type record struct {
	mu       sync.Mutex
	received map[Operation]map[messageKey]int
	issued   []Issued
	meters   map[messageKey]string // that requests named which bind
}

func newRecord() *record { return &record{received: map[Operation]map[messageKey]int{}} }

func (r *record) receive(op Operation, key messageKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.received[op] == nil {
		r.received[op] = map[messageKey]int{}
	}
	r.received[op][key]++
}

func (r *record) times(op Operation, key messageKey) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.received[op][key]
}

func (r *record) allReceived() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Received
	for op, keys := range r.received {
		for key, times := range keys {
			all = append(all, Received{op, key.client, key.dateTime, key.number, times})
		}
	}
	slices.SortFunc(all, func(a, b Received) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.DateTime, b.DateTime),
			cmp.Compare(a.Number, b.Number), cmp.Compare(a.Operation, b.Operation))
	})
	return all
}

// issue lists the tokens of a sale in the order in which they are to be typed.
func (r *record) issue(h *household, s *sale, head *xmlvend.RequestHeader, now time.Time) {
	entry := Issued{
		At: now, Meter: h.meter.Number, Client: head.Client.ID, MsgID: head.MsgID, ReceiptNo: s.receiptNo,
	}
	var list []Issued
	if s.keyChange != nil {
		for _, token := range s.keyChange {
			key := entry
			key.Kind, key.Token, key.Key = IssuedKeyChange, token, s.before
			list = append(list, key)
		}
	}
	if s.free != nil {
		free := entry
		free.Kind, free.Token, free.Key, free.TID, free.Units = IssuedFree, s.free.token, s.after, s.free.tid, s.free.units
		list = append(list, free)
	}
	sold := entry
	sold.Kind, sold.Token, sold.Key, sold.TID, sold.Units = IssuedSale, s.credit.token, s.after, s.credit.tid, s.credit.units
	sold.Tender = s.tender
	r.add(append(list, sold)...)
}

func (r *record) add(list ...Issued) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.issued = append(r.issued, list...)
}

// issuedFor returns the tokens of one meter, or of all for "".
func (r *record) issuedFor(meter string) []Issued {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []Issued
	for _, issued := range r.issued {
		if meter == "" || issued.Meter == meter {
			found = append(found, issued)
		}
	}
	return found
}
