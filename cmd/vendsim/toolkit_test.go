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
	"strings"
	"testing"
	"time"
)

// The page for integrators, and the clients that it shows.
const (
	integrating = "../../docs/integrating.md"
	examples    = "../../docs/examples/"
)

// setUpFirst is said where a toolkit is missing.
const setUpFirst = "run make setup first"

// patience is how long a client may take: far more than it needs, for a machine that is busy.
const patience = 3 * time.Minute

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
	ctx, cancel := context.WithTimeout(t.Context(), patience)
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
	if text, err := w.command(t, staff[0], "audit", "verify"); err != nil {
		t.Error(text)
	}
}

// shellBlocks are the shell commands of the page for integrators.
func shellBlocks(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(integrating)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != 3 {
		t.Fatalf("the page has %d blocks of commands: test them all", len(blocks))
	}
	return blocks
}

// shell runs commands as somebody at the top of the tree would, and returns each line that they print.
func (w *world) shell(t *testing.T, commands string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", "set -euo pipefail\n"+commands)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "URL="+w.url(), "UTILITY="+w.townURL)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.Bytes())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestTheCommandsOnTheIntegratorsPageDoWhatItSays(t *testing.T) {
	w, _ := living(t)
	blocks := shellBlocks(t)
	answers := w.shell(t, blocks[0])
	if len(answers) != 6 {
		t.Fatalf("%d answers:\n%s", len(answers), strings.Join(answers, "\n"))
	}
	token := stsCipher.FindString(answers[2])
	for i, want := range []string{`name="T MOLEFE"`, "<b:stsCipher>00000000000000000000<", token, token, token, `xsi:type="b:BlockedMeterEx"`} {
		if want == "" || !strings.Contains(answers[i], want) {
			t.Errorf("answer %d does not hold %q: %s", i+1, want, answers[i])
		}
	}
	for _, name := range []string{"docs/examples/zeep_client.py", "docs/examples/node_client.js"} {
		if !strings.Contains(blocks[1], name) {
			t.Errorf("the page does not show %s", name)
		}
	}

	const source = ". docs/examples/pos.sh\n"
	doubt := w.shell(t, source+"("+blocks[2]+") >/dev/null\nnew_id; vend 01000001014 50.00; echo \"$MSGID\"")
	if len(doubt) != 2 || !strings.Contains(doubt[0], `xsi:type="b:SystemEx"`) {
		t.Fatalf("the client is not in doubt: %s", doubt)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		last := w.shell(t, source+"new_id; last_response '"+doubt[1]+"'")
		if stsCipher.MatchString(last[0]) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still in doubt: %s", last)
		}
	}
}
