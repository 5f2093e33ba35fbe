package envelope_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

func TestKeysMoveBetweenUsAndGnuPG(t *testing.T) {
	g := newGPG(t)
	private, public, err := envelope.GenerateKey("Switch", ourAddress, []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	g.learn(private) // with its private part, which its passphrase still opens
	print, err := envelope.Fingerprint(public)
	if err != nil || print != g.fingerprint(ourAddress) {
		t.Errorf("the fingerprint is %s, %v, and by GnuPG %s", print, err, g.fingerprint(ourAddress))
	}
	if same, err := envelope.Fingerprint(private); err != nil || same != print {
		t.Errorf("of the private key it is %s, %v", same, err)
	}
	g.key(theirAddress, "never")
	if clear := g.run(g.seal([]byte(stockFile)), "--decrypt"); string(clear) != stockFile {
		t.Errorf("GnuPG decrypts %q with our key", clear)
	}
	ours, err := envelope.UnlockPrivateKey(private, []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ours.Public(); err != nil {
		t.Error(err)
	} else if same, err := envelope.Fingerprint(again); err != nil || same != print || strings.Contains(again, "PRIVATE") {
		t.Errorf("the public part is %s, %v", same, err)
	}
}

func TestSeveralPrivateKeysOfOursOpenWhileSuppliersChange(t *testing.T) {
	w := newWorld(t)
	const former = "former@switch.example"
	w.run(nil, "--quick-generate-key", former, "rsa3072", "default", "never")
	w.run(nil, "--quick-add-key", w.fingerprint(former), "rsa3072", "encr", "never")
	toFormer := w.run([]byte(stockFile), "--recipient", former, "--local-user", theirAddress, "--sign", "--encrypt")
	w.refuses(toFormer, envelope.Terms{}, envelope.ErrNotForUs)
	key, err := envelope.UnlockPrivateKey(w.private(former), []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	w.opener.Keys = append(w.opener.Keys, key)
	w.opens(toFormer, envelope.FormFile)
	w.opens(w.seal([]byte(stockFile)), envelope.FormFile)
	w.opens(w.run([]byte(stockFile), "--hidden-recipient", former, "--local-user", theirAddress, "--sign", "--encrypt"), envelope.FormFile)
}

func TestASupplierMayHaveTwoKeysWhileHeChanges(t *testing.T) {
	w := newWorld(t)
	next := w.key("next@supplier.example", "never")
	for name, ring := range map[string]*envelope.Keyring{
		"two texts": w.pin(w.theirs, next),
		"one text":  w.pin(string(w.run(nil, "--armor", "--export", theirAddress, "next@supplier.example"))),
		"one below": w.pin("old\n" + w.theirs + "\nnew\n" + next),
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			w.opener.Suppliers = ring
			w.opens(w.seal([]byte(stockFile)), envelope.FormFile)
			w.opens(w.run([]byte(stockFile), "--recipient", ourAddress, "--local-user", "next@supplier.example", "--sign", "--encrypt"), envelope.FormFile)
		})
	}
}

func TestNoKeyOfATextIsPinnedWithoutItsFingerprint(t *testing.T) {
	w := newWorld(t)
	next := w.key("next@supplier.example", "never")
	want := []string{w.fingerprint(theirAddress), w.fingerprint("next@supplier.example")}
	for name, text := range map[string]string{
		"one armour": string(w.run(nil, "--armor", "--export", theirAddress, "next@supplier.example")),
		"two":        w.theirs + "\n" + next,
	} {
		if all, err := envelope.Fingerprints(text); err != nil || !slices.Equal(all, want) {
			t.Errorf("%s: %v, %v; want %v", name, all, err, want)
		}
		if one, err := envelope.Fingerprint(text); !errors.Is(err, envelope.ErrKey) {
			t.Errorf("%s: of two keys the fingerprint is %s, %v", name, one, err)
		}
	}
	if all, err := envelope.Fingerprints(w.theirs + "\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nnonsense"); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("below nonsense: %v, %v", all, err)
	}
}

func TestAKeyThatCannotBeUsedIsRefused(t *testing.T) {
	w := newWorld(t)
	private, public, err := envelope.GenerateKey("Switch", ourAddress, []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	bare := newGPG(t)
	bare.run(nil, "--passphrase", "", "--quick-generate-key", "bare@switch.example", "future-default", "default", "never")
	unlocked := string(bare.run(nil, "--passphrase", "", "--armor", "--export-secret-keys", "bare@switch.example"))
	for _, tc := range []struct {
		name, armoured, passphrase string
		want                       error
	}{
		{"the passphrase is wrong", private, "another one", envelope.ErrPassphrase},
		{"the passphrase is empty", private, "", envelope.ErrPassphrase},
		{"the key is public", public, passphrase, envelope.ErrKey},
		{"the key is not locked", unlocked, passphrase, envelope.ErrKey},
		{"the key is none", "-----BEGIN nonsense", passphrase, envelope.ErrKey},
	} {
		_, err := envelope.UnlockPrivateKey(tc.armoured, []byte(tc.passphrase))
		if !errors.Is(err, tc.want) || tc.passphrase != "" && strings.Contains(err.Error(), tc.passphrase) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	for name, suppliers := range map[string]map[string][]string{
		"a private key":       {"ACME": {private}},
		"no key":              {"ACME": {"nonsense"}},
		"a key of two owners": {"ACME": {w.theirs}, "RIVAL": {w.theirs}},
	} {
		if _, err := envelope.NewKeyring(suppliers); !errors.Is(err, envelope.ErrKey) {
			t.Errorf("%s is pinned: %v", name, err)
		}
	}
	if _, err := envelope.Fingerprint("nonsense"); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("nonsense has a fingerprint: %v", err)
	}
	if _, _, err := envelope.GenerateKey("Switch", ourAddress, nil); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("a key is made without a passphrase: %v", err)
	}
	if _, _, err := envelope.GenerateKey("", "", []byte(passphrase)); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("a key is made for nobody: %v", err)
	}
}

func TestAKeyIsUsableAsLongAsOneOfASuppliersIs(t *testing.T) {
	w := newWorld(t)
	past := faked(time.Now().AddDate(0, 0, -10))
	expired := w.key("expired@supplier.example", "2d", past)
	w.run(nil, "--quick-generate-key", "signs@supplier.example", "ed25519", "sign", "never")
	signs := w.public("signs@supplier.example")
	w.key("revoked@supplier.example", "never")
	revoked := w.revoke("revoked@supplier.example")
	for name, tc := range map[string]struct {
		keys    []string
		encrypt bool
		want    error
	}{
		"a good one":                      {[]string{w.theirs}, true, nil},
		"an expired one":                  {[]string{expired}, false, envelope.ErrKeyExpired},
		"a revoked one":                   {[]string{revoked}, false, envelope.ErrKeyRevoked},
		"one that only signs":             {[]string{signs}, false, nil},
		"one that only signs, to encrypt": {[]string{signs}, true, envelope.ErrKey},
		"old ones beside a good one":      {[]string{expired, revoked, w.theirs}, true, nil},
		"old ones beside one that signs":  {[]string{expired, revoked, signs}, true, envelope.ErrKey},
		"none":                            {nil, false, envelope.ErrKey},
	} {
		if err := w.pin(tc.keys...).Usable("ACME", tc.encrypt, time.Now()); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestAnOrderIsReadByTheSupplierWithGnuPG(t *testing.T) {
	w := newWorld(t)
	const order = "H|ORDER|17\nMTN10|1000\n"
	armoured, err := w.opener.Suppliers.Encrypt("ACME", []byte(order), w.ours, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(armoured, "-----BEGIN PGP MESSAGE-----") || strings.Contains(armoured, "MTN10") {
		t.Fatalf("the order is %s", armoured)
	}
	clear, said, err := w.try([]byte(armoured), "--status-fd", "2", "--decrypt")
	if err != nil || string(clear) != order || !strings.Contains(said, "GOODSIG") || !strings.Contains(said, "VALIDSIG "+w.ours.Fingerprint()) {
		t.Errorf("GnuPG reads %q, %v\n%s", clear, err, said)
	}
	if _, err := w.opener.Suppliers.Encrypt("NOBODY", []byte(order), w.ours, time.Now()); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("an order for nobody: %v", err)
	}
	if _, err := w.opener.Suppliers.Encrypt("ACME", []byte(order), nil, time.Now()); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("an order that nobody signs: %v", err)
	}
	w.opener.Suppliers = w.pin(w.revoke(theirAddress))
	if _, err := w.opener.Suppliers.Encrypt("ACME", []byte(order), w.ours, time.Now()); !errors.Is(err, envelope.ErrKey) {
		t.Errorf("an order to a revoked key: %v", err)
	}
}

func TestAPrivateKeyShowsItsFingerprintOnly(t *testing.T) {
	w := newWorld(t)
	want := "private key " + w.ours.Fingerprint()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, w.ours); got != want {
			t.Errorf("%s shows %s", verb, got)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", w.ours)
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", w.ours)
	if strings.Count(log.String(), want) != 2 {
		t.Errorf("the log says %s", log.String())
	}
	if text, err := json.Marshal(struct{ Key *envelope.PrivateKey }{w.ours}); err != nil || string(text) != `{"Key":"`+want+`"}` {
		t.Errorf("as JSON it is %s, %v", text, err)
	}
	if got := fmt.Sprintf("%v", (*envelope.PrivateKey)(nil)); got != "no private key" {
		t.Errorf("none shows %s", got)
	}
}
