package audit_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger/audit"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func someHead(n int64) audit.Head {
	return audit.Head{N: n, Chain: bytes.Repeat([]byte{byte(n)}, audit.HashSize), SignedAt: time.Date(2026, 11, 23, 8, 0, 0, 123456000, time.UTC),
		KeyID: "k1", Signature: []byte("signature")}
}

func openHeads(t *testing.T, path string) *audit.HeadsFile {
	t.Helper()
	h, err := audit.OpenHeadsFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestHeadsAreReadAsTheyWereAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	h := openHeads(t, path)
	if h.Last().N != 0 {
		t.Errorf("an empty file ends with head %d", h.Last().N)
	}
	want := []audit.Head{someHead(1), someHead(5), someHead(9)}
	if err := h.Append(want[:2]...); err != nil {
		t.Fatal(err)
	}
	again := openHeads(t, path)
	if err := again.Append(want[2]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, readHeads(t, path)); diff != "" {
		t.Errorf("heads (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2], openHeads(t, path).Last()); diff != "" {
		t.Errorf("last head (-want +got):\n%s", diff)
	}
}

func TestAHeadThatIsNotNewerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	h := openHeads(t, path)
	if err := h.Append(someHead(5)); err != nil {
		t.Fatal(err)
	}
	if err := h.Append(someHead(5)); err == nil || !strings.Contains(err.Error(), "head 5 after head 5") {
		t.Errorf("err = %v, want one that says head 5 after head 5", err)
	}
	if n := len(readHeads(t, path)); n != 1 {
		t.Errorf("the file has %d heads, want 1", n)
	}
}

// TestATornLineIsMendedByTheNext tears the file at every byte of its last line,
// up to twice, and goes on as after a crash.
func TestATornLineIsMendedByTheNext(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole")
	if err := openHeads(t, whole).Append(someHead(1), someHead(2)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(text, '\n') + 1
	for cut := first; cut < len(text); cut++ {
		for _, twice := range []bool{false, true} {
			torn := bytes.Clone(text[:cut])
			if twice {
				torn = append(append(torn, '\n'), text[first:first+(cut-first)/2]...)
			}
			path := filepath.Join(t.TempDir(), "torn")
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			h := openHeads(t, path)
			missing := []audit.Head{someHead(2), someHead(3)}
			if cut == len(text)-1 && twice { // only the end of the line was missing
				missing = missing[1:]
			}
			if want := missing[0].N - 1; h.Last().N != want {
				t.Fatalf("cut at %d: last head is %d, want %d", cut, h.Last().N, want)
			}
			if err := h.Append(missing...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]audit.Head{someHead(1), someHead(2), someHead(3)}, readHeads(t, path)); diff != "" {
				t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
			}
			h.Close()
		}
	}
}

func TestAHeadsFileThatWasEditedIsRefused(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good")
	if err := openHeads(t, good).Append(someHead(1), someHead(2), someHead(3)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	for name, tc := range map[string]struct{ text, want string }{
		"a line that is no head":   {lines[0] + "scratched out\n" + lines[2], "line 2: not a head"},
		"an unknown setting":       {lines[0] + `{"n":2,"x":1}` + "\n" + lines[2], "line 2: not a head"},
		"a short chain value":      {lines[0] + `{"n":2,"chain":"AAAA"}` + "\n" + lines[2], "line 2: not a head"},
		"two heads in one line":    {lines[0] + strings.TrimSpace(lines[1]) + lines[1] + lines[2], "line 2: not a head"},
		"heads out of order":       {lines[1] + lines[0], "line 2: head 1 after head 2"},
		"another head of a number": {lines[0] + strings.Replace(lines[0], "k1", "k2", 1), "line 2: head 1 after head 1"},
		"a line that is too long":  {lines[0] + strings.Repeat("x", 5000) + "\n", "line 2: "},
	} {
		path := filepath.Join(t.TempDir(), "edited")
		if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := audit.OpenHeadsFile(path); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: err = %v, want one that says %q", name, err, tc.want)
		}
	}
}

func TestAMissingHeadsFileIsMadeForPublishingAndMissedForReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	for _, err := range audit.ReadHeads(path) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("err = %v, want fs.ErrNotExist", err)
		}
	}
	openHeads(t, path)
	if n := len(readHeads(t, path)); n != 0 {
		t.Errorf("a new file has %d heads", n)
	}
	if _, err := audit.OpenHeadsFile(filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("a file in a folder that is not there was opened")
	}
}

func FuzzReadHeadsNeverPanics(f *testing.F) {
	path := filepath.Join(f.TempDir(), "heads.jsonl")
	h, err := audit.OpenHeadsFile(path)
	if err != nil {
		f.Fatal(err)
	}
	if err := h.Append(someHead(1), someHead(2)); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)-5])
	f.Add([]byte("{}\n\n[]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var last int64
		for head, err := range audit.ReadHeads(path) {
			if err != nil {
				return
			}
			if head.N <= last || len(head.Chain) != audit.HashSize {
				t.Errorf("read head %d with %d bytes after head %d", head.N, len(head.Chain), last)
			}
			last = head.N
		}
	})
}
