package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/channel/sms"
	"github.com/vendswitch/vendswitch/switch/delivery"
	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/switch/notice"
	"github.com/vendswitch/vendswitch/upstream/bank"
	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/upstream/mailbox"
)

// takeIn starts what brings money and stock in, and what tells merchants of it, as far
// as the settings ask for it.
func (n node) takeIn(ctx context.Context, group *errgroup.Group) error {
	intake, err := n.intake()
	if err != nil {
		return err
	}
	group.Go(func() error { return intake.Run(ctx) })
	if err := n.tell(ctx, group); err != nil {
		return err
	}
	if name := n.config.Deposit.Mail.Mailbox; name != "" {
		if err := n.takeMail(ctx, group, name, bank.MaxMail, func(ctx context.Context, m mailbox.Mail) error {
			return intake.Take(ctx, ledger.InboundMessage{Channel: ledger.Mail, TransportID: messageID(m.Raw), Gateway: name, ReceivedAt: m.ReceivedAt, Content: m.Raw})
		}); err != nil {
			return err
		}
	}
	if name := n.config.Stock.Mailbox; name != "" {
		importer, err := n.importer(n.store, n.log)
		if err != nil {
			return err
		}
		if err := n.takeMail(ctx, group, name, maxMaxMiB*mib, func(ctx context.Context, m mailbox.Mail) error {
			_, err := importer.Take(ctx, delivery.Arrival{Source: "mailbox " + name, Content: bytes.NewReader(m.Raw), Actor: delivery.Actor, Mailed: true})
			if errors.Is(err, delivery.ErrRefused) {
				return mailbox.Refuse(err)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return n.takeSMS(ctx, group, intake)
}

// intake reads banks' messages by the settings.
func (n node) intake() (*deposit.Intake, error) {
	c := n.config.Deposit.IntakeConfig
	reader, err := c.reader()
	if err != nil {
		return nil, err
	}
	return deposit.New(deposit.Settings{Ledger: n.store, Reader: reader, Terms: c.terms(), Cap: int64(c.Cap), SMSLimit: int64(c.SMS.Limit),
		Log: n.log, Metrics: n.registry})
}

// takeSMS serves the endpoint that gateways post SMS to.
func (n node) takeSMS(ctx context.Context, group *errgroup.Group, intake *deposit.Intake) error {
	in := n.config.SMS.Inbound
	if err := in.mayListen(); err != nil {
		return err
	}
	endpoint, err := n.config.SMS.endpoint(smsHandlers{
		bank: func(ctx context.Context, m sms.Inbound) error {
			return intake.Take(ctx, ledger.InboundMessage{Channel: ledger.SMS, TransportID: m.Gateway + " " + m.ID, Gateway: m.Gateway, Sender: m.From, ReceivedAt: m.At, Content: []byte(m.Text)})
		},
		receipts: n.receipt,
	}, n.log)
	if err != nil || endpoint == nil {
		return err
	}
	l, err := net.Listen("tcp", in.Listen)
	if err != nil {
		return fmt.Errorf("sms.inbound.listen: %w", err)
	}
	n.log.Info("taking in SMS", "address", "http://"+l.Addr().String()+"/sms/")
	n.serveHTTP(ctx, group, l, endpoint)
	return nil
}

// deliveries are what receipts say, in the ledger's words: what is buffered is on its
// way, and what the SMS centre rejects will not arrive.
var deliveries = map[sms.Status]string{
	sms.Accepted:  ledger.DeliveryAccepted,
	sms.Buffered:  ledger.DeliveryAccepted,
	sms.Delivered: ledger.DeliveryDelivered,
	sms.Failed:    ledger.DeliveryFailed,
	sms.Rejected:  ledger.DeliveryFailed,
}

// receipt notes what became of an SMS of ours. One of a notice that is not ours is of
// no use to anybody.
func (n node) receipt(ctx context.Context, r sms.Receipt) error {
	id, err := uuid.Parse(r.ID)
	if err != nil {
		n.log.Warn("receipt for an SMS that is not ours", "id", r.ID)
		return nil
	}
	err = n.store.NoticeReceipt(ctx, id, deliveries[r.Status])
	if errors.Is(err, ledger.ErrNotFound) {
		n.log.Warn("receipt for an SMS that is not ours", "id", r.ID)
		return nil
	}
	return err
}

// takeMail takes mails out of a mailbox, none of them larger than its settings say, and
// than most.
func (n node) takeMail(ctx context.Context, group *errgroup.Group, name string, most int64, handle mailbox.Handler) error {
	c := n.config.Mail.IMAP[name]
	if _, err := readSecret("mail.imap."+name+".password_file", c.PasswordFile); err != nil {
		return err // which could be mended while we run, but nobody would know
	}
	settings, err := n.openMail("mail.imap."+name, c.CA, n.log)
	if err != nil {
		return err
	}
	config := c.mailbox(name, settings, n.log)
	config.MaxSize = min(cmp.Or(config.MaxSize, mailbox.DefaultMaxSize), most)
	config.OnRefused = n.unread(name, c.Refused)
	box, err := mailbox.New(config)
	if err != nil {
		return fmt.Errorf("mail.imap.%s: %w", name, err)
	}
	n.registry.MustRegister(mailboxGauge(name, box))
	group.Go(func() error { return box.Run(ctx, n.unlessAway(handle)) })
	return nil
}

// unlessAway tells a mail that cannot be taken from a time at which none can be.
func (n node) unlessAway(handle mailbox.Handler) mailbox.Handler {
	return func(ctx context.Context, m mailbox.Mail) error {
		err := handle(ctx, m)
		if err == nil || errors.Is(err, mailbox.ErrRefuse) {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, pingTimeout)
		defer cancel()
		if n.store.Ping(ctx) != nil {
			return mailbox.Later(err)
		}
		return err
	}
}

// unread tells the operator of mails that were put aside unread, which nothing but an
// exception does: of a stranger who sends many, once.
func (n node) unread(name, folder string) func(context.Context, mailbox.Mail, error) error {
	return func(ctx context.Context, m mailbox.Mail, why error) error {
		about := fmt.Sprintf("mailbox %s: ", name)
		open, err := n.store.Exceptions(ctx, true)
		if err != nil {
			return err
		}
		for _, e := range open {
			if e.Kind == ledger.ExceptionMailUnread && strings.HasPrefix(e.Note, about) {
				return nil
			}
		}
		return n.store.Raise(ctx, ledger.Exception{Kind: ledger.ExceptionMailUnread, Note: about + fmt.Sprintf(
			"a mail that came at %s was put into the folder %s unread, and others may have been since: %v", m.ReceivedAt.In(n.config.Zone.Location).Format("2006-01-02 15:04"), folder, why)})
	}
}

// mailboxGauge tells whether a mailbox can be reached.
func mailboxGauge(name string, box *mailbox.Mailbox) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "vendswitch_mailbox_up", Help: "Whether the last look into the mailbox went through.",
		ConstLabels: prometheus.Labels{"mailbox": name}}, func() float64 {
		if box.Status().Up {
			return 1
		}
		return 0
	})
}

// messageID is a mail's Message-ID, or if it has none that can be kept, a name made of
// all of it.
func messageID(raw []byte) string {
	const longest = 500
	if m, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		id := strings.TrimSpace(m.Header.Get("Message-Id"))
		if id != "" && len(id) <= longest && strings.ToValidUTF8(id, "") == id && !strings.ContainsAny(id, "\x00\r\n") {
			return id
		}
	}
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// tell sends what the outbox holds. Notices of a channel that is not set up here wait
// for a node where it is.
func (n node) tell(ctx context.Context, group *errgroup.Group) error {
	senders := make(map[ledger.Channel]notice.Send)
	send := func(s gateway.Sender) notice.Send {
		return func(ctx context.Context, m notice.Message) (string, error) { return s.Send(ctx, gateway.Message(m)) }
	}
	text, err := n.config.SMS.sender()
	if err != nil {
		return err
	}
	if text != nil {
		senders[ledger.SMS] = send(text)
	}
	if c := n.config.Mail.SMTP; c.on() {
		settings, err := n.openMail("mail.smtp", c.CA, n.log)
		if err != nil {
			return err
		}
		if c.User != "" {
			if _, err := readSecret("mail.smtp.password_file", c.PasswordFile); err != nil {
				return err
			}
		}
		mailer, err := gateway.NewMailer(c.mailer(settings))
		if err != nil {
			return fmt.Errorf("mail.smtp: %w", err)
		}
		senders[ledger.Mail] = send(mailer)
	}
	if len(senders) == 0 {
		return nil
	}
	dispatcher := notice.New(n.store, notice.Settings{Senders: senders, Refused: gateway.ErrRefused, Account: gateway.ErrAccount,
		Timeout: max(notice.DefaultTimeout, time.Duration(n.config.Mail.SMTP.Timeout)), Log: n.log, Registry: n.registry})
	group.Go(func() error { dispatcher.Run(ctx); return nil })
	return nil
}
