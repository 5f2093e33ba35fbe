package envelope

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// Opener opens deliveries. It may be used by several goroutines at once.
type Opener struct {
	Keys      []*PrivateKey // ours: the current one, and older ones while suppliers still use them
	Suppliers *Keyring
	Limits    Limits
	Now       func() time.Time // nil: time.Now
}

// Terms are what is agreed with the supplier about a delivery.
type Terms struct {
	Supplier string // who must have signed it; "": any whose key is pinned
	Unsigned bool   // it may be unsigned; a signature that is there must be good nevertheless
}

// ClockSkew is by how much the clock of whoever signs may be ahead of ours.
const ClockSkew = 5 * time.Minute

// Delivery is an opened envelope. Read returns the file in it.
type Delivery struct {
	Letter     Letter
	Form       Form
	Name       string            // of the attached file as it was sent; may be empty
	Ciphertext [sha256.Size]byte // of the binary PGP message, so that new armour or a new mail around it is the same delivery
	Size       int64             // of the binary PGP message, in bytes

	opener  *Opener
	terms   Terms
	source  *source
	pins    []pin
	now     time.Time
	again   hash.Hash // of the message as it is read the second time
	message io.Reader
	pgp     *crypto.VerifyDataReader
	clear   *bounded
	payload io.Reader
	sum     hash.Hash
	read    int64
	result  Result
	err     error // of each Read from now on
}

// Result is what is known when a delivery has been read to its end.
type Result struct {
	Supplier    string    // whose key signed it; "" if it is unsigned
	Fingerprint string    // of that key
	SignedAt    time.Time // UTC, by the supplier's clock
	Signed      bool
	Cleartext   [sha256.Size]byte // of what Read returned
	Size        int64             // of what Read returned, in bytes
}

// Open finds the one encrypted message in a mail (RFC 5322) or bare file, which it
// reads once to its end, and begins to decrypt it. Its cleartext is then read from
// the Delivery, which reads the input a second time and must be its only reader.
//
// With an error there is a Delivery too: it holds what is known of the letter and the
// message, for the record, and each Read of it returns the error. Errors: those of
// this package, and of the reader.
func (o *Opener) Open(in io.ReadSeeker, terms Terms) (*Delivery, error) {
	d := &Delivery{opener: o, terms: terms, source: &source{in: in}, sum: sha256.New(), now: time.Now()}
	if o.Now != nil {
		d.now = o.Now()
	}
	if err := d.open(in); err != nil {
		d.err = d.source.or(err)
		return d, d.err
	}
	return d, nil
}

func (d *Delivery) open(in io.ReadSeeker) error {
	limits := d.opener.Limits.withDefaults()
	size, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size > limits.Input {
		return because(ErrTooLarge, "it has %d bytes, and at most %d are opened; ask the supplier for smaller batches", size, limits.Input)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	letter, at, err := find(d.source, limits)
	d.Letter, d.Form, d.Name, d.Ciphertext, d.Size = letter, at.form, at.name, at.sum, at.size
	if err != nil {
		return err
	}
	if err := d.probe(in, at, limits); err != nil {
		return err
	}
	message, err := d.takeAgain(in, at, limits)
	if err != nil {
		return err
	}
	d.again = sha256.New()
	d.message = io.TeeReader(message, d.again)
	if err := d.decrypt(at, limits); err != nil {
		return err
	}
	d.clear = &bounded{in: d.pgp, most: limits.Cleartext, ratio: limits.Ratio, packed: at.size}
	d.payload = unwrap(bufio.NewReaderSize(d.clear, armourWindow), at.form, limits)
	return nil
}

// takeAgain goes back to the beginning, and to the message.
func (d *Delivery) takeAgain(in io.Seeker, at found, limits Limits) (io.Reader, error) {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return take(d.source, at, limits)
}

// What a message may have before its file. GnuPG's compressors and authenticated
// pieces come in blocks, a whole one of which is read before anything is decrypted.
const (
	headPacked   = 512 << 10 // bytes as sent
	headAEAD     = 5 << 20   // the same, where the pieces may be of 4 MiB
	headUnpacked = 64 << 10
)

// probe decrypts the head of a message, with little. It stands before all else that
// is decrypted because anyone can encrypt to our key, and the library takes the
// square of the time for as many announced signatures as there are before the file.
func (d *Delivery) probe(in io.Seeker, at found, limits Limits) error {
	message, err := d.takeAgain(in, at, limits)
	if err != nil {
		return err
	}
	ours, err := d.opener.copies()
	if err != nil {
		return err
	}
	handle, err := crypto.PGP().Decryption().DecryptionKeys(ours).MaxDecompressedMessageSize(headUnpacked).New()
	if err != nil {
		return because(ErrKey, "there is no private key of ours to decrypt with")
	}
	head := int64(headPacked)
	if at.outline.aead {
		head = headAEAD
	}
	if _, err := handle.DecryptingReader(io.LimitReader(message, head), crypto.Bytes); err != nil {
		return d.undecryptable(at)
	}
	return nil
}

// decrypt makes a reader of the cleartext.
func (d *Delivery) decrypt(at found, limits Limits) error {
	ours, err := d.opener.copies()
	if err != nil {
		return err
	}
	if d.pins, err = d.opener.Suppliers.pins(); err != nil {
		return err
	}
	suppliers, err := crypto.NewKeyRing(nil)
	if err != nil {
		return err
	}
	for _, p := range d.pins {
		if err := suppliers.AddKey(p.key); err != nil {
			return because(ErrKey, "the key pinned for %s", p.supplier)
		}
	}
	handle, err := crypto.PGP().Decryption().DecryptionKeys(ours).VerificationKeys(suppliers).
		VerifyTime(d.now.Add(ClockSkew).Unix()).
		MaxDecompressedMessageSize(limits.Cleartext + armourWindow).
		DisableAutomaticTextSanitize().New()
	if err != nil {
		return because(ErrKey, "there is no private key of ours to decrypt with")
	}
	d.pgp, err = handle.DecryptingReader(d.message, crypto.Bytes)
	if err != nil {
		return d.undecryptable(at)
	}
	return nil
}

// copies makes a ring of our keys that nobody else uses.
func (o *Opener) copies() (*crypto.KeyRing, error) {
	ring, err := crypto.NewKeyRing(nil)
	if err != nil {
		return nil, err
	}
	for _, k := range o.Keys {
		key, err := k.copy()
		if err == nil {
			err = ring.AddKey(key)
		}
		if err != nil {
			return nil, because(ErrKey, "our private key %s cannot be read", k.Fingerprint())
		}
	}
	return ring, nil
}

// undecryptable says why nothing was decrypted.
func (d *Delivery) undecryptable(at found) error {
	for _, id := range at.outline.recipients {
		for _, k := range d.opener.Keys {
			if owns(k.key, id) {
				return because(ErrAltered, "it is encrypted to our key %s, but does not open; ask the supplier to send it again", keyID(id))
			}
		}
	}
	if len(at.outline.recipients) == 0 {
		return because(ErrNotForUs, "only a password opens it; send the supplier our public key, and ask him to use it")
	}
	names := ""
	for _, id := range at.outline.recipients {
		if id != 0 {
			names += " " + keyID(id)
		} else {
			names += " (hidden)"
		}
	}
	return because(ErrNotForUs, "it is encrypted to%s; send the supplier our public key, or add the private key that fits", names)
}

// Read reads the file. Only io.EOF says that the whole was good: decrypted unaltered,
// signed by the supplier, and within the limits.
func (d *Delivery) Read(p []byte) (int, error) {
	if d.err != nil || len(p) == 0 {
		return 0, d.err
	}
	n, err := d.payload.Read(p)
	d.sum.Write(p[:n])
	d.read += int64(n)
	if err == nil {
		return n, nil
	}
	d.err = d.source.or(d.end(err))
	if n > 0 {
		return n, nil // the verdict comes with the next
	}
	return 0, d.err
}

// Result returns who signed the delivery. Before Read has returned io.EOF there is
// none: ErrUnread, or what was wrong.
func (d *Delivery) Result() (Result, error) {
	switch d.err {
	case io.EOF:
		return d.result, nil
	case nil:
		return Result{}, ErrUnread
	default:
		return Result{}, d.err
	}
}

// end judges the delivery when its contents have ended with err. What is wrong with
// the message weighs more than what is wrong with the contents.
func (d *Delivery) end(err error) error {
	if _, drained := io.Copy(io.Discard, d.clear); drained != nil {
		return unreadable(drained)
	}
	if _, drained := io.Copy(io.Discard, d.message); drained != nil {
		return broken(drained)
	}
	if [sha256.Size]byte(d.again.Sum(nil)) != d.Ciphertext {
		return because(ErrAltered, "the file was changed while it was read; read it again when it is complete")
	}
	if verdict := d.verify(); verdict != nil {
		return verdict
	}
	if err != io.EOF {
		return err
	}
	if d.read == 0 {
		return because(ErrEmpty, "the stock file has no bytes; ask the supplier what he meant to send")
	}
	d.result.Size = d.read
	d.sum.Sum(d.result.Cleartext[:0])
	return io.EOF
}

// unreadable is the error for what comes of decrypting.
func unreadable(err error) error {
	var known *fault
	if errors.As(err, &known) {
		return err
	}
	return because(ErrAltered, "what was decrypted is not what was encrypted; do not use it, and ask the supplier to send it again")
}

// bounded reads cleartext up to its limits. Its error stays.
type bounded struct {
	in     io.Reader
	most   int64
	ratio  int64
	packed int64
	read   int64
	err    error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.in.Read(p)
	b.read += int64(n)
	switch {
	case b.read > b.most:
		n, err = 0, because(ErrUnpacked, "more than %d bytes; ask the supplier for smaller batches", b.most)
	case b.read > RatioFloor && b.read/b.ratio > b.packed:
		n, err = 0, because(ErrUnpacked, "more than %d times the %d bytes that were sent, which no stock file is", b.ratio, b.packed)
	}
	b.err = err
	return n, err
}

// source remembers an error of the reader that a delivery is read from.
type source struct {
	in  io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// or returns the error of the reader, which explains all others, or else err.
func (s *source) or(err error) error {
	if s.err != nil {
		return s.err
	}
	return err
}
