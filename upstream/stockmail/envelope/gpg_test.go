package envelope_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const passphrase = "correct horse, battery"

// gpg is GnuPG with a home of its own.
type gpg struct {
	t    testing.TB
	home string
}

// newGPG makes a home in a short path: GnuPG's agent has its socket in it, and the
// path of a socket has at most 107 bytes.
func newGPG(t testing.TB) *gpg {
	t.Helper()
	home, err := os.MkdirTemp("", "vsg")
	if err != nil {
		t.Fatal(err)
	}
	// Or the agent measures how often it can hash in a tenth of a second, for minutes
	// where the machine is busy.
	if err := os.WriteFile(filepath.Join(home, "gpg-agent.conf"), []byte("s2k-count 65536\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := &gpg{t: t, home: home}
	t.Cleanup(func() {
		if out, err := exec.Command("gpgconf", "--homedir", home, "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("gpgconf --kill: %v: %s", err, out)
		}
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	return g
}

// run runs gpg and returns what it writes to its standard output.
func (g *gpg) run(input []byte, args ...string) []byte {
	g.t.Helper()
	out, said, err := g.try(input, args...)
	if err != nil {
		g.t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return out
}

func (g *gpg) try(input []byte, args ...string) (out []byte, said string, err error) {
	all := append([]string{"--homedir", g.home, "--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback",
		"--passphrase", passphrase, "--trust-model", "always"}, args...)
	command := exec.Command("gpg", all...)
	command.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err = command.Run()
	return stdout.Bytes(), stderr.String(), err
}

// key makes a key for an address and returns its public part. More arguments come
// before the command, as --faked-system-time does.
func (g *gpg) key(address, expire string, args ...string) string {
	g.t.Helper()
	g.run(nil, append(args, "--quick-generate-key", address, "future-default", "default", expire)...)
	return g.public(address)
}

func (g *gpg) public(address string) string {
	g.t.Helper()
	return string(g.run(nil, "--armor", "--export", address))
}

func (g *gpg) private(address string) string {
	g.t.Helper()
	return string(g.run(nil, "--armor", "--export-secret-keys", address))
}

func (g *gpg) learn(key string) {
	g.t.Helper()
	g.run([]byte(key), "--import")
}

// seal encrypts to our address and signs as the supplier.
func (g *gpg) seal(clear []byte, args ...string) []byte {
	g.t.Helper()
	return g.run(clear, append(args, "--recipient", ourAddress, "--local-user", theirAddress, "--sign", "--encrypt")...)
}

// revoke revokes a key, as its owner does who fears for it, and returns the public part.
func (g *gpg) revoke(address string) string {
	g.t.Helper()
	certificates, err := filepath.Glob(filepath.Join(g.home, "openpgp-revocs.d", g.fingerprint(address)+".rev"))
	if err != nil || len(certificates) != 1 {
		g.t.Fatalf("no certificate of revocation: %v %v", certificates, err)
	}
	text, err := os.ReadFile(certificates[0])
	if err != nil {
		g.t.Fatal(err)
	}
	_, certificate, _ := strings.Cut(string(text), "\n:")
	g.learn(certificate)
	return g.public(address)
}

func (g *gpg) fingerprint(address string) string {
	g.t.Helper()
	for line := range strings.Lines(string(g.run(nil, "--with-colons", "--list-keys", address))) {
		if print, ok := strings.CutPrefix(line, "fpr:::::::::"); ok {
			return strings.TrimRight(print, ":\n")
		}
	}
	g.t.Fatalf("%s has no fingerprint", address)
	return ""
}

const (
	ourAddress   = "stock@switch.example"
	theirAddress = "vouchers@supplier.example"
)
