package envelope

import (
	"errors"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// verify decides by the signatures whose delivery it is. One good signature by a
// pinned key is enough: where a message has several, the others may be anybody's.
//
// The key must be good when it signed and still be good now: one that has meanwhile
// expired or been revoked, for whatever reason, opens nothing. So it is with a
// signature that is older than the renewal of the key, where the key as it is pinned
// no longer tells of its former life. It costs the supplier another signature, and
// spares judging when exactly a key got into other hands.
func (d *Delivery) verify() error {
	verified, err := d.pgp.VerifySignature()
	if err != nil {
		return because(ErrSignature, "it cannot be checked")
	}
	if len(verified.Signatures) == 0 {
		if d.terms.Unsigned {
			return nil
		}
		return because(ErrUnsigned, "ask the supplier to sign within the encrypted message; without a signature anyone may have sent it")
	}
	var worst error
	for _, signature := range verified.Signatures {
		by, err := d.judge(signature)
		if err == nil && d.terms.Supplier != "" && by.supplier != d.terms.Supplier {
			err = because(ErrOtherSigner, "by %s, where it should be by %s", by.supplier, d.terms.Supplier)
		}
		if err == nil {
			d.result.Supplier, d.result.Fingerprint = by.supplier, fingerprint(by.key)
			d.result.SignedAt, d.result.Signed = signature.Signature.CreationTime.UTC(), true
			return nil
		}
		if worst == nil || errors.Is(worst, ErrUnknownSigner) {
			worst = err
		}
	}
	return worst
}

// judge returns the pinned key that made a signature.
func (d *Delivery) judge(signature *crypto.VerifiedSignature) (pin, error) {
	if signature.Signature == nil || signature.Signature.IssuerKeyId == nil {
		return pin{}, because(ErrSignature, "it does not say who made it")
	}
	id := *signature.Signature.IssuerKeyId
	by, pinned := d.pinned(id)
	if !pinned {
		return pin{}, because(ErrUnknownSigner, "its id is %s; if it is the supplier's, compare its fingerprint with him and pin it", keyID(id))
	}
	// Our own keys are looked at as well: what they signed is not the supplier's.
	if signature.SignedBy != nil && fingerprint(signature.SignedBy) != fingerprint(by.key) {
		return pin{}, because(ErrUnknownSigner, "its fingerprint is %s", fingerprint(signature.SignedBy))
	}
	if issuer := signature.Signature.IssuerFingerprint; len(issuer) > 0 && !by.has(issuer) {
		return pin{}, because(ErrUnknownSigner, "its fingerprint is %X", issuer)
	}
	if err := by.standing(id, signature.Signature.CreationTime); err != nil {
		return pin{}, err
	}
	if err := by.standing(id, d.now.Add(ClockSkew)); err != nil {
		return pin{}, err
	}
	if signature.SignatureError == nil && signature.SignedBy != nil {
		return by, nil
	}
	var cause error
	if signature.SignatureError != nil {
		cause = signature.SignatureError.Cause
	}
	switch {
	case errors.Is(cause, pgperrors.ErrKeyRevoked):
		return pin{}, because(ErrKeyRevoked, "%s of %s; do not use the delivery, and ask the supplier for his new key", fingerprint(by.key), by.supplier)
	case errors.Is(cause, pgperrors.ErrKeyExpired):
		return pin{}, because(ErrKeyExpired, "%s of %s; ask him for the prolonged or new key, and pin it", fingerprint(by.key), by.supplier)
	case errors.Is(cause, pgperrors.ErrSignatureExpired):
		return pin{}, because(ErrSignatureDate, "%s signed it at %s; either it has expired, or a clock is wrong", by.supplier, stamp(signature.Signature.CreationTime))
	default:
		return pin{}, because(ErrSignature, "it says that it is by %s, and does not fit what is signed; do not use the delivery", by.supplier)
	}
}

func (d *Delivery) pinned(id uint64) (pin, bool) {
	for _, p := range d.pins {
		if owns(p.key, id) {
			return p, true
		}
	}
	return pin{}, false
}

// has says whether a fingerprint is that of the key or a subkey.
func (p pin) has(print []byte) bool {
	entity := p.key.GetEntity()
	if string(entity.PrimaryKey.Fingerprint) == string(print) {
		return true
	}
	for _, sub := range entity.Subkeys {
		if string(sub.PublicKey.Fingerprint) == string(print) {
			return true
		}
	}
	return false
}
