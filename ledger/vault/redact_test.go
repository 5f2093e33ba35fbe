package vault_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/ledger/vault"
)

func TestNothingThatPrintsAKeyringShowsAKey(t *testing.T) {
	raw := map[string][]byte{"sealing": bytes.Repeat([]byte{'1'}, 32), "signing": bytes.Repeat([]byte{'s'}, 32), "hash": bytes.Repeat([]byte{'h'}, 32)}
	k := load(t, block("sealing", "k1", key('1'), true)+block("signing", "s1", key('s'), true)+hash(key('h')))
	type holder struct {
		Ring   *vault.Keyring
		Copy   vault.Keyring
		Signer vault.SigningKey
	}
	type hider struct {
		ring   *vault.Keyring
		copied vault.Keyring
		signer vault.SigningKey
	}
	held := holder{k, *k, k.SigningKey()}
	hidden := hider{k, *k, k.SigningKey()}

	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{k, *k, k.SigningKey(), held, &held, hidden, &hidden, []any{k}} {
			fmt.Fprintf(&shown, verb+"\n", value)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(handler).Info("keys", "ring", k, "copy", *k, "signer", k.SigningKey(), "held", held, "hidden", hidden)
	}
	text, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	shown.Write(text)

	if !strings.Contains(shown.String(), "[redacted]") {
		t.Error("nothing says [redacted]")
	}
	for name, secret := range raw {
		for form, text := range map[string]string{
			"raw":     string(secret[:8]),
			"decimal": strings.TrimSuffix(strings.Repeat(fmt.Sprint(secret[0])+" ", 8), " "),
			"go":      strings.TrimSuffix(strings.Repeat(fmt.Sprintf("%#x, ", secret[0]), 8), ", "),
			"hex":     hex.EncodeToString(secret[:8]),
			"base64":  base64.StdEncoding.EncodeToString(secret)[:12],
		} {
			if strings.Contains(shown.String(), text) {
				t.Errorf("the %s key is shown in its %s form", name, form)
			}
		}
	}
}
