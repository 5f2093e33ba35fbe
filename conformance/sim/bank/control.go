package bank

import (
	"encoding/json"
	"errors"
	"net/http"
)

const maxControlBody = 64 << 10

// control adds the control interface; see the package documentation.
func (s *Server) control() {
	s.mux.HandleFunc("GET /control/accounts", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Accounts()) })
	s.mux.HandleFunc("POST /control/deposit", func(w http.ResponseWriter, r *http.Request) {
		var d Deposit
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&d); err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": misread(err)})
			return
		}
		told, err := s.Deposit(r.Context(), d)
		answer(w, told, err)
	})
	s.mux.HandleFunc("POST /control/release", func(w http.ResponseWriter, r *http.Request) {
		notices, err := s.Release(r.Context())
		answer(w, append([]Notice{}, notices...), err)
	})
}

// misread says in words what a deposit must be like that could not be read.
func misread(err error) string {
	var field *json.UnmarshalTypeError
	switch {
	case errors.As(err, &field) && field.Field == "amount":
		return "the amount is a whole number of cents: 30000 is R300.00"
	case errors.As(err, &field) && field.Field != "":
		return field.Field + " is text, in quotation marks"
	}
	return "this is no deposit, which is JSON such as {\"bank\":\"fnb\",\"amount\":30000,\"reference\":\"M100234\"}: " + err.Error()
}

func answer(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, ErrDeposit):
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	case err != nil:
		writeJSON(w, http.StatusBadGateway, map[string]string{"error": err.Error()})
	default:
		writeJSON(w, http.StatusOK, v)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // the client has gone; nothing to tell it
}
