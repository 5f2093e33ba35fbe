package suite

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
)

// judge says what of a step's expectations does not hold; "" if all does. It quotes
// no token.
func (x Expect) judge(got *conformance.Message, a *answer, unread error, earlier []*answer, values map[string]string) string {
	if len(x.Status) > 0 && !slices.Contains(x.Status, got.Status) {
		return fmt.Sprintf("expected HTTP status %s, got %d", either(x.Status), got.Status)
	}
	if x.Answer == "" && len(x.Fault) == 0 {
		return ""
	}
	want := x.Answer
	if want == "" {
		want = "a fault, " + strings.Join(x.Fault, " or ")
	}
	if unread != nil {
		return fmt.Sprintf("expected %s, got what cannot be read: %v", want, unread)
	}
	if !x.kind(a) {
		return fmt.Sprintf("expected %s, got %s", want, a.name())
	}
	switch {
	case len(x.Status) > 0:
	case x.Answer != "" && got.Status != http.StatusOK:
		return fmt.Sprintf("expected %s with HTTP status 200, got %d", want, got.Status)
	case x.Answer == "" && got.Status < http.StatusBadRequest:
		return fmt.Sprintf("expected %s with an HTTP status of failure, got %d", want, got.Status)
	}
	if wrong := x.tokens(a, earlier); wrong != "" {
		return wrong
	}
	return x.content(a, earlier, values)
}

// allows reports that a rule is not for answers as they are expected: HTTP alone may
// refuse, and what is no message of XMLVend gets a fault without its detail.
func (x Expect) allows(rule string) bool {
	alone := x.Answer == "" && len(x.Fault) == 0
	bare := slices.ContainsFunc(x.Fault, func(class string) bool { return strings.HasPrefix(class, "soap:") })
	return alone && (rule == "response-schema" || rule == "fault-detail") || bare && rule == "fault-detail"
}

func either[T any](list []T) string {
	words := make([]string, len(list))
	for i, one := range list {
		words[i] = fmt.Sprint(one)
	}
	return strings.Join(words, " or ")
}

// kind reports that the answer is of the kind expected.
func (x Expect) kind(a *answer) bool {
	if x.Answer != "" {
		return a.soapFault == nil && a.payload.Tag == x.Answer
	}
	if a.soapFault == nil {
		return false
	}
	for _, want := range x.Fault {
		code, soap := strings.CutPrefix(want, "soap:")
		if want == "any" || soap && a.payload == nil && a.soapCode == code || a.class == want {
			return true
		}
	}
	return false
}

const zeros = "00000000000000000000"

func (x Expect) tokens(a *answer, earlier []*answer) string {
	got := a.tokens()
	switch x.Token {
	case "none":
		if len(got) > 0 {
			return fmt.Sprintf("expected no token, got %d", len(got))
		}
	case "zeros":
		if len(got) == 0 || slices.ContainsFunc(got, func(t string) bool { return t != zeros }) {
			return "expected tokens of twenty zeros"
		}
	case "new":
		if len(got) == 0 || slices.Contains(got, zeros) {
			return "expected a token that is not all zeros"
		}
		for i, before := range earlier {
			if before != nil && slices.ContainsFunc(got, func(t string) bool { return slices.Contains(before.tokens(), t) }) {
				return fmt.Sprintf("expected a new token, got the one of step %d", i+1)
			}
		}
	}
	return ""
}

func (x Expect) content(a *answer, earlier []*answer, values map[string]string) string {
	for _, path := range slices.Sorted(maps.Keys(x.Equal)) {
		want, err := fill(x.Equal[path], values)
		if err != nil {
			return err.Error()
		}
		if got, ok := a.at(path); !ok || got != want {
			return fmt.Sprintf("expected %s to be %q, got %q", path, want, got)
		}
	}
	for _, path := range x.Present {
		if _, ok := a.at(path); !ok {
			return "expected " + path + ", which is missing"
		}
	}
	for _, path := range x.Absent {
		if _, ok := a.at(path); ok {
			return "expected no " + path
		}
	}
	if x.Same > 0 {
		want, err := earlier[x.Same-1].outcome()
		got, err2 := a.outcome()
		if err != nil || err2 != nil || want != got {
			return fmt.Sprintf("expected the answer of step %d once more; the two differ under exclusive C14N", x.Same)
		}
	}
	return ""
}
