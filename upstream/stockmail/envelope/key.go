package envelope

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// PrivateKey is one of our private keys, unlocked. However it is printed or logged,
// it shows its fingerprint only.
type PrivateKey struct {
	mu  sync.Mutex // while it is copied: the library then writes to it
	key *crypto.Key
}

// UnlockPrivateKey reads an armoured private key, which must be locked with a
// passphrase, and unlocks it. Errors: ErrKey, ErrPassphrase.
func UnlockPrivateKey(armoured string, passphrase []byte) (*PrivateKey, error) {
	locked, err := crypto.NewKeyFromArmored(armoured)
	if err != nil {
		return nil, because(ErrKey, "it is no armoured PGP key")
	}
	defer locked.ClearPrivateParams()
	if !locked.IsPrivate() {
		return nil, because(ErrKey, "it is a public key where a private one is needed")
	}
	if unlocked, err := locked.IsUnlocked(); err != nil || unlocked {
		return nil, because(ErrKey, "the private key %s is not locked with a passphrase; lock it first", fingerprint(locked))
	}
	key, err := locked.Unlock(passphrase)
	if err != nil {
		return nil, because(ErrPassphrase, "the private key is %s", fingerprint(locked))
	}
	return &PrivateKey{key: key}, nil
}

// Fingerprint is that of the key, in capital hexadecimal digits.
func (k *PrivateKey) Fingerprint() string { return fingerprint(k.key) }

// copy makes one for a single delivery or order. The library keeps what it finds out
// about a key in the key, without a lock.
func (k *PrivateKey) copy() (*crypto.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.key.Copy()
}

// Public is the armoured public key: what suppliers encrypt to.
func (k *PrivateKey) Public() (string, error) {
	key, err := k.copy()
	if err != nil {
		return "", because(ErrKey, "the private key %s cannot be read", k.Fingerprint())
	}
	defer key.ClearPrivateParams()
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		return "", because(ErrKey, "the public part of %s cannot be written", fingerprint(k.key))
	}
	return public, nil
}

// Format prints the fingerprint, whatever the verb.
func (k *PrivateKey) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, k.String())
}

// String names the key.
func (k *PrivateKey) String() string {
	if k == nil || k.key == nil {
		return "no private key"
	}
	return "private key " + k.Fingerprint()
}

// LogValue logs the fingerprint.
func (k *PrivateKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText writes the fingerprint.
func (k *PrivateKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// owns says whether a key id is that of the key or one of its subkeys.
func owns(key *crypto.Key, id uint64) bool {
	entity := key.GetEntity()
	if entity.PrimaryKey.KeyId == id {
		return true
	}
	for _, sub := range entity.Subkeys {
		if sub.PublicKey.KeyId == id {
			return true
		}
	}
	return false
}

// GenerateKey makes a key pair (Curve25519, which GnuPG has known since version 2.1)
// that does not expire, and locks its private part with the passphrase.
func GenerateKey(name, email string, passphrase []byte) (privateArmoured, publicArmoured string, err error) {
	if len(passphrase) == 0 {
		return "", "", because(ErrKey, "a passphrase is needed to lock it with")
	}
	pgp := crypto.PGP()
	key, err := pgp.KeyGeneration().AddUserId(name, email).New().GenerateKey()
	if err != nil {
		return "", "", because(ErrKey, "none can be made for the name %q and the address %q", name, email)
	}
	defer key.ClearPrivateParams()
	locked, err := pgp.LockKey(key, passphrase)
	if err != nil {
		return "", "", because(ErrKey, "it could not be locked with the passphrase")
	}
	if privateArmoured, err = locked.Armor(); err != nil {
		return "", "", because(ErrKey, "it could not be written")
	}
	if publicArmoured, err = locked.GetArmoredPublicKey(); err != nil {
		return "", "", because(ErrKey, "it could not be written")
	}
	return privateArmoured, publicArmoured, nil
}

// Fingerprint is Fingerprints of a text with one key. Error: ErrKey.
func Fingerprint(armoured string) (string, error) {
	all, err := Fingerprints(armoured)
	if err != nil {
		return "", err
	}
	if len(all) > 1 {
		return "", because(ErrKey, "there are %d keys where one is wanted", len(all))
	}
	return all[0], nil
}

// Fingerprints returns the fingerprints of all the armoured keys of a text, public or
// private, in capital hexadecimal digits: what is compared with the supplier over the
// telephone. Error: ErrKey.
func Fingerprints(armoured string) ([]string, error) {
	entities, err := entitiesOf(armoured)
	if err != nil {
		return nil, because(ErrKey, "it is no armoured PGP key")
	}
	all := make([]string, len(entities))
	for i, entity := range entities {
		all[i] = fmt.Sprintf("%X", entity.PrimaryKey.Fingerprint)
	}
	return all, nil
}

func fingerprint(key *crypto.Key) string { return strings.ToUpper(key.GetFingerprint()) }

func keyID(id uint64) string { return fmt.Sprintf("%016X", id) }
