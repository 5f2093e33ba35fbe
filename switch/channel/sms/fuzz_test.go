package sms_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vendswitch/vendswitch/switch/channel/sms"
)

// Whatever a gateway sends, it is refused with a sentence, or what is handed over is
// UTF-8, has an id, and would fit into a database.
func FuzzInbound(f *testing.F) {
	f.Add("from=FNB&to=1&text=R1&id=7&ts=1794640361", "from=FNB&to=1&text=R1&id=7&date=2026-11-14+07:12:41", "UTF-8")
	f.Add("from=%2B27&to=1&text=%00R%20%AC&id=7&charset=UTF-16BE", "text=%EB&id=%00", "ISO-8859-1")
	f.Add("id=1;id=2", "%zz", "utf-16")
	var got []sms.Inbound
	keep := func(_ context.Context, in sms.Inbound) error { got = append(got, in); return nil }
	endpoint, err := sms.New(sms.Config{Secret: secret, BankNumbers: []string{"1"}, Bank: keep, Commands: keep, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query, body, charset string) {
		got = nil
		get := httptest.NewRequest(http.MethodGet, "/sms/kannel/"+secret, nil)
		get.URL.RawQuery = query
		post := httptest.NewRequest(http.MethodPost, "/sms/africastalking/"+secret, strings.NewReader(body))
		post.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset="+charset)
		taken := 0
		for _, req := range []*http.Request{get, post} {
			w := httptest.NewRecorder()
			endpoint.ServeHTTP(w, req)
			said, _ := io.ReadAll(w.Result().Body)
			if w.Code == http.StatusOK {
				taken++
			} else if w.Code < 400 || w.Code > 499 || len(said) == 0 {
				t.Errorf("%d %q", w.Code, said)
			}
		}
		if taken != len(got) {
			t.Errorf("%d answered 200, %d handed over", taken, len(got))
		}
		for _, in := range got {
			if in.ID == "" || in.At.IsZero() || !utf8.ValidString(in.ID+in.From+in.To+in.Text) || strings.ContainsRune(in.Text, 0) {
				t.Errorf("%+v", in)
			}
		}
	})
}
