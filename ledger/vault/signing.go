package vault

import (
	"crypto/ed25519"
	"fmt"
)

// SigningKey signs the heads of the audit chain with Ed25519. It prints, logs
// and marshals as "[redacted]".
type SigningKey struct {
	id      string
	private func() ed25519.PrivateKey // a function for the reason given at Keyring
}

// ID names the key in what it signs.
func (s SigningKey) ID() string { return s.id }

// Sign returns the 64 bytes of the signature of message.
func (s SigningKey) Sign(message []byte) []byte { return ed25519.Sign(s.private(), message) }

// Public is the key by which others verify signatures.
func (s SigningKey) Public() ed25519.PublicKey {
	return s.private().Public().(ed25519.PublicKey)
}

// SigningKey returns the key that signs now.
func (k *Keyring) SigningKey() SigningKey { return k.keys().signing }

// VerifyingKey returns the public half of a signing key, active or retired. The
// error is ErrUnknownKey.
func (k *Keyring) VerifyingKey(id string) (ed25519.PublicKey, error) {
	s, ok := k.keys().signers[id]
	if !ok {
		return nil, fmt.Errorf("signing key %q: %w", id, ErrUnknownKey)
	}
	return s.Public(), nil
}
