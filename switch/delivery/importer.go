package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream/stockmail"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// Actor is who the journal says has loaded what a mailbox brought.
const Actor = "stockmail"

// Settings of an Importer.
type Settings struct {
	Ledger *ledger.Store
	Keys   []*envelope.PrivateKey // ours: the current one, and older ones
	Limits envelope.Limits
	Zone   *time.Location // whose day decides what has expired
	Now    func() time.Time
	Log    *slog.Logger
}

// Importer brings deliveries into stock. It is safe for concurrent use.
type Importer struct{ Settings }

// New makes an importer.
func New(s Settings) *Importer {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return &Importer{s}
}

// Arrival is a mail or file with an envelope.
type Arrival struct {
	Source   string        // where it came from: the mailbox, or the name of a file
	Content  io.ReadSeeker // a whole mail (RFC 5322), or a bare PGP message
	Actor    string        // who brings it in
	Supplier string        // who sends it; empty: whoever mails from its From address
	Batch    string        // its number, if the file does not say; one that says another is refused
	Mailed   bool          // a mailbox brings it: no person loads it, and the same mail may come again, and is then the same delivery
	Progress func(n int)   // see ledger.Batch
}

// Outcome is what became of an arrival.
type Outcome struct {
	Delivery ledger.Delivery
	Loaded   ledger.Loaded // of one that was loaded just now
}

// ErrRefused means that a delivery was refused, for a reason that its text tells and
// that was written down. Every other error of Take may pass: it is to be brought again.
var ErrRefused = errors.New("delivery refused")

// Refusal is an ErrRefused with what is wrong. Its text has no PIN in it.
type Refusal struct{ Cause error }

func (r *Refusal) Error() string        { return r.Cause.Error() }
func (r *Refusal) Unwrap() error        { return r.Cause }
func (r *Refusal) Is(target error) bool { return target == ErrRefused }

// Take brings a delivery in. It is loaded and awaits approval, or refused; both are
// written down. A mail that was brought before is not loaded twice; one that was refused
// is judged anew, as what it was refused for may be mended.
func (i *Importer) Take(ctx context.Context, a Arrival) (Outcome, error) {
	if a.Source == "" || a.Actor == "" || a.Content == nil {
		return Outcome{}, errors.New("delivery: its source, its content and who brings it in must be given")
	}
	agreed, err := InForce(ctx, i.Ledger)
	if err != nil {
		return Outcome{}, err
	}
	keys, err := keyring(agreed)
	if err != nil {
		return Outcome{}, err // is no fault of what arrived
	}
	whole, err := hashAll(a.Content) // before it is opened: what is in it is read as it is loaded
	if err == nil {
		_, err = a.Content.Seek(0, io.SeekStart)
	}
	if err != nil {
		return Outcome{}, err
	}
	opened, supplier, openErr := i.verified(agreed, keys, a)
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	d := ledger.Delivery{Supplier: supplier, Source: a.Source, Actor: a.Actor, CiphertextHash: hashOf(opened, whole)}
	if a.Mailed {
		d.MessageID = mailOf(opened.Letter.ID, whole)
	}
	d, earlier, err := i.Ledger.RecordDelivery(ctx, d)
	if err != nil {
		return Outcome{}, err
	}
	switch {
	case d.State == ledger.DeliveryLoaded:
		return Outcome{Delivery: d}, nil
	case openErr != nil:
		return i.refuse(ctx, d, openErr)
	}
	return i.load(ctx, a, agreed[supplier], opened, d, earlier)
}

// mailOf is what a mail is known by when it is brought again: its Message-ID, if it has
// one that can be kept, and a hash of all of it, for anybody can write another's.
func mailOf(id, whole string) string {
	const longest = 200
	id = strings.TrimSpace(id)
	if len(id) > longest || !utf8.ValidString(id) || strings.ContainsAny(id, "\x00\r\n") {
		id = ""
	}
	return strings.TrimSpace(id + " sha256:" + whole)
}

// hashOf is what a delivery is known by: its PGP message, or if there is none, all
// of it.
func hashOf(opened *envelope.Delivery, whole string) string {
	if opened.Ciphertext == ([sha256.Size]byte{}) {
		return whole
	}
	return hex.EncodeToString(opened.Ciphertext[:])
}

// hashAll is the SHA-256 of all that there is, in hex.
func hashAll(content io.ReadSeeker) (string, error) {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	h := sha256.New()
	if _, err := io.Copy(h, content); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Agreed is what was agreed with a supplier.
type Agreed struct {
	stockmail.Agreement
	Version int
}

// InForce reads the agreements in force, by supplier.
func InForce(ctx context.Context, store *ledger.Store) (map[string]Agreed, error) {
	list, err := store.Agreements(ctx, "")
	if err != nil {
		return nil, err
	}
	inForce := make(map[string]Agreed)
	for _, a := range list {
		if a.State != ledger.AgreementActive {
			continue
		}
		parsed, err := stockmail.ParseAgreement([]byte(a.Body))
		if err != nil {
			return nil, fmt.Errorf("agreement %d with %s: %w", a.Version, a.Supplier, err)
		}
		inForce[a.Supplier] = Agreed{parsed, a.Version}
	}
	return inForce, nil
}

// keyring holds the keys that are pinned for the suppliers.
func keyring(agreed map[string]Agreed) (*envelope.Keyring, error) {
	pinned := make(map[string][]string)
	for code, t := range agreed {
		if t.PGPKey != "" {
			pinned[code] = []string{t.PGPKey}
		}
	}
	keys, err := envelope.NewKeyring(pinned)
	if err != nil {
		return nil, fmt.Errorf("the pinned keys of the suppliers: %w", err)
	}
	return keys, nil
}

// verified opens the envelope once its signature is known to be good: who is not the
// supplier has nothing loaded, even to be rolled back, and is told of his signature and
// not of his lines.
func (i *Importer) verified(agreed map[string]Agreed, keys *envelope.Keyring, a Arrival) (*envelope.Delivery, string, error) {
	opened, supplier, err := i.open(agreed, keys, a)
	if err != nil {
		return opened, supplier, err
	}
	if _, err := io.Copy(io.Discard, opened); err != nil {
		return opened, supplier, err
	}
	if _, err := opened.Result(); err != nil {
		return opened, supplier, err
	}
	if _, err := a.Content.Seek(0, io.SeekStart); err != nil {
		return opened, supplier, err
	}
	return i.open(agreed, keys, a)
}

// open opens the envelope as agreed with its supplier. With an error there is an
// envelope too: what is known of it.
func (i *Importer) open(agreed map[string]Agreed, keys *envelope.Keyring, a Arrival) (*envelope.Delivery, string, error) {
	opener := &envelope.Opener{Keys: i.Keys, Suppliers: keys, Limits: i.Limits, Now: i.Now}
	supplier := a.Supplier
	if supplier == "" {
		// Who sends it is known before it is read: what is in it is laid out as agreed
		// with him, and only his signature will do.
		found, err := opener.Open(a.Content, envelope.Terms{})
		if err != nil {
			return found, sender(agreed, found.Letter.From), err
		}
		if found.Letter.From == "" {
			return found, "", errors.New("it has no address of a sender, as a mail has: name its supplier with --supplier")
		}
		if supplier = sender(agreed, found.Letter.From); supplier == "" {
			return found, "", fmt.Errorf("no supplier's stock mails come from %q; name the supplier with --supplier, or put the address into his agreement", found.Letter.From)
		}
	}
	t, ok := agreed[supplier]
	if !ok {
		found, err := opener.Open(a.Content, envelope.Terms{})
		return found, supplier, errors.Join(err, fmt.Errorf("there is no agreement in force with %s", supplier))
	}
	if _, err := a.Content.Seek(0, io.SeekStart); err != nil {
		return &envelope.Delivery{}, supplier, err
	}
	opened, err := opener.Open(a.Content, envelope.Terms{Supplier: supplier, Unsigned: t.Unsigned})
	if from := opened.Letter.From; err == nil && from != "" && t.Mail != "" && from != t.Mail {
		err = fmt.Errorf("the mail is from %s, and %s's stock mails come from %s", from, supplier, t.Mail)
	}
	return opened, supplier, err
}

// sender is the supplier whose stock mails come from an address; empty if there is
// none, or several.
func sender(agreed map[string]Agreed, from string) string {
	found := ""
	for code, t := range agreed {
		if from == "" || t.Mail != from {
			continue
		}
		if found != "" {
			return ""
		}
		found = code
	}
	return found
}

// load reads the file and loads its vouchers.
func (i *Importer) load(ctx context.Context, a Arrival, t Agreed, opened *envelope.Delivery, d ledger.Delivery, earlier []ledger.Delivery) (Outcome, error) {
	file := stockmail.Read(t.Agreement, opened, stockmail.Options{Today: i.Now().In(i.Zone), Batch: a.Batch})
	given := a.Batch
	if given == "" && t.ManyBatches() {
		given = nameless(d.CiphertextHash)
	}
	name, vouchers, stop := named(file.Vouchers(), given, d.CiphertextHash)
	defer stop()
	batch := ledger.Batch{
		Supplier: d.Supplier, Name: name, Actor: a.Actor, Unattended: a.Mailed, Source: source(d), Agreement: t.Version, CiphertextHash: d.CiphertextHash, Zone: i.Zone, Progress: a.Progress,
		Control: func() (ledger.Control, error) {
			result, err := opened.Result()
			if err != nil {
				return ledger.Control{}, err
			}
			totals := file.Totals()
			return ledger.Control{CleartextHash: hex.EncodeToString(result.Cleartext[:]),
				Totals: &ledger.Totals{Count: totals.Count, Face: totals.Face}}, nil
		},
	}
	loaded, err := i.Ledger.LoadStock(ctx, batch, vouchers)
	var before *ledger.DuplicateError
	switch {
	case err == nil:
	case passing(ctx, err):
		return Outcome{Delivery: d}, err
	case errors.As(err, &before):
		ours, failed := i.ours(ctx, before, d)
		if failed != nil {
			return Outcome{Delivery: d}, failed
		}
		if !ours {
			return i.refuse(ctx, d, err)
		}
		name = before.Batch // it was loaded, and then the process died
	default:
		return i.refuse(ctx, d, err)
	}
	d.State, d.Batch = ledger.DeliveryLoaded, name
	if err := i.Ledger.EndDelivery(ctx, d.ID, d); err != nil {
		return Outcome{Delivery: d}, err
	}
	i.Log.Info("stock was loaded and awaits approval", "delivery", d.ID, "supplier", d.Supplier, "batch", name, "source", a.Source, "earlier", len(earlier))
	return Outcome{Delivery: d, Loaded: loaded}, nil
}

// source is how a batch names the delivery it came with.
func source(d ledger.Delivery) string { return fmt.Sprintf("%s (delivery %s)", d.Source, d.ID) }

// ours reports whether the batch that was there before is what an earlier attempt at
// this very delivery has loaded.
func (i *Importer) ours(ctx context.Context, before *ledger.DuplicateError, d ledger.Delivery) (bool, error) {
	if before.Kind != ledger.DuplicateCiphertext {
		return false, nil
	}
	batches, err := i.Ledger.StockBatches(ctx, ledger.StockBatchFilter{Supplier: before.Supplier, Name: before.Batch, Limit: -1})
	return slices.ContainsFunc(batches, func(b ledger.StockBatch) bool {
		return b.CiphertextHash == d.CiphertextHash && b.Source == source(d)
	}), err
}

// passing reports whether an error is of this moment, and none of the delivery.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ledger.ErrBusy) || errors.Is(err, ledger.ErrAway) || errors.Is(err, ledger.ErrClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// refuse writes down that and why a delivery was refused. If that cannot be written,
// the delivery is to be brought again.
func (i *Importer) refuse(ctx context.Context, d ledger.Delivery, why error) (Outcome, error) {
	d.State, d.Reason = ledger.DeliveryRefused, why.Error()
	if err := i.Ledger.EndDelivery(ctx, d.ID, d); err != nil {
		return Outcome{Delivery: d}, err
	}
	i.Log.Error("a delivery of stock was refused", "delivery", d.ID, "supplier", d.Supplier, "source", d.Source, "reason", d.Reason)
	return Outcome{Delivery: d}, &Refusal{why}
}

// nameless is the number of a batch whose file has none.
func nameless(ciphertext string) string { return "file-" + ciphertext[:12] }

// named finds the number of the batch, which must be known before it is loaded, by
// reading as far as the first voucher.
func named(vouchers iter.Seq2[stockmail.Voucher, error], given, ciphertext string) (string, iter.Seq2[ledger.Voucher, error], func()) {
	next, stop := iter.Pull2(vouchers)
	first, err, ok := next()
	name := given
	if name == "" {
		name = first.Batch
	}
	if name == "" {
		name = nameless(ciphertext)
	}
	return name, func(yield func(ledger.Voucher, error) bool) {
		for ; ok; first, err, ok = next() {
			v := ledger.Voucher{Product: first.Product, Serial: first.Serial, PIN: first.PIN.Reveal(), Face: first.Face, Cost: first.Cost,
				Currency: first.Currency, ExpiresOn: first.ExpiresOn}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}, stop
}
