// Package mutant makes servers that are wrong in one way each, for the suite to
// catch: a good town whose requests or answers are altered at the wire.
package mutant

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
)

// Mutant is a wrong server.
type Mutant struct {
	Name   string
	Wrong  string   // what is wrong with it, as a sentence
	Caught []string // cases of which at least one must fail
	make   func() bender
}

// bender alters what goes in and what comes out. Either may be nil.
type bender struct {
	request func(string) string
	answer  func(*reply, string) // the request as it was sent is given too
}

// reply is an answer on its way.
type reply struct {
	status int
	header http.Header
	body   string
}

// Wrap returns the good server made wrong.
func (m Mutant) Wrap(good http.Handler) http.Handler {
	bend := m.make()
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		sent := string(raw)
		if bend.request != nil {
			raw = []byte(bend.request(sent))
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		recorded := httptest.NewRecorder()
		good.ServeHTTP(recorded, r)
		out := &reply{status: recorded.Code, header: recorded.Header(), body: recorded.Body.String()}
		if bend.answer != nil {
			bend.answer(out, sent)
		}
		out.header.Del("Content-Length")
		maps.Copy(w.Header(), out.header)
		w.WriteHeader(out.status)
		_, _ = io.WriteString(w, out.body)
	})
}

// replaces returns a mutant whose answers have something else in place of a pattern.
func replaces(name, wrong, pattern, with string, caught ...string) Mutant {
	re := regexp.MustCompile(pattern)
	return answers(name, wrong, func(r *reply, _ string) { r.body = re.ReplaceAllString(r.body, with) }, caught...)
}

func answers(name, wrong string, alter func(*reply, string), caught ...string) Mutant {
	return Mutant{name, wrong, caught, func() bender { return bender{answer: alter} }}
}

// accepts returns a mutant that repairs what it should refuse.
func accepts(name, wrong, pattern, with string, caught ...string) Mutant {
	re := regexp.MustCompile(pattern)
	return Mutant{name, wrong, caught, func() bender {
		return bender{request: func(sent string) string { return re.ReplaceAllString(sent, with) }}
	}}
}

// remembers returns a mutant whose answers depend on the first sale it saw.
func remembers(name, wrong string, alter func(first string, r *reply, sent string), caught ...string) Mutant {
	return Mutant{name, wrong, caught, func() bender {
		first := ""
		return bender{answer: func(r *reply, sent string) {
			if first == "" && strings.Contains(r.body, "creditVendResp") {
				first = r.body
				return
			}
			if first != "" {
				alter(first, r, sent)
			}
		}}
	}}
}
