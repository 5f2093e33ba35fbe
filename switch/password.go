package vending

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/time/rate"
)

// Parameters of argon2id for new hashes: the second choice of RFC 9106 scaled to
// 19 MiB, two passes, one lane. Stored hashes carry their own.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonKeyLen  = 32
	argonSaltLen = 16

	// argonMaxMemory bounds what a stored hash may ask for, in KiB.
	argonMaxMemory = 256 * 1024
)

// MinPassword and MaxPassword bound a password's length (XMLVend 2.1, type
// Password: 6 to 15 characters, none a space).
const (
	MinPassword = 6
	MaxPassword = 15
)

// HashPassword makes the PHC string under which a password is stored.
func HashPassword(password string) (string, error) {
	if n := len(password); n < MinPassword || n > MaxPassword || strings.ContainsAny(password, " \t\r\n") {
		return "", fmt.Errorf("a password has %d to %d characters, none a space", MinPassword, MaxPassword)
	}
	return HashCredential(password), nil
}

// HashCredential is HashPassword for what is no password of XMLVend: of any length.
func HashCredential(password string) string {
	salt := make([]byte, argonSaltLen)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKeyLen)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		argonMemory, argonPasses, argonLanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// errHash is a stored hash that cannot be read: a defect of the database.
var errHash = errors.New("stored password hash cannot be read")

// CheckPassword reports whether password is the one behind a hash. It takes the time
// that argon2id takes.
func CheckPassword(hash, password string) (bool, error) { return matches(hash, password) }

// matches computes whether password is the one behind the PHC string hash.
func matches(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errHash
	}
	var version, memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return false, errHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 || passes == 0 || lanes == 0 || memory > argonMaxMemory {
		return false, errHash
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// verifier answers whether a password fits a hash. A password that was verified
// once is recognised again by a keyed digest held in memory, for argon2id is slow
// by design and would otherwise be the bottleneck of the switch.
type verifier struct {
	key   []byte
	slots chan struct{} // bounds the memory and CPU of concurrent hashing

	mu       sync.Mutex
	verified map[string][sha256.Size]byte // by hash, so that a changed password is never recognised
	wrong    map[string]*rate.Limiter     // by client: how many wrong passwords it may still try
}

// A client may try this many wrong passwords at once, and one more every so often.
// Passwords that are recognised are not held up.
const (
	wrongAtOnce = 20
	wrongEvery  = time.Second
)

// hashWait is how long a request waits for its turn to be hashed.
const hashWait = 5 * time.Second

// errGuessing means that a client has tried too many wrong passwords.
var errGuessing = errors.New("too many wrong passwords")

// maxVerified bounds the cache; beyond it the cache starts anew.
const maxVerified = 100_000

func newVerifier() *verifier {
	key := make([]byte, 32)
	rand.Read(key)
	return &verifier{
		key:      key,
		slots:    make(chan struct{}, max(1, runtime.NumCPU()-1)),
		verified: make(map[string][sha256.Size]byte),
		wrong:    make(map[string]*rate.Limiter),
	}
}

func (v *verifier) digest(hash, password string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, v.key)
	fmt.Fprintf(mac, "%d:%s%s", len(hash), hash, password)
	copy(sum[:], mac.Sum(nil))
	return sum
}

// verify reports whether password is the one behind hash. The error is errGuessing
// if the client has been wrong too often lately, and of ctx.
func (v *verifier) verify(ctx context.Context, client, hash, password string) (bool, error) {
	digest := v.digest(hash, password)
	if v.recognise(hash, digest) {
		return true, nil
	}
	wrong := v.allowance(client)
	if wrong.Tokens() < 1 {
		return false, errGuessing
	}
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	// Of a crowd that signs in at once, as after a restart, the first is hashed and
	// the others, who have waited for their turn, are recognised.
	if v.recognise(hash, digest) {
		return true, nil
	}
	ok, err := matches(hash, password)
	if err != nil {
		return false, err
	}
	if !ok {
		wrong.Allow()
		return false, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.verified) >= maxVerified {
		clear(v.verified)
	}
	v.verified[hash] = digest
	return true, nil
}

// recognise reports whether the password with this digest was verified before.
func (v *verifier) recognise(hash string, digest [sha256.Size]byte) bool {
	v.mu.Lock()
	known, ok := v.verified[hash]
	v.mu.Unlock()
	return ok && hmac.Equal(known[:], digest[:])
}

// allowance is how many wrong passwords a client may still try.
func (v *verifier) allowance(client string) *rate.Limiter {
	v.mu.Lock()
	defer v.mu.Unlock()
	l, ok := v.wrong[client]
	if !ok {
		if len(v.wrong) >= maxVerified {
			clear(v.wrong)
		}
		l = rate.NewLimiter(rate.Every(wrongEvery), wrongAtOnce)
		v.wrong[client] = l
	}
	return l
}
