package mailboxtest

import (
	"bufio"
	"crypto/tls"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to come up or go down.
const patience = time.Minute

// pollInterval is how often a server coming up is asked whether it answers.
const pollInterval = 10 * time.Millisecond

//go:embed supervise.sh
var supervisor string

// program is one of the two servers.
type program struct {
	name    string
	root    string
	command *exec.Cmd
	orders  io.WriteCloser
	events  *bufio.Reader
	pipe    *os.File
}

// supervise starts the process that starts and stops a server. Being in a session of
// its own, it is not reached by what ends the tests.
func supervise(s *Server, name string, environment []string, server ...string) (*program, error) {
	p := &program{name: name, root: s.root}
	args := append([]string{"-c", supervisor, "supervise", s.root, p.logFile()}, server...)
	p.command = exec.Command("/bin/sh", args...)
	p.command.Dir = s.root
	p.command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}, environment...)
	p.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: s.owner}
	events, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	p.pipe, p.events, p.command.Stdout = events, bufio.NewReader(events), theirs
	if p.orders, err = p.command.StdinPipe(); err != nil {
		return nil, errors.Join(err, events.Close())
	}
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, events.Close())
	}
	return p, nil
}

func (p *program) logFile() string { return filepath.Join(p.root, p.name+".out") }

// log is all that the server wrote.
func (p *program) log() string {
	var b strings.Builder
	files, _ := filepath.Glob(filepath.Join(p.root, p.name+"*"))
	for _, file := range files {
		if ext := filepath.Ext(file); ext != ".log" && ext != ".out" {
			continue
		}
		text, err := os.ReadFile(file)
		fmt.Fprintf(&b, "%s: %v\n%s\n", filepath.Base(file), err, text)
	}
	return b.String()
}

// order tells the supervisor what to do, and waits until it has.
func (p *program) order(line, event string) error {
	if _, err := io.WriteString(p.orders, line+"\n"); err != nil {
		return err
	}
	if err := p.pipe.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	got, err := p.events.ReadString('\n')
	if err != nil || !strings.HasPrefix(got, event) {
		return fmt.Errorf("waiting for %s to be %s: %q, %w\n%s", p.name, event, got, err, p.log())
	}
	return nil
}

// start waits until the server is ready on all its ports.
func (p *program) start(tb testing.TB, ready func(address string) error, addresses ...string) {
	tb.Helper()
	if err := p.order("start", "started"); err != nil {
		tb.Fatal(err)
	}
	for _, address := range addresses {
		for deadline := time.Now().Add(patience); ; time.Sleep(pollInterval) {
			err := ready(address)
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				tb.Fatalf("%s does not answer after %v: %v\n%s", p.name, patience, err, p.log())
			}
		}
	}
}

// stop waits until the server takes no connections any more.
func (p *program) stop(tb testing.TB, signal string, addresses ...string) {
	tb.Helper()
	if err := p.order("stop "+signal, "down"); err != nil {
		tb.Fatal(err)
	}
	for _, address := range addresses {
		for deadline := time.Now().Add(patience); dial(address) == nil; time.Sleep(pollInterval) {
			if time.Now().After(deadline) {
				tb.Fatalf("%s still answers after %v", p.name, patience)
			}
		}
	}
}

func dial(address string) error {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}

// greets waits for what an IMAP server says first: one that listens has not all that it
// needs yet, and takes long to stop then.
func (s *Server) greets(address string) error {
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: time.Second}, Config: &tls.Config{RootCAs: s.Pool(), MinVersion: tls.VersionTLS12}}
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = bufio.NewReader(conn).ReadString('\n')
	return err
}

// close ends the supervisor, which takes the server with it.
func (p *program) close() {
	p.orders.Close()
	p.command.Wait()
	p.pipe.Close()
}

// StartIMAP starts Dovecot again after StopIMAP or KillIMAP.
func (s *Server) StartIMAP(tb testing.TB) { tb.Helper(); s.imap.start(tb, s.greets, s.IMAP()) }

// StopIMAP shuts Dovecot down in good order.
func (s *Server) StopIMAP(tb testing.TB) { tb.Helper(); s.imap.stop(tb, "TERM", s.IMAP()) }

// KillIMAP ends Dovecot as kill -9 does, with every connection.
func (s *Server) KillIMAP(tb testing.TB) { tb.Helper(); s.imap.stop(tb, "KILL", s.IMAP()) }

// StartSMTP starts Exim again after StopSMTP.
func (s *Server) StartSMTP(tb testing.TB) {
	tb.Helper()
	s.smtp.start(tb, dial, s.SMTP(), s.SMTPS(), s.PlainSMTP())
}

// StopSMTP shuts Exim down.
func (s *Server) StopSMTP(tb testing.TB) {
	tb.Helper()
	s.smtp.stop(tb, "TERM", s.SMTP(), s.SMTPS(), s.PlainSMTP())
}

// Log is what both servers wrote, for a test that fails or that looks for secrets.
func (s *Server) Log() string { return s.imap.log() + s.smtp.log() }
