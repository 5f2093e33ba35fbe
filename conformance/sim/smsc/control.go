package smsc

import (
	"encoding/json"
	"errors"
	"net/http"
)

// control adds the control interface; see the package documentation.
func (s *Server) control() {
	s.mux.HandleFunc("GET /control/messages", func(w http.ResponseWriter, r *http.Request) {
		messages := []Message{}
		for _, m := range s.Messages() {
			if to := r.URL.Query().Get("to"); to == "" || to == m.To {
				messages = append(messages, m)
			}
		}
		writeJSON(w, http.StatusOK, messages)
	})
	s.mux.HandleFunc("GET /control/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Faults()) })
	s.mux.HandleFunc("DELETE /control/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	s.mux.HandleFunc("POST /control/faults", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		err := readJSON(w, r, &f)
		if err == nil {
			err = s.Inject(f)
		}
		if err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error(), "kinds": FaultKinds()})
			return
		}
		writeJSON(w, http.StatusCreated, f)
	})
	s.mux.HandleFunc("POST /control/inbound", func(w http.ResponseWriter, r *http.Request) {
		var in Inbound
		if err := readJSON(w, r, &in); err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		sent, err := s.Deliver(r.Context(), in)
		switch {
		case errors.Is(err, ErrInbound):
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		case err != nil:
			writeJSON(w, http.StatusBadGateway, map[string]string{"error": err.Error()})
		case !sent.Taken():
			writeJSON(w, http.StatusBadGateway, sent)
		default:
			writeJSON(w, http.StatusOK, sent)
		}
	})
}

func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(v) // the client has gone; nothing to tell it
}
