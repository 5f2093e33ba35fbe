package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// examples are the clients that docs/integrating.md shows.
const examples = "../../docs/examples/"

// setUpFirst is said where a toolkit is missing.
const setUpFirst = "run make setup first"

func TestAClientThatZeepMakesFromTheWSDLSells(t *testing.T) {
	for _, python := range []string{"/usr/bin/python3", "python3"} { // Debian's, which has Debian's packages, before any other
		if exec.Command(python, "-c", "import zeep").Run() == nil {
			sellsWith(t, nil, python, examples+"zeep_client.py")
			return
		}
	}
	t.Fatal("no python3 has zeep: " + setUpFirst)
}

func TestAClientThatNodeSoapMakesFromTheWSDLSells(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(examples + "package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("the lock file names a registry's host")
	}
	sum := sha256.Sum256(lock)
	modules := filepath.Join(cache, "vendswitch", "node-"+hex.EncodeToString(sum[:8]), "node_modules")
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("%v: %s", err, setUpFirst)
	}
	sellsWith(t, []string{"NODE_PATH=" + modules}, "node", examples+"node_client.js")
}

// toolkitResult is what each example prints.
type toolkitResult struct {
	Customer, Trial, Token, Recovered, PIN string
	Blocked, Unknown, NeverSent            struct{ Class, Desc, Operator string }
}

// sellsWith runs an example in a world where the utility loses the answer to the first vend, and to the first question
// about it: the client has to ask the switch for the token until it is there.
func sellsWith(t *testing.T, environ []string, command ...string) {
	w, _ := living(t)
	demo, err := w.writeDemoFile()
	if err != nil {
		t.Fatal(err)
	}
	w.misbehave(t, "drop-after,vend,1", "drop-before,advice,1")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], demo)...)
	cmd.Env = append(os.Environ(), environ...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.Bytes())
	}
	var got toolkitResult
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if !regexp.MustCompile(`^[0-9]{20}$`).MatchString(got.Token) || got.Token == got.Trial {
		t.Errorf("token %q, trial token %q", got.Token, got.Trial)
	}
	if got.Recovered != got.Token {
		t.Errorf("sold %s, recovered %s", got.Token, got.Recovered)
	}
	if got.Trial != "00000000000000000000" {
		t.Errorf("the trial gave token %s", got.Trial)
	}
	for want, class := range map[string]string{
		"BlockedMeterEx": got.Blocked.Class, "UnknownMeterEx": got.Unknown.Class, "LastResponseEx": got.NeverSent.Class,
	} {
		if class != want {
			t.Errorf("a %s was read as %q", want, class)
		}
	}
	if left := w.town.Faults(); len(left) > 0 {
		t.Errorf("the client was never left in doubt: %v", left)
	}
	if got.Customer == "" || !regexp.MustCompile(`^[0-9]{16}$`).MatchString(got.PIN) || got.Blocked.Desc == "" || got.Blocked.Operator == "" {
		t.Errorf("incomplete: %+v", got)
	}
	if text, err := w.command(t, "ayanda", "audit", "verify"); err != nil {
		t.Error(text)
	}
}
