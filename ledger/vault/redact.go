package vault

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Format writes "[redacted]" for every verb.
func (Keyring) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (Keyring) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "[redacted]"; encoding/json and the TOML encoder use it too.
func (Keyring) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format writes "[redacted]" for every verb.
func (SigningKey) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (SigningKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "[redacted]"; encoding/json and the TOML encoder use it too.
func (SigningKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }
