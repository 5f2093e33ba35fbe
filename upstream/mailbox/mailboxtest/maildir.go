package mailboxtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// delivered numbers the mails of a process.
var delivered atomic.Int64

// maildir is where an account has a folder, as Dovecot keeps them.
func (s *Server) maildir(user, folder string) string {
	root := filepath.Join(s.root, "mail", user)
	if folder == "INBOX" {
		return root
	}
	return filepath.Join(root, "."+folder)
}

// Deliver puts a mail into an account's INBOX, octet by octet, as no server would: with
// whatever is wrong with it, and with headers that only a server in between may add.
// The server shows its lines with CRLF at their ends, however they are written.
func (s *Server) Deliver(tb testing.TB, user string, raw []byte) {
	tb.Helper()
	root := s.maildir(user, "INBOX")
	for _, folder := range []string{filepath.Dir(root), root, filepath.Join(root, "tmp"), filepath.Join(root, "new"), filepath.Join(root, "cur")} {
		if err := os.Mkdir(folder, 0o700); err != nil && !os.IsExist(err) {
			tb.Fatal(err)
		}
		if err := s.give(folder); err != nil {
			tb.Fatal(err)
		}
	}
	name := fmt.Sprintf("%d.%d_%06d.test", time.Now().Unix(), os.Getpid(), delivered.Add(1))
	written := filepath.Join(root, "tmp", name)
	if err := os.WriteFile(written, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := s.give(written); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(written, filepath.Join(root, "new", name)); err != nil {
		tb.Fatal(err)
	}
}

// Mails are those in a folder of an account, in about the order they came there, with
// CRLF at the ends of lines; none if there is no such folder.
func (s *Server) Mails(tb testing.TB, user, folder string) [][]byte {
	tb.Helper()
	var found []string
	for _, kind := range []string{"new", "cur"} {
		names, err := filepath.Glob(filepath.Join(s.maildir(user, folder), kind, "*"))
		if err != nil {
			tb.Fatal(err)
		}
		found = append(found, names...)
	}
	slices.SortFunc(found, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	mails := make([][]byte, 0, len(found))
	for _, name := range found {
		text, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			return s.Mails(tb, user, folder) // it has been moved meanwhile
		}
		if err != nil {
			tb.Fatal(err)
		}
		mails = append(mails, CRLF(text))
	}
	return mails
}

// CRLF ends each line as mails do on the wire.
func CRLF(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// Await waits until a folder of an account has so many mails, and returns them.
func (s *Server) Await(tb testing.TB, user, folder string, n int) [][]byte {
	tb.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(pollInterval) {
		found := s.Mails(tb, user, folder)
		if len(found) >= n {
			return found
		}
		if time.Now().After(deadline) {
			tb.Fatalf("%s of %s has %d mails after %v, want %d\n%s", folder, user, len(found), patience, n, s.Log())
		}
	}
}

// Remove removes a folder of an account with all that is in it, behind the server's
// back.
func (s *Server) Remove(tb testing.TB, user, folder string) {
	tb.Helper()
	if err := os.RemoveAll(s.maildir(user, folder)); err != nil {
		tb.Fatal(err)
	}
}
