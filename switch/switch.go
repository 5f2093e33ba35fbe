package vending

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// Switch sells. It is safe for concurrent use.
type Switch struct {
	settings    Settings
	ledger      *ledger.Store
	now         func() time.Time
	log         *slog.Logger
	metrics     *metrics
	passwords   *verifier
	decoyHash   string
	connections connections
	meters      *aged[string, ledger.MeterRoute]

	reading   sync.Mutex
	catalogue atomic.Pointer[catalogue]

	ids upstreamIDs

	inFlight sync.WaitGroup
	stop     context.CancelFunc
}

// Request is what every channel knows of a request: its identity and where it
// came from.
type Request struct {
	Channel   string // "pos"
	Operation string // "creditVend"
	Message   ledger.MessageKey
	Digest    ledger.Digest
}

// New makes a switch and starts its resolver. It fails if the catalogue cannot
// be read.
func New(ctx context.Context, settings Settings) (*Switch, error) {
	settings = settings.withDefaults()
	decoy, err := HashPassword("no-such-user")
	if err != nil {
		return nil, err
	}
	s := &Switch{
		settings:  settings,
		ledger:    settings.Ledger,
		now:       settings.Now,
		log:       settings.Log,
		metrics:   newMetrics(settings.Metrics),
		passwords: newVerifier(),
		decoyHash: decoy,
		meters:    newAged[string, ledger.MeterRoute](settings.CatalogueAge, settings.Now),
	}
	s.connections.connect = func(to ledger.Supplier) (*upstream.Guard, error) {
		return settings.Connect(to, s.probe(to))
	}
	s.ids.store = settings.Ledger
	if _, err := s.current(ctx); err != nil {
		return nil, err
	}
	resolving, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.inFlight.Go(func() { s.resolve(resolving) })
	return s, nil
}

// Close stops the resolver, lets sales in flight finish and closes the
// connections to suppliers. What is still unknown then is taken up by another
// node or at the next start.
func (s *Switch) Close() error {
	s.stop()
	s.inFlight.Wait()
	return s.connections.close()
}

// upstreamIDs hands out our message ids, one counter per supplier account.
type upstreamIDs struct {
	store *ledger.Store
	mu    sync.Mutex
	by    map[account]*ledger.MessageIDs
}

// account is our account at a supplier and the offset its message ids are in.
type account struct {
	supplier string
	offset   time.Duration
}

func (u *upstreamIDs) next(ctx context.Context, to ledger.Supplier) (dateTime string, number int, err error) {
	key := account{to.Code, to.UTCOffset}
	u.mu.Lock()
	ids, ok := u.by[key]
	if !ok {
		if u.by == nil {
			u.by = make(map[account]*ledger.MessageIDs)
		}
		ids = u.store.UpstreamIDs(key.supplier, key.offset)
		u.by[key] = ids
	}
	u.mu.Unlock()
	return ids.Next(ctx)
}

// detached gives a sale its own life: a client that hangs up, or a server that
// shuts down, does not leave it half done. The budget still bounds it.
func (s *Switch) detached(ctx context.Context, caller Caller) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), caller.budget(s.settings.AnswerBudget))
}

// storing gives what is in our hands already the time to be stored, whatever has
// become of the client.
func (s *Switch) storing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), s.settings.CommitBudget)
}

// refusalFor turns an error of the ledger's into the fault the client gets.
func refusalFor(err error) error {
	switch {
	case errors.Is(err, ledger.ErrFunds):
		return faultf(CodeFunds, "Not enough credit. Make a deposit.", "This purchase is not possible here at the moment.", "insufficient vendor credit")
	case errors.Is(err, ledger.ErrBlocked):
		return faultf(CodeMerchant, "This merchant is blocked. Call the operator.", "This purchase is not possible here at the moment.", "merchant is blocked")
	case errors.Is(err, ledger.ErrStock):
		return faultf(CodeStock, "Out of stock. Offer another value.", "Sold out.", "out of stock")
	case errors.Is(err, ledger.ErrMessageTaken):
		return faultf(CodeMessageTaken, "This message id was used for another request.", "", "message id was used for another request")
	case errors.Is(err, ledger.ErrMessageVoid):
		return faultf(CodeMessageVoid, "This request came too late; sell again as a new one.", "", "message id was declared not sold before this request came")
	}
	return err
}
