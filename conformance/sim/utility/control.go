package utility

import (
	"encoding/json"
	"net/http"
	"time"
)

const maxControlBody = 64 << 10

// Control returns the control interface, paths below /control/; see the package
// documentation.
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control/town", s.showTown)
	mux.HandleFunc("GET /control/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Faults())
	})
	mux.HandleFunc("POST /control/faults", s.switchOn)
	mux.HandleFunc("DELETE /control/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /control/release", func(w http.ResponseWriter, _ *http.Request) {
		s.Release()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /control/received", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, listOf(s.Received(), func(r Received) receivedView { return receivedView(r) }))
	})
	mux.HandleFunc("GET /control/issued", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, listOf(s.Issued(r.URL.Query().Get("meter")), viewIssued))
	})
	return mux
}

func (s *Server) switchOn(w http.ResponseWriter, r *http.Request) {
	var f Fault
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
	body.DisallowUnknownFields()
	err := body.Decode(&f)
	if err == nil {
		err = s.Inject(f)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error(), "kinds": FaultKinds()})
		return
	}
	writeJSON(w, http.StatusCreated, f)
}

// The views are what the control interface shows, tokens in clear.
type (
	townView struct {
		Server    string          `json:"serverID"`
		Tariff    string          `json:"tariff"`
		MinAmount int64           `json:"minAmount"` // cents
		MaxAmount int64           `json:"maxAmount"` // cents
		Meters    []meterView     `json:"meters"`
		Numbers   map[Kind]string `json:"numbers"` // of the default town
		Clients   []clientView    `json:"clients"`
	}
	meterView struct {
		Number   string `json:"number"`
		Kind     Kind   `json:"kind,omitempty"`
		Customer string `json:"customer"`
	}
	clientView struct {
		EAN       string   `json:"clientID"`
		Terminals []string `json:"terminals,omitempty"`
		Operator  string   `json:"opName"`
		Balance   int64    `json:"balance"` // cents, now
	}
	receivedView struct {
		Operation Operation `json:"operation"`
		Client    string    `json:"clientID"`
		DateTime  string    `json:"dateTime"`
		Number    int       `json:"uniqueNumber"`
		Times     int       `json:"times"`
	}
	issuedView struct {
		At        time.Time `json:"at"`
		Meter     string    `json:"meter"`
		Kind      IssueKind `json:"kind"`
		Token     string    `json:"token"`  // 20 digits
		Units     int64     `json:"units"`  // tenths of a kWh
		Tender    int64     `json:"tender"` // cents
		Client    string    `json:"clientID"`
		DateTime  string    `json:"dateTime"`
		Number    int       `json:"uniqueNumber"`
		ReceiptNo string    `json:"receiptNo"`
	}
)

func (s *Server) showTown(w http.ResponseWriter, _ *http.Request) {
	view := townView{
		Server: s.config.ServerEAN, Tariff: s.config.Tariff.Name,
		MinAmount: s.config.MinAmount, MaxAmount: s.config.MaxAmount, Numbers: Numbers(),
		Meters: listOf(s.config.Meters, func(m Meter) meterView { return meterView{m.Number, m.Kind, m.Customer.Name} }),
		Clients: listOf(s.config.Clients, func(c Client) clientView {
			return clientView{c.EAN, c.Terminals, c.Operator, s.Balance(c.EAN)}
		}),
	}
	writeJSON(w, http.StatusOK, view)
}

func viewIssued(i Issued) issuedView {
	return issuedView{
		At: i.At, Meter: i.Meter, Kind: i.Kind, Token: i.Token.Digits(), Units: i.Units, Tender: i.Tender,
		Client: i.Client, DateTime: i.MsgID.DateTime, Number: i.MsgID.Number(), ReceiptNo: i.ReceiptNo,
	}
}

// listOf maps a list, to an empty one rather than none, which JSON would call null.
func listOf[From, To any](list []From, view func(From) To) []To {
	views := make([]To, 0, len(list))
	for _, item := range list {
		views = append(views, view(item))
	}
	return views
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(v) // the client has gone; nothing to tell it
}
