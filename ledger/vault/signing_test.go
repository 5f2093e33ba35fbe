package vault_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/vendswitch/vendswitch/ledger/vault"
)

func TestASignatureVerifiesUnderTheKeyItNames(t *testing.T) {
	k := vault.Ephemeral()
	key := k.SigningKey()
	signature := key.Sign([]byte("head"))
	public, err := k.VerifyingKey(key.ID())
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(public, []byte("head"), signature) {
		t.Error("the signature does not verify")
	}
	if ed25519.Verify(public, []byte("other head"), signature) {
		t.Error("the signature verifies for another message")
	}
}

func TestAnUnknownSigningKeyIsRefused(t *testing.T) {
	if _, err := vault.Ephemeral().VerifyingKey("nobody"); !errors.Is(err, vault.ErrUnknownKey) {
		t.Errorf("err = %v, want ErrUnknownKey", err)
	}
}
