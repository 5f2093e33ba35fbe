package envelope

import (
	"errors"
	"fmt"
)

// What may be wrong with a delivery. Each error of Open and Read is one of these by
// errors.Is, or one of the reader that the delivery is read from; its text says to
// whoever can mend it what to do. None holds anything of the cleartext.
var (
	ErrTooLarge      = errors.New("the delivery is too large")
	ErrMalformed     = errors.New("the mail is not in the form of a mail")
	ErrNotEncrypted  = errors.New("nothing in the delivery is encrypted")
	ErrSeveral       = errors.New("the delivery has several encrypted parts")
	ErrNotForUs      = errors.New("the delivery is not encrypted to any of our keys")
	ErrTruncated     = errors.New("the delivery is cut short")
	ErrAltered       = errors.New("the delivery is damaged or was altered")
	ErrUnprotected   = errors.New("the delivery is encrypted without protection against alteration")
	ErrUnsigned      = errors.New("the delivery is not signed")
	ErrUnknownSigner = errors.New("the delivery is signed by a key that is pinned for nobody")
	ErrOtherSigner   = errors.New("the delivery is signed by another supplier")
	ErrSignature     = errors.New("the signature is wrong")
	ErrSignatureDate = errors.New("the signature is not valid at this time")
	ErrKeyExpired    = errors.New("the supplier's key has expired")
	ErrKeyRevoked    = errors.New("the supplier's key is revoked")
	ErrUnpacked      = errors.New("the delivery is too large when unpacked")
	ErrEmpty         = errors.New("there is nothing in the envelope")
	ErrContents      = errors.New("what is in the envelope is not one stock file")
	ErrUnread        = errors.New("the delivery has not been read to its end")
	ErrKey           = errors.New("the key cannot be used")
	ErrPassphrase    = errors.New("the passphrase does not fit the private key")
)

// fault is one of the errors above with what is to be done about it.
type fault struct {
	kind   error
	remedy string
}

func (f *fault) Error() string { return f.kind.Error() + ": " + f.remedy }
func (f *fault) Unwrap() error { return f.kind }

func because(kind error, format string, args ...any) error {
	return &fault{kind: kind, remedy: fmt.Sprintf(format, args...)}
}
