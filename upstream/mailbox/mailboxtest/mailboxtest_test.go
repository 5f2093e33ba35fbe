package mailboxtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
)

// endVariable tells a process of this test binary how to end.
const endVariable = "MAILBOXTEST_PROCESS_ENDS"

func TestTheServersGoWithTheirProcessHoweverThatEnds(t *testing.T) {
	ends := map[string]func(){
		"well":       func() {},
		"by exit":    func() { os.Exit(1) },
		"by panic":   func() { panic("as asked") },
		"by kill -9": func() { syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	}
	if end, ok := ends[os.Getenv(endVariable)]; ok {
		s := mailboxtest.New(t)
		s.Deliver(t, mailboxtest.Stock, []byte("Subject: left behind\r\n\r\n"))
		fmt.Printf("servers %s %s %s\n", s.Folder(), s.IMAP(), s.SMTP())
		end()
		return
	}
	for name := range ends {
		t.Run(name, func(t *testing.T) {
			child := exec.Command(os.Args[0], "-test.run=^TestTheServersGoWithTheirProcessHoweverThatEnds$")
			child.Env = append(os.Environ(), endVariable+"="+name)
			var out bytes.Buffer
			child.Stdout, child.Stderr = &out, &out
			var ended *exec.ExitError
			if err := child.Run(); err != nil && !errors.As(err, &ended) {
				t.Fatal(err)
			}
			var folder, imap, smtp string
			if _, line, _ := strings.Cut(out.String(), "servers "); line != "" {
				fmt.Sscan(line, &folder, &imap, &smtp)
			}
			if smtp == "" || child.ProcessState.Success() != (name == "well") {
				t.Fatalf("the process ended with %v\n%s", child.ProcessState, &out)
			}
			gone := func() bool {
				_, err := os.Stat(folder)
				return os.IsNotExist(err) && !answers(imap) && !answers(smtp)
			}
			for deadline := time.Now().Add(time.Minute); !gone(); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%s is there or %s or %s answers", folder, imap, smtp)
				}
			}
		})
	}
}

func answers(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func TestTheServersDoNotRunAsRoot(t *testing.T) {
	s := mailboxtest.New(t)
	var looked int
	err := filepath.WalkDir(s.Folder(), func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		looked++
		if info.Sys().(*syscall.Stat_t).Uid == 0 {
			t.Errorf("%s belongs to root", path)
		}
		if info.Mode()&os.ModeSetuid != 0 {
			t.Errorf("%s becomes another", path)
		}
		return nil
	})
	if err != nil || looked < 10 {
		t.Errorf("%v, %d files", err, looked)
	}
}
