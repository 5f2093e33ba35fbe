package main

import (
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

type depositRecord struct {
	ID        ledger.ID              `json:"id"`
	Bank      string                 `json:"bank"`
	Account   string                 `json:"account"`
	Currency  string                 `json:"currency"`
	Amount    int64                  `json:"amount"`
	Kind      string                 `json:"kind"`
	Reference string                 `json:"reference"`
	Date      string                 `json:"date,omitempty"`
	BankedAt  time.Time              `json:"bankedAt,omitzero"`
	Balance   *int64                 `json:"balance,omitempty"`
	Merchant  string                 `json:"merchant,omitempty"`
	State     ledger.DepositState    `json:"state"`
	Reason    string                 `json:"reason,omitempty"`
	Unmatched string                 `json:"unmatched,omitempty"`
	Alike     ledger.ID              `json:"alikeID,omitzero"`
	Fee       int64                  `json:"fee"`
	FeeRule   string                 `json:"feeRule,omitempty"`
	SeenAt    time.Time              `json:"seenAt"`
	SettledAt time.Time              `json:"settledAt,omitzero"`
	Proposal  *depositProposalRecord `json:"proposal,omitempty"`
}

// depositProposalRecord is what waits for a second person.
type depositProposalRecord struct {
	DepositID ledger.ID         `json:"depositID"`
	Act       ledger.DepositAct `json:"act"`
	Merchant  string            `json:"merchant,omitempty"`
	Actor     string            `json:"actor"`
	Evidence  string            `json:"evidence"`
	At        time.Time         `json:"at"`
}

func newDepositRecord(d ledger.Deposit, p *ledger.DepositProposal) depositRecord {
	r := depositRecord{ID: d.ID, Bank: d.Bank, Account: d.Account, Currency: d.Currency, Amount: d.Amount, Kind: d.Kind, Reference: d.Reference,
		Date: d.Date, BankedAt: d.BankedAt, Balance: d.Balance, Merchant: d.Merchant, State: d.State, Reason: d.Reason, Unmatched: d.Unmatched,
		Alike: d.Alike, Fee: d.Fee, FeeRule: d.FeeRule, SeenAt: d.SeenAt, SettledAt: d.SettledAt}
	if p != nil {
		proposal := depositProposalRecord(*p)
		r.Proposal = &proposal
	}
	return r
}

type sightingRecord struct {
	Message   ledger.ID            `json:"messageID"`
	N         int                  `json:"n"`
	DepositID ledger.ID            `json:"depositID"`
	Relation  ledger.SightRelation `json:"relation"`
	Channel   ledger.Channel       `json:"channel"`
	At        time.Time            `json:"at"`
	Account   string               `json:"account,omitempty"`
	Date      string               `json:"date,omitempty"`
	BankedAt  time.Time            `json:"bankedAt,omitzero"`
	Balance   *int64               `json:"balance,omitempty"`
}

type noticeRecord struct {
	ID        ledger.ID          `json:"id"`
	Event     string             `json:"event"`
	Merchant  string             `json:"merchant"`
	Channel   ledger.Channel     `json:"channel"`
	State     ledger.NoticeState `json:"state"`
	Attempts  int                `json:"attempts"`
	NextAt    time.Time          `json:"nextAt,omitzero"`
	CreatedAt time.Time          `json:"createdAt"`
	SentAt    time.Time          `json:"sentAt,omitzero"`
	Error     string             `json:"error,omitempty"`
	Receipt   string             `json:"receipt,omitempty"`
	Delivery  string             `json:"delivery,omitempty"`
}

func newNoticeRecord(n ledger.Notice) noticeRecord {
	r := noticeRecord{n.ID, n.Event, n.Party, n.Channel, n.State, n.Attempts, n.NextAt, n.CreatedAt, n.SentAt, n.Error, n.Receipt, n.Delivery}
	if n.State != ledger.NoticeDue {
		r.NextAt = time.Time{}
	}
	return r
}

// depositStoryRecord is a deposit with everything there is on it.
type depositStoryRecord struct {
	Deposit   depositRecord    `json:"deposit"`
	Sightings []sightingRecord `json:"sightings"`
	Entries   []entryRecord    `json:"entries"`
	Postings  []lineRecord     `json:"postings"`
	Notices   []noticeRecord   `json:"notices"`
}

func newDepositStoryRecord(s ledger.DepositStory) depositStoryRecord {
	return depositStoryRecord{
		Deposit:   newDepositRecord(s.Deposit, s.Proposal),
		Sightings: records(s.Sightings, func(s ledger.Sighting) sightingRecord { return sightingRecord(s) }),
		Entries:   records(s.Entries, newEntryRecord), Postings: records(s.Postings, newLineRecord), Notices: records(s.Notices, newNoticeRecord),
	}
}

type bankMessageRecord struct {
	ID          ledger.ID           `json:"id"`
	Channel     ledger.Channel      `json:"channel"`
	TransportID string              `json:"transportID"`
	Copy        int                 `json:"copy"`
	Gateway     string              `json:"gateway"`
	Sender      string              `json:"sender"`
	ReceivedAt  time.Time           `json:"receivedAt"`
	State       ledger.MessageState `json:"state"`
	Action      string              `json:"action,omitempty"`
	Reason      string              `json:"reason,omitempty"`
	Template    string              `json:"template,omitempty"`
	Review      bool                `json:"review"`
	ReviewedAt  time.Time           `json:"reviewedAt,omitzero"`
	ReviewedBy  string              `json:"reviewedBy,omitempty"`
	ReviewNote  string              `json:"reviewNote,omitempty"`
}

type contentRecord struct {
	bankMessageRecord
	Content string `json:"content"`
}

type contactRecord struct {
	Merchant string         `json:"merchant"`
	Channel  ledger.Channel `json:"channel"`
	Address  string         `json:"address"`
}

type depositKeyRecord struct {
	Key      string         `json:"key"`
	Merchant string         `json:"merchant"`
	Kind     ledger.KeyKind `json:"kind"`
}

// searchedKeyRecord is a key in the listing.
type searchedKeyRecord struct {
	depositKeyRecord
	Searched bool `json:"searched"` // references are searched for its like
}

// depositRecordOf is what --json prints of what deposits are about; nil of
// anything else.
func depositRecordOf(v any) any {
	switch v := v.(type) {
	case depositLine:
		return newDepositRecord(v.Deposit, v.Proposal)
	case ledger.DepositStory:
		return newDepositStoryRecord(v)
	case ledger.BankMessage:
		return bankMessageRecord(v)
	case messageContent:
		return contentRecord{bankMessageRecord(v.BankMessage), string(v.Content)}
	case ledger.Notice:
		return newNoticeRecord(v)
	case ledger.Contact:
		return contactRecord(v)
	case ledger.DepositKey:
		return depositKeyRecord(v)
	case searchedKey:
		return searchedKeyRecord{depositKeyRecord(v.DepositKey), v.Searched}
	}
	return nil
}
