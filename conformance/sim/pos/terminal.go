package pos

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Config is who a terminal is.
type Config struct {
	URL        string
	ClientID   string // EAN
	TerminalID string
	OpName     string
	Password   string
	TLS        xmlvend.TLS      // of https; nil means the system's
	Dialect    *xmlvend.Dialect // nil means the standard
	Version    xmlvend.Version
	Timeout    time.Duration // of one exchange; zero means DefaultTimeout
	Now        func() time.Time
}

// DefaultTimeout is how long a terminal waits for an answer: longer than a
// switch's answer budget.
const DefaultTimeout = 35 * time.Second

// Terminal sells over XMLVend. It gives every request a message id of its own. It
// is safe for concurrent use.
type Terminal struct {
	config Config
	client *xmlvend.Client

	mu     sync.Mutex
	number int
}

// New makes a terminal. Close it when done.
func New(c Config) (*Terminal, error) {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	client, err := xmlvend.NewClient(xmlvend.ClientConfig{URL: c.URL, TLS: c.TLS, Dialect: c.Dialect, Version: c.Version})
	if err != nil {
		return nil, err
	}
	return &Terminal{config: c, client: client}, nil
}

// Close closes the terminal's connections.
func (t *Terminal) Close() { t.client.Close() }

// lastNumber is the greatest uniqueNumber of a message id.
const lastNumber = 999999

// NextID takes a message id.
func (t *Terminal) NextID() xmlvend.MsgID {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number = t.number%lastNumber + 1
	return xmlvend.MsgID{DateTime: t.config.Now().Format("20060102150405"), UniqueNumber: strconv.Itoa(t.number)}
}

// Send sends one request, once, under its message id or a new one. A fault is a
// response like any other. Without an answer the error tells so, and the request
// is to be asked after with LastResponse.
func (t *Terminal) Send(ctx context.Context, req xmlvend.Request) (xmlvend.Response, error) {
	h := req.Head()
	h.Client = xmlvend.EAN(t.config.ClientID)
	h.Terminal = xmlvend.Generic(t.config.TerminalID)
	h.AuthCred = &xmlvend.AuthCred{OpName: t.config.OpName, Password: xmlvend.Secret(t.config.Password)}
	if h.MsgID == (xmlvend.MsgID{}) {
		h.MsgID = t.NextID()
	}
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	defer cancel()
	answer, err := t.client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	if len(answer.Deviations) > 0 {
		return answer.Response, fmt.Errorf("the answer departs from the schema: %s", answer.Deviations[0].Reason)
	}
	if answer.Response == nil {
		return nil, fmt.Errorf("SOAP fault without XMLVend detail: %s", answer.Fault.Text())
	}
	if !answer.Response.Head().ReqMsgID.Same(h.MsgID) {
		return answer.Response, errors.New("the answer is to another message")
	}
	return answer.Response, nil
}

// Catalogue asks what may be sold.
func (t *Terminal) Catalogue(ctx context.Context) (xmlvend.Response, error) {
	return t.Send(ctx, &xmlvend.CatalogueReq{})
}

// Confirm asks whose meter it is.
func (t *Terminal) Confirm(ctx context.Context, meter string) (xmlvend.Response, error) {
	return t.Send(ctx, &xmlvend.ConfirmCustomerReq{ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: meter}}})
}

// Trial asks what a token for an amount in cents would be.
func (t *Terminal) Trial(ctx context.Context, meter string, cents int64) (xmlvend.Response, error) {
	vend := CreditVend(meter, cents)
	return t.Send(ctx, &xmlvend.TrialCreditVendReq{VendRequestHeader: vend.VendRequestHeader, PurchaseValue: vend.PurchaseValue})
}

// Vend buys a token for an amount in cents.
func (t *Terminal) Vend(ctx context.Context, meter string, cents int64) (xmlvend.Response, error) {
	return t.Send(ctx, CreditVend(meter, cents))
}

// CreditVend is a request for a token. Its header is filled in when it is sent.
func CreditVend(meter string, cents int64) *xmlvend.CreditVendReq {
	return &xmlvend.CreditVendReq{
		VendRequestHeader: xmlvend.VendRequestHeader{Resource: xmlvend.Electricity, Meter: xmlvend.MeterNumber{MSNO: meter}},
		PurchaseValue:     xmlvend.PurchaseValueCurrency{Amt: xmlvend.NewCurrency(cents, 2, "ZAR")},
	}
}

// Voucher buys vouchers.
func (t *Terminal) Voucher(ctx context.Context, product string, quantity int) (xmlvend.Response, error) {
	return t.Send(ctx, &xmlvend.VoucherVendReq{ProductCode: product, Quantity: quantity})
}

// LastResponse asks, under a new message id, what became of an earlier request.
func (t *Terminal) LastResponse(ctx context.Context, of xmlvend.MsgID) (xmlvend.Response, error) {
	return t.Send(ctx, &xmlvend.LastRespAdviceReq{AdviceHeader: xmlvend.AdviceHeader{AdviceReqMsgID: of}})
}
