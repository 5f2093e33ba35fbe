package ledgertest_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

func TestWhatWasCommittedIsThereAfterTheServerWentDown(t *testing.T) {
	cluster := ledgertest.NewCluster(t)
	for _, tc := range []struct {
		name   string
		goDown func(testing.TB)
		// An unlogged table keeps its rows only if the server was shut down in
		// good order, so it tells whether the server had to recover.
		unlogged string
	}{
		{"in good order", cluster.Stop, "1"},
		{"by kill -9", cluster.Kill, "0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			db := connect(t, cluster.Database(t))
			run(t, db, "CREATE TABLE sold (serial text)")
			run(t, db, "CREATE UNLOGGED TABLE shown (serial text)")
			run(t, db, "INSERT INTO sold VALUES ('A1')")
			run(t, db, "INSERT INTO shown VALUES ('A1')")
			tc.goDown(t)
			if err := db.Ping(); err == nil {
				t.Error("the server answers though it is down")
			}
			cluster.Start(t)
			if n := text(t, db, "SELECT count(*) FROM sold"); n != "1" {
				t.Errorf("found %s rows, want the one committed", n)
			}
			if n := text(t, db, "SELECT count(*) FROM shown"); n != tc.unlogged {
				t.Errorf("found %s unlogged rows, want %s", n, tc.unlogged)
			}
		})
	}
}

func TestAClusterMayBeLeftDown(t *testing.T) {
	t.Run("a test that ends after a kill", func(t *testing.T) {
		cluster := ledgertest.NewCluster(t)
		cluster.Database(t)
		cluster.Kill(t)
	})
}

// endVariable tells a process of this test binary how to end.
const endVariable = "LEDGERTEST_PROCESS_ENDS"

func TestTheClusterGoesWithItsProcessHoweverThatEnds(t *testing.T) {
	ends := map[string]func(){
		"well":       func() {},
		"by exit":    func() { os.Exit(1) },
		"by panic":   func() { panic("as asked") },
		"by kill -9": func() { syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	}
	if end, ok := ends[os.Getenv(endVariable)]; ok {
		fmt.Printf("address %s\n", ledgertest.PostgreSQL(t))
		end()
		return
	}
	for name := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := folderOfProcessThatEnds(t, name)
			if name == "well" {
				if present(t, folder) {
					t.Errorf("%s outlived a process that waited for the cluster to go", folder)
				}
				return
			}
			for deadline := time.Now().Add(time.Minute); present(t, folder); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%s is still there", folder)
				}
			}
		})
	}
}

// folderOfProcessThatEnds runs this test in a process of its own, to its end,
// and returns the folder of the cluster that process had.
func folderOfProcessThatEnds(t *testing.T, how string) string {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestTheClusterGoesWithItsProcessHoweverThatEnds$")
	child.Env = append(os.Environ(), endVariable+"="+how)
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	var ended *exec.ExitError
	if err := child.Run(); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	if succeeded := child.ProcessState.Success(); succeeded != (how == "well") {
		t.Fatalf("the process ended with %v\n%s", child.ProcessState, &out)
	}
	for line := range strings.Lines(out.String()) {
		if address, ok := strings.CutPrefix(strings.TrimSpace(line), "address "); ok {
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			return u.Query().Get("host")
		}
	}
	t.Fatalf("the process told no address\n%s", &out)
	return ""
}

func present(t *testing.T, folder string) bool {
	t.Helper()
	_, err := os.Stat(folder)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return err == nil
}
