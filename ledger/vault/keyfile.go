package vault

import (
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/BurntSushi/toml"
)

// maxFileSize bounds a key file: a key takes about 100 bytes.
const maxFileSize = 64 << 10

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

// keyFile is the key file as written.
type keyFile struct {
	Sealing []fileKey `toml:"sealing"`
	Signing []fileKey `toml:"signing"`
	Hash    struct {
		Key string `toml:"key"`
	} `toml:"hash"`
}

type fileKey struct {
	ID     string `toml:"id"`
	Active bool   `toml:"active"`
	Key    string `toml:"key"` // standard base64 of KeySize bytes
}

// Load reads a key file. It refuses one that its group or others may read,
// write or run, one with a setting it does not know, and one in which a key is
// used twice. No error tells anything of a key.
func Load(path string) (*Keyring, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("key file %s has mode %04o and must be its owner's alone: chmod 600 %s", path, perm, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if len(text) > maxFileSize {
		return nil, fmt.Errorf("key file %s is larger than %d bytes", path, maxFileSize)
	}
	k, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return k, nil
}

// parse keeps the decoder's own words out of its errors, as they quote the
// text at fault, which may be a key.
func parse(text []byte) (*Keyring, error) {
	var file keyFile
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("line %d is not valid TOML or has a value of the wrong type", at.Position.Line)
		}
		return nil, errors.New("a value has the wrong type")
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%d unknown settings: only sealing and signing (id, active, key) and hash (key) are known", len(unknown))
	}
	return build(file)
}

// build makes the keyring of a decoded file.
func build(file keyFile) (*Keyring, error) {
	k := &keys{aeads: map[string]cipher.AEAD{}, signers: map[string]SigningKey{}}
	seen := map[[KeySize]byte]bool{}
	var err error
	k.active, err = each("sealing", file.Sealing, seen, func(id string, key []byte) error {
		aead, err := newAEAD(key)
		k.aeads[id] = aead
		return err
	})
	if err != nil {
		return nil, err
	}
	signing, err := each("signing", file.Signing, seen, func(id string, seed []byte) error {
		private := ed25519.NewKeyFromSeed(seed)
		k.signers[id] = SigningKey{id: id, private: func() ed25519.PrivateKey { return private }}
		return nil
	})
	if err != nil {
		return nil, err
	}
	k.signing = k.signers[signing]
	if k.hash, err = decodeKey(file.Hash.Key, seen); err != nil {
		return nil, fmt.Errorf("hash key: %w", err)
	}
	return &Keyring{keys: func() *keys { return k }}, nil
}

// each checks a list of keys, hands every one to add, and returns the id of the
// active one.
func each(kind string, list []fileKey, seen map[[KeySize]byte]bool, add func(id string, key []byte) error) (active string, err error) {
	ids := map[string]bool{}
	for i, key := range list {
		if !idPattern.MatchString(key.ID) {
			return "", fmt.Errorf("%s key %d: an id is 1 to %d of a-z, 0-9, '.', '_' and '-', and starts with a letter or digit", kind, i+1, maxIDLength)
		}
		if ids[key.ID] {
			return "", fmt.Errorf("%s key %q: two keys have this id", kind, key.ID)
		}
		ids[key.ID] = true
		if key.Active && active != "" {
			return "", fmt.Errorf("%s keys %q and %q are both active", kind, active, key.ID)
		}
		if key.Active {
			active = key.ID
		}
		material, err := decodeKey(key.Key, seen)
		if err != nil {
			return "", fmt.Errorf("%s key %q: %w", kind, key.ID, err)
		}
		if err := add(key.ID, material); err != nil {
			return "", fmt.Errorf("%s key %q: %w", kind, key.ID, err)
		}
	}
	if active == "" {
		return "", fmt.Errorf("no %s key is active", kind)
	}
	return active, nil
}

func decodeKey(text string, seen map[[KeySize]byte]bool) ([]byte, error) {
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("not the base64 of %d bytes", KeySize)
	}
	if seen[[KeySize]byte(key)] {
		return nil, errors.New("the same key is in the file twice; every use needs its own")
	}
	seen[[KeySize]byte(key)] = true
	return key, nil
}

const fileTemplate = `# Keys of a vendswitch installation.
#
# Who has this file can read every stored token and PIN; who loses it can read
# none. Keep it at mode 0600 and a copy of it off this machine, apart from the
# database's backups.
#
# To change the sealing or the signing key, add another block of that kind with
# a new id and a key from "openssl rand -base64 32", and move "active = true" to
# it. Keep the old block: it still opens what was sealed, and verifies what was
# signed, before. The hash key must never change.

[[sealing]]
id = %q
active = true
key = %q

[[signing]]
id = %q
active = true
key = %q

[hash]
key = %q
`

// Generate writes a new key file at path with mode 0600. It never overwrites:
// if the file exists the error is fs.ErrExist.
func Generate(path string) error {
	file := randomFile()
	text := fmt.Sprintf(fileTemplate,
		file.Sealing[0].ID, file.Sealing[0].Key, file.Signing[0].ID, file.Signing[0].Key, file.Hash.Key)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("key file: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// syncDir makes a new file's name durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Ephemeral returns a keyring of random keys that are written nowhere, for
// tests and demonstrations: what it seals is lost when the process ends.
func Ephemeral() *Keyring {
	k, err := build(randomFile())
	if err != nil {
		panic("vault: random keys were refused: " + err.Error())
	}
	return k
}

// randomFile makes keys with random ids, so that two installations never give
// one id to different keys.
func randomFile() keyFile {
	var file keyFile
	file.Sealing = []fileKey{{ID: randomID(), Active: true, Key: randomKey()}}
	file.Signing = []fileKey{{ID: randomID(), Active: true, Key: randomKey()}}
	file.Hash.Key = randomKey()
	return file
}

func randomKey() string {
	var key [KeySize]byte
	rand.Read(key[:]) // never fails: it ends the program instead
	return base64.StdEncoding.EncodeToString(key[:])
}

func randomID() string {
	var id [4]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}
