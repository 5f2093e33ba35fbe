package mailboxtest

import (
	_ "embed"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
)

//go:embed dovecot.conf
var dovecotConfig string

//go:embed exim.conf
var eximConfig string

// fill fills a file of settings in, with more at its end.
func (s *Server) fill(text string, more ...string) (string, error) {
	people, err := s.people()
	if err != nil {
		return "", err
	}
	parsed, err := template.New("").Delims("[[", "]]").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = parsed.Execute(&b, map[string]any{
		"Root": s.root, "User": people.user, "Group": people.group, "Domain": Domain,
		"IMAP": strconv.Itoa(s.imapPort), "Submission": strconv.Itoa(s.submissionPort),
		"TLS": strconv.Itoa(s.tlsPort), "Plain": strconv.Itoa(s.plainPort),
		"MaxSize": strconv.Itoa(MaxSize), "RefusedContent": RefusedContent,
		"More": more,
	})
	return b.String(), err
}

// programs makes ready to run both. Exim is copied: the owner cannot enter the cache
// of root, and what is Debian's would become root if it could.
func (s *Server) programs() error {
	dovecot, err := dovecotProgram()
	if err != nil {
		return err
	}
	exim, err := eximProgram()
	if err != nil {
		return err
	}
	image, err := os.ReadFile(exim)
	if err != nil {
		return err
	}
	own := filepath.Join(s.root, "exim")
	if err := s.write("exim", image); err != nil {
		return err
	}
	if err := os.Chmod(own, 0o700); err != nil {
		return err
	}
	if s.imap, err = supervise(s, "dovecot", nil, dovecot, "-F", "-c", filepath.Join(s.root, "dovecot.conf")); err != nil {
		return err
	}
	s.smtp, err = supervise(s, "exim", []string{
		"LD_PRELOAD=libnss_wrapper.so",
		"NSS_WRAPPER_PASSWD=" + filepath.Join(s.root, "passwd"),
		"NSS_WRAPPER_GROUP=" + filepath.Join(s.root, "group"),
	}, own, "-bdf", "-q5s", "-C", filepath.Join(s.root, "exim.conf"))
	return err
}

// RestartIMAP shuts Dovecot down and starts it with other settings at the end of its own.
func (s *Server) RestartIMAP(tb testing.TB, settings ...string) {
	tb.Helper()
	s.StopIMAP(tb)
	text, err := s.fill(dovecotConfig, settings...)
	if err == nil {
		err = s.write("dovecot.conf", []byte(text))
	}
	if err != nil {
		tb.Fatal(err)
	}
	s.StartIMAP(tb)
}
