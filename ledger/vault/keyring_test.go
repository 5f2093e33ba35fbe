package vault_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"pgregory.net/rapid"
)

var _ ledger.Sealer = (*vault.Keyring)(nil)

func TestAValueOpensOnlyForTheRecordItWasSealedFor(t *testing.T) {
	k := vault.Ephemeral()
	plain := []byte("1234 5678 9012 3456 7890")
	sealed := k.Seal(plain, []byte("leg/1/evidence"))

	opened, err := k.Open(sealed, []byte("leg/1/evidence"))
	if err != nil || !bytes.Equal(opened, plain) {
		t.Fatalf("Open = %q, %v; want the plain text", opened, err)
	}
	for _, other := range []string{"leg/2/evidence", "leg/1/evidence ", "leg/1/outcome", ""} {
		if _, err := k.Open(sealed, []byte(other)); !errors.Is(err, vault.ErrDamaged) {
			t.Errorf("opened for record %q: err = %v, want ErrDamaged", other, err)
		}
	}
}

func TestSealingTheSameValueTwiceGivesDifferentBytes(t *testing.T) {
	k := vault.Ephemeral()
	a, b := k.Seal([]byte("PIN"), []byte("voucher/1")), k.Seal([]byte("PIN"), []byte("voucher/1"))
	if bytes.Equal(a, b) {
		t.Error("two seals of one value are equal: the nonce is not random")
	}
	if bytes.Contains(a, []byte("PIN")) {
		t.Error("the sealed value shows the plain text")
	}
}

func TestWhatIsSealedOpensAgainUnchanged(t *testing.T) {
	k := vault.Ephemeral()
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		aad := rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		opened, err := k.Open(k.Seal(plain, aad), aad)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("Open = %x, %v", opened, err)
		}
	})
}

func TestEveryTruncationAndEveryFlippedBitIsRefused(t *testing.T) {
	k := vault.Ephemeral()
	aad := []byte("sale/1/outcome")
	sealed := k.Seal([]byte("an outcome"), aad)
	for n := range sealed {
		if _, err := k.Open(sealed[:n], aad); err == nil {
			t.Errorf("the first %d of %d bytes opened", n, len(sealed))
		}
	}
	for bit := range len(sealed) * 8 {
		flipped := bytes.Clone(sealed)
		flipped[bit/8] ^= 1 << (bit % 8)
		_, err := k.Open(flipped, aad)
		if !errors.Is(err, vault.ErrDamaged) && !errors.Is(err, vault.ErrUnknownKey) {
			t.Errorf("bit %d flipped: err = %v, want ErrDamaged or ErrUnknownKey", bit, err)
		}
	}
	if _, err := k.Open(append(bytes.Clone(sealed), 0), aad); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("with a byte more: err = %v, want ErrDamaged", err)
	}
}

func FuzzOpenRefusesWhatItDidNotSeal(f *testing.F) {
	k := vault.Ephemeral()
	other := vault.Ephemeral()
	f.Add([]byte{}, []byte{})
	f.Add(other.Seal([]byte("plain"), []byte("aad")), []byte("aad"))
	f.Add([]byte{1, 0}, []byte{})
	f.Add([]byte{1, 255, 'a'}, []byte{})
	genuine := k.Seal([]byte("plain"), []byte("aad"))
	f.Add(genuine[:len(genuine)-1], []byte("aad"))
	f.Fuzz(func(t *testing.T, sealed, aad []byte) {
		if plain, err := k.Open(sealed, aad); err == nil {
			t.Errorf("forged value %x opened as %q", sealed, plain)
		}
	})
}

func TestAValueSealedWithAMissingKeyNamesThatKey(t *testing.T) {
	theirs := vault.Ephemeral()
	sealed := theirs.Seal([]byte("plain"), nil)
	id, err := vault.KeyID(sealed)
	if err != nil {
		t.Fatal(err)
	}
	_, err = vault.Ephemeral().Open(sealed, nil)
	if !errors.Is(err, vault.ErrUnknownKey) {
		t.Fatalf("err = %v, want ErrUnknownKey", err)
	}
	if want := `sealing key "` + id + `": key is not in the key file`; err.Error() != want {
		t.Errorf("err = %q, want %q", err, want)
	}
}

func TestHashesDifferByDomainAndValueAndKey(t *testing.T) {
	k := vault.Ephemeral()
	if !bytes.Equal(k.Hash("token", "1"), k.Hash("token", "1")) {
		t.Error("one value has two hashes")
	}
	if got := len(k.Hash("token", "1")); got != 32 {
		t.Errorf("a hash has %d bytes, want 32", got)
	}
	seen := map[string]string{}
	for _, pair := range [][2]string{{"token", "1"}, {"token", "2"}, {"pin", "1"}, {"toke", "n1"}, {"token1", ""}, {"", "token1"}} {
		h := string(k.Hash(pair[0], pair[1]))
		if other, clash := seen[h]; clash {
			t.Errorf("%q and %q have one hash", pair, other)
		}
		seen[h] = pair[0] + "|" + pair[1]
	}
	if bytes.Equal(k.Hash("token", "1"), vault.Ephemeral().Hash("token", "1")) {
		t.Error("two keyrings give one hash")
	}
}

func TestManyGoroutinesShareAKeyring(t *testing.T) {
	k := vault.Ephemeral()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			aad := []byte{byte(g)}
			for range 200 {
				opened, err := k.Open(k.Seal([]byte("value"), aad), aad)
				if err != nil || string(opened) != "value" {
					t.Errorf("goroutine %d: Open = %q, %v", g, opened, err)
					return
				}
				k.Hash("pin", "value")
				k.SigningKey().Sign(aad)
			}
		})
	}
	wg.Wait()
}
