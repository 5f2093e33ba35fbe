package utility

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Server is a running town. It is safe for concurrent use. It listens on nothing
// itself: it is an http.Handler.
type Server struct {
	config  Config
	xmlvend http.Handler
	mux     *http.ServeMux

	faults injector
	room   *waitingRoom
	record *record

	mu         sync.Mutex
	vendors    map[string]*vendor    // by EAN
	households map[string]*household // by meter number
	outcomes   map[messageKey]*outcome
	receipts   uint64
	reports    uint64 // of faults by customers
}

// New builds a town. The error says what is wrong with the configuration.
func New(config Config) (*Server, error) {
	config = config.withDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		config:     config,
		faults:     injector{faults: slices.Clone(config.Faults)},
		room:       newWaitingRoom(),
		record:     newRecord(),
		vendors:    map[string]*vendor{},
		households: map[string]*household{},
		outcomes:   map[messageKey]*outcome{},
	}
	for _, client := range config.Clients {
		if s.vendors[client.EAN] != nil {
			return nil, fmt.Errorf("utility: client %s is there twice", client.EAN)
		}
		s.vendors[client.EAN] = &vendor{client: client, balance: client.Balance}
	}
	for _, meter := range config.Meters {
		if s.households[meter.Number] != nil {
			return nil, fmt.Errorf("utility: meter %s is there twice", meter.Number)
		}
		h, err := newHousehold(meter, config.VendingKey)
		if err != nil {
			return nil, fmt.Errorf("utility: meter %s: %w", meter.Number, err)
		}
		s.households[meter.Number] = h
	}
	var err error
	if s.xmlvend, err = s.newXMLVend(); err != nil {
		return nil, err
	}
	s.mux = http.NewServeMux()
	xmlvend.Mount(s.mux, "/xmlvend", s.xmlvend, "")
	s.mux.Handle("/control/", s.Control())
	return s, nil
}

// ServeHTTP serves XMLVend at /xmlvend, its WSDL at /xmlvend?wsdl, and the control interface below /control/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// XMLVend returns the handler of XMLVend alone, for any path.
func (s *Server) XMLVend() http.Handler { return s.xmlvend }

// Close sends waiting requests away unanswered and waits for those in the
// background. A vend that was still to be processed is not.
func (s *Server) Close() { s.room.close() }

// Inject switches a fault on. Of several that apply to a request, the one that
// was switched on first does. The error is ErrFault.
func (s *Server) Inject(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	s.faults.add(f)
	return nil
}

// ClearFaults switches all faults off. Requests that are waiting go on waiting.
func (s *Server) ClearFaults() { s.faults.clear() }

// Faults returns the faults that are on, oldest first, with the counts they have
// left.
func (s *Server) Faults() []Fault { return s.faults.list() }

// Release lets every waiting request go on, and returns when each of them is
// processed.
func (s *Server) Release() { s.room.releaseAll() }

// AwaitHeld returns when at least n requests are waiting, or with the context's
// error.
func (s *Server) AwaitHeld(ctx context.Context, n int) error { return s.room.await(ctx, n) }

// VendsReceived returns how often a creditVend with this message id has arrived
// from a client, whatever became of it.
func (s *Server) VendsReceived(clientEAN string, id xmlvend.MsgID) int {
	return s.record.times(Vend, keyOf(xmlvend.EAN(clientEAN), id))
}

// Received returns every request that has arrived and could be read, with the
// number of times, sorted by client and message id.
func (s *Server) Received() []Received { return s.record.allReceived() }

// Issued returns the tokens issued for a meter, or for all if meter is "", in the
// order of issue.
func (s *Server) Issued(meter string) []Issued { return s.record.issuedFor(meter) }

// Balance returns a vendor's balance in cents; 0 for a client that is not known.
func (s *Server) Balance(clientEAN string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.vendors[clientEAN]; v != nil {
		return v.balance
	}
	return 0
}

// VirtualMeter returns a meter as it hangs on the wall since the town was built:
// with the key it had then, and no token entered. It reports false for a number
// that is not registered.
func (s *Server) VirtualMeter(number string) (*sts.Meter, bool) {
	at := slices.IndexFunc(s.config.Meters, func(m Meter) bool { return m.Number == number })
	if at < 0 {
		return nil, false
	}
	factory, err := newHousehold(s.config.Meters[at], s.config.VendingKey)
	if err != nil {
		return nil, false
	}
	key, err := factory.keys.derive(factory.meter.Key)
	if err != nil {
		return nil, false
	}
	meter, err := sts.NewMeter(factory.keys.data(factory.meter.Key), key)
	return meter, err == nil
}

// Meters returns the registered meters by number, as they were configured.
func (s *Server) Meters() []Meter { return slices.Clone(s.config.Meters) }

func (s *Server) now() time.Time { return s.config.Now().In(s.config.Zone) }

// symbol is how amounts are marked on the wire.
func (s *Server) symbol() string {
	return cmp.Or(s.manner().symbol, currency)
}

// inOrder returns the households sorted by meter number.
func (s *Server) inOrder() []*household {
	var list []*household
	for _, number := range slices.Sorted(maps.Keys(s.households)) {
		list = append(list, s.households[number])
	}
	return list
}
