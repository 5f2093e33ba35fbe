package bank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

// Deposit is money that somebody pays into an operator's account.
type Deposit struct {
	Bank      Bank   `json:"bank"`
	Amount    int64  `json:"amount"`           // cents
	Reference string `json:"reference"`        // as the payer types it
	Method    Method `json:"method,omitempty"` // empty: EFT
	Only      string `json:"only,omitempty"`   // "sms" or "mail": the one message that is sent; empty: both
	Fault     Fault  `json:"fault,omitempty"`
}

// Told is what a bank has told of a deposit.
type Told struct {
	Balance int64    `json:"balance"` // cents, of the account
	Notices []Notice `json:"notices"`
}

// Notice is one message.
type Notice struct {
	By       string `json:"by"` // "sms" or "mail"
	ID       string `json:"id"` // the gateway's, or the Message-ID
	From     string `json:"from"`
	Text     string `json:"text"` // of the SMS, or the whole mail
	Held     bool   `json:"held,omitempty"`
	Statuses []int  `json:"statuses,omitempty"` // of an SMS: how it was answered
}

// The two ways of a notice.
const (
	BySMS  = "sms"
	ByMail = "mail"
)

// notice is a message that is to be sent.
type notice struct {
	Notice
	at       time.Time
	times    int    // that it is delivered
	envelope string // of a mail
	late     bool   // held until it is released, not only until the next deposit
}

// ErrDeposit reports a deposit that cannot be.
var ErrDeposit = errors.New("bank: no such deposit")

// maxAmount keeps sums of cents far from the limits of an int64.
const maxAmount = 1_000_000_000_00

func (d Deposit) validate() error {
	switch {
	case !slices.Contains(banks, d.Bank):
		return fmt.Errorf("%w: bank %q, want one of %v", ErrDeposit, d.Bank, banks)
	case d.Amount <= 0 || d.Amount > maxAmount:
		return fmt.Errorf("%w: the amount is %d, and must be 1 to %d cents: 30000 is R300.00", ErrDeposit, d.Amount, int64(maxAmount))
	case d.Reference == "":
		return fmt.Errorf("%w: the reference is missing: what the payer types, such as M100234", ErrDeposit)
	case strings.ContainsAny(d.Reference, "\r\n"):
		return fmt.Errorf("%w: a reference is one line", ErrDeposit)
	case d.Method != "" && d.Method != EFT && d.Method != Cash:
		return fmt.Errorf("%w: method %q", ErrDeposit, d.Method)
	case d.Only != "" && d.Only != BySMS && d.Only != ByMail:
		return fmt.Errorf("%w: only %q, want sms or mail", ErrDeposit, d.Only)
	case d.Fault != "" && !slices.Contains(faults, d.Fault):
		return fmt.Errorf("%w: fault %q, want one of %v", ErrDeposit, d.Fault, faults)
	case d.Fault.mailOnly() && d.Only == BySMS:
		return fmt.Errorf("%w: %s is of mails", ErrDeposit, d.Fault)
	}
	return nil
}

// Deposit books a deposit and tells of it. The error is ErrDeposit, or that of the mail
// server; how an SMS fared is in its notice. Its fault says what is not booked, not told
// or held back.
func (s *Server) Deposit(ctx context.Context, d Deposit) (Told, error) {
	if err := d.validate(); err != nil {
		return Told{}, err
	}
	now := s.config.Now().In(s.config.Zone)
	s.mu.Lock()
	account := s.accounts[d.Bank]
	if account == nil {
		s.mu.Unlock()
		return Told{}, fmt.Errorf("%w: the operator has no account at %s", ErrDeposit, d.Bank)
	}
	if d.Fault.Genuine() {
		account.Balance += d.Amount
	}
	told := Told{Balance: account.Balance}
	m := movement{bank: d.Bank, suffix: account.Suffix, amount: d.Amount, balance: account.Balance, reference: d.Reference,
		method: cmp.Or(d.Method, EFT), at: now}
	if !d.Fault.Genuine() {
		m.balance += d.Amount // as it would be
	}
	before := s.held // what waits for the next deposit goes after it
	s.held = nil
	var send []notice
	for _, n := range s.notices(d, m) {
		if d.Fault == OutOfOrder || d.Fault == LateMail && n.By == ByMail {
			n.Held, n.late = true, d.Fault == LateMail
			s.held = append(s.held, n)
			told.Notices = append(told.Notices, n.Notice)
			continue
		}
		send = append(send, n)
	}
	for _, n := range before {
		if n.late {
			s.held = append(s.held, n)
		} else {
			send = append(send, n)
		}
	}
	s.mu.Unlock()
	sent, err := s.sendAll(ctx, send)
	told.Notices = append(told.Notices, sent...)
	return told, err
}

// Release sends what is held back.
func (s *Server) Release(ctx context.Context) ([]Notice, error) {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	return s.sendAll(ctx, held)
}

// notices are the messages about a deposit, SMS first.
func (s *Server) notices(d Deposit, m movement) []notice {
	switch d.Fault {
	case WrongAccount:
		m.suffix = another(m.suffix)
	case InjectedReference:
		injected := m
		injected.amount = m.amount * 100
		m.reference = injected.sms()
	}
	copies, times := 1, 1
	switch d.Fault {
	case Duplicate:
		copies = 2
	case Redeliver:
		times = 2
	}
	var all []notice
	for range copies {
		if s.config.SMS.To != "" && d.Only != ByMail && !d.Fault.mailOnly() {
			all = append(all, s.smsNotice(d, m, times))
		}
	}
	for range copies {
		if (s.config.Mail.SMTP != "" || s.config.Mail.Folder != "") && d.Only != BySMS {
			all = append(all, s.mailNotice(d, m, times))
		}
	}
	return all
}

func (s *Server) smsNotice(d Deposit, m movement, times int) notice {
	from, _, _ := m.bank.sender()
	text := m.sms()
	switch d.Fault {
	case ForgedSender:
		from = "27839990000"
	case ChangedWording:
		text = m.reworded()
	}
	s.last++
	return notice{Notice: Notice{By: BySMS, ID: fmt.Sprintf("bank-%d-%d", m.at.UnixNano(), s.last), From: from, Text: text}, at: m.at, times: times}
}

func (s *Server) mailNotice(d Deposit, m movement, times int) notice {
	_, domain, from := m.bank.sender()
	l := letter{domain: domain, from: from, dkim: "pass", spf: "pass", dmarc: "pass", at: m.at, html: m.bank == StandardBank}
	if m.bank == FNB {
		l.dkim = "none"
	}
	l.subject, l.text = m.mail(s.config.Operator)
	switch d.Fault {
	case ForgedSender: // a domain of his own, the bank's address as the name
		l.domain, l.from = "mailer.example", fmt.Sprintf("%q <noreply@mailer.example>", from)
	case DMARCFail:
		l.dkim, l.spf, l.dmarc = "fail", "softfail", "fail"
	case Forwarded:
		l.domain, l.from, l.subject = "merchant.example", "thandi@merchant.example", "Fwd: "+l.subject
		l.text = "---------- Forwarded message ----------\nFrom: " + from + "\n\n" + l.text
	case ProofOfPayment:
		l.subject, l.text = m.proof(s.config.Operator)
	case ChangedWording:
		l.subject, l.text = m.reworded(), m.reworded()+"\n"
	}
	l.id = newID(l.domain)
	content := l.write(s.config.Mail.To, s.config.Mail.Server)
	return notice{Notice: Notice{By: ByMail, ID: l.id, From: l.from, Text: string(content)}, at: m.at, times: times, envelope: "bounce@" + l.domain}
}

// sendAll sends notices in turn. One that fails does not hold up those after it.
func (s *Server) sendAll(ctx context.Context, notices []notice) (sent []Notice, err error) {
	for _, n := range notices {
		n.Held = false
		var failed error
		if n.By == BySMS {
			n.Statuses, failed = s.sendSMS(ctx, n)
		} else {
			failed = s.sendMail(ctx, n)
		}
		err = errors.Join(err, failed)
		sent = append(sent, n.Notice)
	}
	return sent, err
}

func (s *Server) sendSMS(ctx context.Context, n notice) ([]int, error) {
	to := s.config.SMS
	sent, err := to.Centre.Deliver(ctx, smsc.Inbound{Form: to.Form, URL: to.URL, ID: n.ID, From: n.From, To: to.To, Text: n.Text, At: n.at, Times: n.times})
	return sent.Statuses, err
}

func (s *Server) sendMail(ctx context.Context, n notice) error {
	name, _, _ := strings.Cut(n.ID, "@")
	for i := range n.times {
		if s.config.Mail.SMTP != "" {
			if err := s.config.Mail.post(ctx, n.envelope, []byte(n.Text)); err != nil {
				return err
			}
		}
		if s.config.Mail.Folder != "" {
			if err := s.config.Mail.file(fmt.Sprintf("%s-%d", name, i+1), []byte(n.Text)); err != nil {
				return err
			}
		}
	}
	return nil
}
