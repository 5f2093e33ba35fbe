package envelope

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// Keyring holds the public keys that are pinned for suppliers. It may be used by
// several goroutines at once.
type Keyring struct {
	armoured map[string][]string
}

// NewKeyring pins armoured public keys for suppliers, by their codes. A text may hold
// several keys, and a supplier have several: the old and the new one, while he
// changes. A key is pinned for one supplier only. A revocation is made known by
// pinning the revoked key as the supplier now publishes it. Error: ErrKey.
func NewKeyring(suppliers map[string][]string) (*Keyring, error) {
	k := &Keyring{armoured: map[string][]string{}}
	for supplier, keys := range suppliers {
		k.armoured[supplier] = slices.Clone(keys)
	}
	all, err := k.pins()
	if err != nil {
		return nil, err
	}
	owner := map[uint64]pin{}
	for _, p := range all {
		for _, id := range p.ids() {
			if other, taken := owner[id]; taken && (other.supplier != p.supplier || fingerprint(other.key) != fingerprint(p.key)) {
				return nil, because(ErrKey, "the key id %s is pinned twice, for %s and for %s", keyID(id), other.supplier, p.supplier)
			}
			owner[id] = p
		}
	}
	return k, nil
}

// pin is a public key of a supplier.
type pin struct {
	supplier string
	key      *crypto.Key
}

// pins reads the keys anew. The library keeps what it found out about a key in the
// key, without a lock, so each delivery has its own.
func (k *Keyring) pins() ([]pin, error) {
	if k == nil {
		return nil, nil
	}
	var all []pin
	for _, supplier := range slices.Sorted(maps.Keys(k.armoured)) {
		for _, armoured := range k.armoured[supplier] {
			entities, err := entitiesOf(armoured)
			if err != nil {
				return nil, because(ErrKey, "what is pinned for %s is no armoured PGP public key", supplier)
			}
			for _, entity := range entities {
				key, err := crypto.NewKeyFromEntity(entity)
				if err != nil || key.IsPrivate() {
					return nil, because(ErrKey, "what is pinned for %s is a private key; pin the public one", supplier)
				}
				all = append(all, pin{supplier: supplier, key: key})
			}
		}
	}
	return all, nil
}

// entitiesOf reads all the keys of a text: of one armour, or of several one below the
// other.
func entitiesOf(armoured string) (openpgp.EntityList, error) {
	var all openpgp.EntityList
	for i, block := range strings.Split(armoured, keyBegin) {
		if i == 0 {
			continue // what stands before the first
		}
		entities, err := openpgp.ReadArmoredKeyRing(strings.NewReader(keyBegin + block))
		if err != nil {
			return nil, err
		}
		all = append(all, entities...)
	}
	if len(all) == 0 {
		return nil, ErrKey
	}
	return all, nil
}

// keyBegin begins the armour of a key, public or private.
const keyBegin = "-----BEGIN PGP "

func (p pin) ids() []uint64 {
	entity := p.key.GetEntity()
	ids := []uint64{entity.PrimaryKey.KeyId}
	for _, sub := range entity.Subkeys {
		ids = append(ids, sub.PublicKey.KeyId)
	}
	return ids
}

// standing says why a key, or the subkey of it that has the id, may not sign at a
// time; nil if it may.
func (p pin) standing(id uint64, at time.Time) error {
	entity, config := p.key.GetEntity(), &packet.Config{}
	if _, ok := entity.SigningKeyById(at, id, config); ok {
		return nil
	}
	name := fingerprint(p.key)
	if entity.PrimaryKey.CreationTime.After(at) {
		return because(ErrSignatureDate, "the key %s of %s was made later, at %s; a clock is wrong", name, p.supplier, stamp(entity.PrimaryKey.CreationTime))
	}
	if entity.Revoked(at) {
		return because(ErrKeyRevoked, "%s of %s; do not use the delivery, and ask the supplier for his new key", name, p.supplier)
	}
	for _, sub := range entity.Subkeys {
		if sub.PublicKey.KeyId != id {
			continue
		}
		binding, err := sub.LatestValidBindingSignature(time.Time{}, config)
		if err != nil {
			continue
		}
		if sub.Revoked(binding, at) {
			return because(ErrKeyRevoked, "the signing subkey %s of %s; do not use the delivery, and ask the supplier for his new key", keyID(id), p.supplier)
		}
		if sub.PublicKey.KeyExpired(binding, at) {
			return because(ErrKeyExpired, "the signing subkey %s of %s; ask him for the prolonged key, and pin it", keyID(id), p.supplier)
		}
	}
	if self, err := entity.PrimarySelfSignature(time.Time{}, config); err == nil && self.CreationTime.After(at) {
		return because(ErrSignatureDate, "the key %s of %s was renewed later, at %s; ask the supplier to sign it anew", name, p.supplier, stamp(self.CreationTime))
	}
	if p.key.IsExpired(at.Unix()) {
		return because(ErrKeyExpired, "%s of %s; ask him for the prolonged or new key, and pin it", name, p.supplier)
	}
	return because(ErrSignature, "the key %s of %s may not sign", name, p.supplier)
}

// Usable reports why none of the keys that are pinned for a supplier may sign now, or
// why none may be encrypted to, if that is needed. Error: ErrKey, ErrKeyRevoked,
// ErrKeyExpired.
func (k *Keyring) Usable(supplier string, encrypt bool, now time.Time) error {
	all, err := k.pins()
	if err != nil {
		return err
	}
	var why error
	signs, encrypts := false, false
	for _, p := range all {
		if p.supplier != supplier {
			continue
		}
		can := p.key.CanVerify(now.Unix())
		signs, encrypts = signs || can, encrypts || p.key.CanEncrypt(now.Unix())
		if err := p.standing(p.key.GetEntity().PrimaryKey.KeyId, now); !can {
			why = cmp.Or(err, because(ErrKey, "%s of %s may not sign", fingerprint(p.key), supplier))
		}
	}
	switch {
	case why == nil && !signs:
		return because(ErrKey, "none is pinned for %s", supplier)
	case !signs:
		return why
	case encrypt && !encrypts:
		return because(ErrKey, "no key that is pinned for %s can be encrypted to; ask him for a valid one", supplier)
	}
	return nil
}

// Encrypt encrypts a file, such as an order, to the newest key pinned for a supplier
// that may be encrypted to now, signs it with ours, and returns it armoured. Error:
// ErrKey.
func (k *Keyring) Encrypt(supplier string, file []byte, ours *PrivateKey, now time.Time) (string, error) {
	all, err := k.pins()
	if err != nil {
		return "", err
	}
	all = slices.DeleteFunc(all, func(p pin) bool { return p.supplier != supplier || !p.key.CanEncrypt(now.Unix()) })
	if len(all) == 0 {
		return "", because(ErrKey, "no key that is pinned for %s can be encrypted to; ask him for a valid one", supplier)
	}
	newest := slices.MaxFunc(all, func(a, b pin) int {
		return cmp.Compare(a.key.GetEntity().PrimaryKey.CreationTime.Unix(), b.key.GetEntity().PrimaryKey.CreationTime.Unix())
	})
	if ours == nil {
		return "", because(ErrKey, "there is no private key of ours to sign with")
	}
	signer, err := ours.copy()
	if err != nil {
		return "", because(ErrKey, "our private key cannot be read")
	}
	defer signer.ClearPrivateParams()
	handle, err := crypto.PGP().Encryption().Recipient(newest.key).SigningKey(signer).
		SignTime(now.Unix()).EncryptionTime(now.Unix()).New()
	if err != nil {
		return "", because(ErrKey, "nothing can be encrypted to %s", fingerprint(newest.key))
	}
	message, err := handle.Encrypt(file)
	if err != nil {
		return "", because(ErrKey, "nothing can be encrypted to %s and signed by %s", fingerprint(newest.key), ours.Fingerprint())
	}
	armoured, err := message.Armor()
	if err != nil {
		return "", because(ErrKey, "the message cannot be written")
	}
	return armoured, nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
