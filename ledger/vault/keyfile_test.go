package vault_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/ledger/vault"
)

// key is a fixed, obviously fake key in base64.
func key(fill byte) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(fill)), vault.KeySize)))
}

func block(kind, id, key string, active bool) string {
	text := "[[" + kind + "]]\nid = \"" + id + "\"\nkey = \"" + key + "\"\n"
	if active {
		text += "active = true\n"
	}
	return text
}

func hash(key string) string { return "[hash]\nkey = \"" + key + "\"\n" }

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string) *vault.Keyring {
	t.Helper()
	k, err := vault.Load(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAGeneratedFileLoadsTwiceAsTheSameKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := vault.Generate(path); err != nil {
		t.Fatal(err)
	}
	a, err := vault.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := vault.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := b.Open(a.Seal([]byte("value"), []byte("aad")), []byte("aad"))
	if err != nil || string(opened) != "value" {
		t.Errorf("Open = %q, %v", opened, err)
	}
	if string(a.Hash("pin", "1")) != string(b.Hash("pin", "1")) {
		t.Error("the hash differs between two loads")
	}
	if !a.SigningKey().Public().Equal(b.SigningKey().Public()) {
		t.Error("the signing key differs between two loads")
	}
}

func TestAGeneratedFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := vault.Generate(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %04o, want 0600", info.Mode().Perm())
	}
}

func TestGenerateNeverOverwrites(t *testing.T) {
	path := write(t, "precious")
	if err := vault.Generate(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("err = %v, want fs.ErrExist", err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "precious" {
		t.Errorf("the file holds %q, %v; want it untouched", text, err)
	}
}

func TestAFileThatOthersMayUseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.toml")
	if err := vault.Generate(path); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := vault.Load(path)
		if err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %04o: err = %v, want one that says chmod 600", mode, err)
		}
	}
	for _, mode := range []fs.FileMode{0o600, 0o400} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Load(path); err != nil {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}

func TestAMissingFileAndAFolderAreRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := vault.Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: err = %v, want fs.ErrNotExist", err)
	}
	if _, err := vault.Load(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("folder: err = %v, want not a regular file", err)
	}
}

func TestAfterARotationOldValuesOpenAndNewOnesUseTheNewKey(t *testing.T) {
	rest := block("signing", "s1", key('s'), true) + hash(key('h'))
	before := load(t, block("sealing", "k1", key('1'), true)+rest)
	after := load(t, block("sealing", "k1", key('1'), false)+block("sealing", "k2", key('2'), true)+rest)
	retired := load(t, block("sealing", "k2", key('2'), true)+rest)

	old := before.Seal([]byte("old"), nil)
	if opened, err := after.Open(old, nil); err != nil || string(opened) != "old" {
		t.Errorf("old value after the rotation: %q, %v", opened, err)
	}
	fresh := after.Seal([]byte("new"), nil)
	if id, err := vault.KeyID(fresh); err != nil || id != "k2" {
		t.Errorf("a new value is sealed with %q, %v; want k2", id, err)
	}
	if _, err := before.Open(fresh, nil); !errors.Is(err, vault.ErrUnknownKey) {
		t.Errorf("new value without the new key: err = %v, want ErrUnknownKey", err)
	}
	if _, err := retired.Open(old, nil); !errors.Is(err, vault.ErrUnknownKey) {
		t.Errorf("old value without the old key: err = %v, want ErrUnknownKey", err)
	}
}

func TestARetiredSigningKeyStillVerifies(t *testing.T) {
	rest := block("sealing", "k1", key('1'), true) + hash(key('h'))
	before := load(t, rest+block("signing", "s1", key('s'), true))
	after := load(t, rest+block("signing", "s1", key('s'), false)+block("signing", "s2", key('t'), true))

	signature := before.SigningKey().Sign([]byte("head"))
	public, err := after.VerifyingKey("s1")
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(public, []byte("head"), signature) {
		t.Error("a head signed before the rotation does not verify after it")
	}
	if id := after.SigningKey().ID(); id != "s2" {
		t.Errorf("the signing key is %q, want s2", id)
	}
}

func TestAFileThatIsNotRightIsRefusedWithTheReason(t *testing.T) {
	sealing := block("sealing", "k1", key('1'), true)
	signing := block("signing", "s1", key('s'), true)
	hashing := hash(key('h'))
	for name, tc := range map[string]struct{ text, want string }{
		"empty":                     {"", "no sealing key is active"},
		"no active sealing key":     {block("sealing", "k1", key('1'), false) + signing + hashing, "no sealing key is active"},
		"two active sealing keys":   {sealing + block("sealing", "k2", key('2'), true) + signing + hashing, `sealing keys "k1" and "k2" are both active`},
		"no signing key":            {sealing + hashing, "no signing key is active"},
		"no hash key":               {sealing + signing, "hash key: not the base64 of 32 bytes"},
		"two keys of one id":        {sealing + block("sealing", "k1", key('2'), false) + signing + hashing, `sealing key "k1": two keys have this id`},
		"a key used for two things": {sealing + signing + hash(key('1')), "hash key: the same key is in the file twice"},
		"a short key":               {block("sealing", "k1", "AAAA", true) + signing + hashing, `sealing key "k1": not the base64 of 32 bytes`},
		"a key that is not base64":  {block("sealing", "k1", strings.Repeat("!", 44), true) + signing + hashing, `sealing key "k1": not the base64 of 32 bytes`},
		"an id with a space":        {block("sealing", "k 1", key('1'), true) + signing + hashing, "sealing key 1: an id is"},
		"an id that is too long":    {block("sealing", strings.Repeat("k", 33), key('1'), true) + signing + hashing, "sealing key 1: an id is"},
		"an unknown setting":        {"colour = 1\n" + sealing + signing + hashing, "unknown settings"},
		"broken TOML":               {"[[sealing]]\nid = \n", "line 2 is not valid TOML"},
		"a value of the wrong type": {"[[sealing]]\nid = 5\n", "wrong type"},
		"a file that is too large":  {"#" + strings.Repeat("x", 65<<10), "larger than"},
	} {
		_, err := vault.Load(write(t, tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: err = %v, want one with %q", name, err, tc.want)
		}
	}
}

func FuzzLoadShowsNoSecretOfABrokenFile(f *testing.F) {
	secret := key('z')
	good := block("sealing", "k1", secret, true) + block("signing", "s1", key('s'), true) + hash(key('h'))
	f.Add(good, "", 0)
	f.Add(good, "\"", 40)
	f.Add(good, "=", 60)
	f.Add("key = "+secret, "", 0)
	f.Add(secret+" = 1", "", 0)
	f.Add("[["+secret, "", 0)
	path := write(f, "")
	f.Fuzz(func(t *testing.T, text, insert string, at int) {
		if at >= 0 && at <= len(text) {
			text = text[:at] + insert + text[at:]
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := vault.Load(path)
		if err != nil && strings.Contains(err.Error(), secret[:16]) {
			t.Errorf("the error shows a key: %v", err)
		}
	})
}
