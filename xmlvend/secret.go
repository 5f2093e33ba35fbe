package xmlvend

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

var errSecretMarshal = errors.New("xmlvend: a secret is not marshalled as text; use Reveal")

// Secret is a text that must not reach a log, a metric or an error: a password,
// a token's cipher, a voucher's PIN, the number on a payment card. Every fmt
// verb and slog print it as "[redacted]", and marshalling it as text or JSON
// is an error rather than a silent loss.
type Secret string

// Reveal returns the text itself. Its callers are few, and easy to search for.
func (s Secret) Reveal() string { return string(s) }

// Format prints a fixed word under every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns a fixed word.
func (s Secret) String() string { return redacted }

// LogValue gives slog a fixed word.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText always fails.
func (s Secret) MarshalText() ([]byte, error) { return nil, errSecretMarshal }
