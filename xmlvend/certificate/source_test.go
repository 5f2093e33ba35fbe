package certificate_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/xmlvend/certificate"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	serverID = "6009990009004"
	clientID = "6009990000018"
)

var quiet = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)

// lines keeps what was logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// front is an HTTPS server whose files are watched. It answers with the subject of
// the client's certificate and whether the session was resumed.
type front struct {
	testing.TB
	url    string
	source *certificate.Source
	log    *lines
}

func serve(t *testing.T, files certificate.Files, change ...func(*certificate.Options)) *front {
	t.Helper()
	f := &front{TB: t, log: new(lines)}
	options := certificate.Options{Name: "server", Interval: 5 * time.Millisecond, Log: slog.New(slog.NewTextHandler(f.log, nil))}
	for _, c := range change {
		c(&options)
	}
	var err error
	f.source, err = certificate.Open(files, func(m certificate.Material) *tls.Config {
		return certificate.Server(m, certificate.Required, tls.VersionTLS12)
	}, options)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.url = "https://" + l.Addr().String()
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			subject := "nobody"
			if len(r.TLS.PeerCertificates) > 0 {
				subject = certificate.Subject(r.TLS.PeerCertificates[0])
			}
			if r.TLS.DidResume {
				subject += " again"
			}
			_, _ = io.WriteString(w, subject)
		}),
		ErrorLog: quiet,
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { f.source.Watch(ctx) })
	all.Go(func() { _ = server.Serve(f.source.Listen(l)) })
	t.Cleanup(func() {
		cancel()
		_ = server.Close()
		all.Wait()
	})
	return f
}

// visitor is a client that remembers its sessions.
type visitor struct {
	*front
	config *tls.Config
	kept   *http.Client
}

func (f *front) visitor(trusted *certificatetest.Authority, own *certificate.Pair, version uint16) *visitor {
	c := trusted.Trusting(own)()
	c.MaxVersion = version
	v := &visitor{front: f, config: c, kept: &http.Client{Transport: &http.Transport{TLSClientConfig: c}}}
	f.Cleanup(v.kept.CloseIdleConnections)
	return v
}

// calls on a connection of its own, and returns what the server says and whose
// certificate it has.
func (v *visitor) calls() (said, server string, err error) {
	once := &http.Client{Transport: &http.Transport{TLSClientConfig: v.config, DisableKeepAlives: true}}
	return get(once, v.url)
}

func get(c *http.Client, url string) (said, server string, err error) {
	resp, err := c.Get(url)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), certificate.Subject(resp.TLS.PeerCertificates[0]), err
}

// eventually waits until something is so.
func (f *front) eventually(what string, is func() bool) {
	f.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			f.Fatalf("%s does not come about; the log says\n%s", what, f.log)
		}
	}
}

func TestANewCertificateIsShownFromTheNextHandshakeOn(t *testing.T) {
	ca := certificatetest.New(t, "ca")
	for name, replace := range map[string]func(t *testing.T) (certificate.Files, func(certificate.Pair)){
		"files that take the place of others": func(t *testing.T) (certificate.Files, func(certificate.Pair)) {
			folder := t.TempDir()
			crt, key := certificatetest.Write(t, folder, ca.ServerFor("first"))
			return certificate.Files{Certificate: crt, Key: key}, func(p certificate.Pair) { certificatetest.Write(t, folder, p) }
		},
		"a link to another folder": func(t *testing.T) (certificate.Files, func(certificate.Pair)) {
			folder := t.TempDir()
			point := func(p certificate.Pair) {
				data, err := os.MkdirTemp(folder, "data")
				if err == nil {
					certificatetest.Write(t, data, p)
					err = os.Symlink(data, filepath.Join(folder, "new"))
				}
				if err == nil {
					err = os.Rename(filepath.Join(folder, "new"), filepath.Join(folder, "live"))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			point(ca.ServerFor("first"))
			live := filepath.Join(folder, "live")
			return certificate.Files{Certificate: filepath.Join(live, "tls.crt"), Key: filepath.Join(live, "tls.key")}, point
		},
		"files that are written over": func(t *testing.T) (certificate.Files, func(certificate.Pair)) {
			folder := t.TempDir()
			crt, key := certificatetest.Write(t, folder, ca.ServerFor("first"))
			return certificate.Files{Certificate: crt, Key: key}, func(p certificate.Pair) {
				crtPEM, keyPEM, err := p.PEM()
				if err := errors.Join(err, os.WriteFile(crt, crtPEM, 0o600), os.WriteFile(key, keyPEM, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			files, put := replace(t)
			f := serve(t, files)
			v := f.visitor(ca, nil, 0)
			if _, server, err := get(v.kept, f.url); server != "first" {
				t.Fatalf("%s, %v", server, err)
			}
			put(ca.ServerFor("second"))
			f.eventually("the second certificate", func() bool { _, server, _ := v.calls(); return server == "second" })
			if _, server, err := get(v.kept, f.url); server != "first" {
				t.Errorf("the connection that was there: %s, %v", server, err)
			}
			if s := f.source.Status(); s.Subject != "second" || s.Failed != nil {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestFilesThatCannotBeUsedLeaveTheLastOnesInForce(t *testing.T) {
	ca := certificatetest.New(t, "ca")
	folder := t.TempDir()
	crt, key := certificatetest.Write(t, folder, ca.ServerFor("first"))
	other, _, err := ca.ServerFor("other").PEM()
	if err != nil {
		t.Fatal(err)
	}
	f := serve(t, certificate.Files{Certificate: crt, Key: key})
	v := f.visitor(ca, nil, 0)
	for name, spoil := range map[string]func(){
		"rubbish":                    func() { certificatetest.Replace(t, crt, []byte("rubbish")) },
		"the certificate of another": func() { certificatetest.Replace(t, crt, other) },
		"nothing":                    func() { _ = os.Remove(crt) },
	} {
		spoil()
		f.eventually(name, func() bool { return f.source.Status().Failed != nil })
		if _, server, err := v.calls(); server != "first" {
			t.Errorf("%s: the server shows %q, %v", name, server, err)
		}
		if !strings.Contains(f.log.String(), "level=ERROR") || !strings.Contains(f.log.String(), "tls.crt") {
			t.Errorf("%s: the log does not name the file:\n%s", name, f.log)
		}
		if err := f.source.Reload(); err == nil {
			t.Errorf("%s: was reloaded", name)
		}
		certificatetest.Write(t, folder, ca.ServerFor("first"))
		f.eventually("it being mended", func() bool { return f.source.Status().Failed == nil })
	}
	if strings.Contains(f.log.String(), "PRIVATE") {
		t.Errorf("the log has a key:\n%s", f.log)
	}
}

func TestAFailureIsLoggedOnceHoweverLongItLasts(t *testing.T) {
	ca := certificatetest.New(t, "ca")
	crt, key := certificatetest.Write(t, t.TempDir(), ca.ServerFor("first"))
	f := serve(t, certificate.Files{Certificate: crt, Key: key})
	certificatetest.Replace(t, crt, []byte("rubbish"))
	f.eventually("the failure", func() bool { return f.source.Status().Failed != nil })
	for range 5 {
		_ = f.source.Reload()
	}
	if n := strings.Count(f.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

func TestAnAuthorityThatIsTakenAwayLetsNobodyInAnyMoreNotEvenOnASessionResumed(t *testing.T) {
	server, old, young := certificatetest.New(t, "server"), certificatetest.New(t, "old"), certificatetest.New(t, "young")
	crt, key := certificatetest.Write(t, t.TempDir(), server.ServerFor(serverID))
	oldPEM, _, err := old.PEM()
	if err != nil {
		t.Fatal(err)
	}
	youngPEM, _, err := young.PEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			authorities := filepath.Join(t.TempDir(), "ca.pem")
			certificatetest.Replace(t, authorities, oldPEM)
			f := serve(t, certificate.Files{Certificate: crt, Key: key, Authorities: []string{authorities}})
			leaving, coming := old.ClientFor(clientID), young.ClientFor(clientID)
			before, after := f.visitor(server, &leaving, version), f.visitor(server, &coming, version)
			for _, want := range []string{clientID, clientID + " again"} {
				if said, _, err := before.calls(); said != want {
					t.Fatalf("%q, %v; want %q", said, err, want)
				}
			}
			if _, _, err := after.calls(); err == nil {
				t.Error("one that is not trusted yet was let in")
			}
			if said, _, err := get(before.kept, f.url); !strings.HasPrefix(said, clientID) {
				t.Fatal(said, err)
			}

			certificatetest.Replace(t, authorities, append(oldPEM, youngPEM...))
			f.eventually("both being let in", func() bool { said, _, _ := after.calls(); return said == clientID })
			if said, _, err := before.calls(); !strings.HasPrefix(said, clientID) {
				t.Errorf("while both are trusted: %q, %v", said, err)
			}

			certificatetest.Replace(t, authorities, youngPEM)
			f.eventually("the old one being refused", func() bool { _, _, err := before.calls(); return err != nil })
			for range 3 {
				if said, _, err := before.calls(); err == nil {
					t.Errorf("let in: %s", said)
				}
			}
			if said, _, err := after.calls(); !strings.HasPrefix(said, clientID) {
				t.Errorf("the new one: %q, %v", said, err)
			}
			if said, _, err := get(before.kept, f.url); !strings.HasPrefix(said, clientID) {
				t.Errorf("the connection that was there: %q, %v", said, err)
			}
		})
	}
}

func TestWhatExpiresIsWarnedOfOnceADay(t *testing.T) {
	ca := certificatetest.New(t, "ca")
	crt, key := certificatetest.Write(t, t.TempDir(), ca.ServerFor("first")) // for an hour
	var mu sync.Mutex
	now := time.Now()
	f := serve(t, certificate.Files{Certificate: crt, Key: key}, func(o *certificate.Options) {
		o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	warned := func(n int) func() bool {
		return func() bool { return strings.Count(f.log.String(), "expires soon") == n }
	}
	f.eventually("a warning", warned(1))
	if !strings.Contains(f.log.String(), "days_left=0") {
		t.Error(f.log)
	}
	mu.Lock()
	now = now.Add(24*time.Hour + time.Minute)
	mu.Unlock()
	f.eventually("a second warning", warned(2))
	if !strings.Contains(f.log.String(), "days_left=-1") {
		t.Error(f.log)
	}
}

func TestFilesThatAreNoneAreNamedAtOnce(t *testing.T) {
	ca := certificatetest.New(t, "ca")
	crt, key := certificatetest.Write(t, t.TempDir(), ca.ServerFor("first"))
	empty := filepath.Join(t.TempDir(), "empty.pem")
	certificatetest.Replace(t, empty, []byte("no certificate here"))
	bad := filepath.Join(t.TempDir(), "bad.pem")
	certificatetest.Replace(t, bad, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	for name, row := range map[string]struct {
		files certificate.Files
		says  string
	}{
		"a key alone":          {certificate.Files{Key: key}, "needs its certificate"},
		"a certificate alone":  {certificate.Files{Certificate: crt}, "needs its key"},
		"no such file":         {certificate.Files{Certificate: crt + "x", Key: key}, "tls.crtx"},
		"a key that is none":   {certificate.Files{Certificate: crt, Key: crt}, "tls.crt"},
		"authorities of none":  {certificate.Files{Authorities: []string{empty}}, "empty.pem: no certificate"},
		"authorities spoilt":   {certificate.Files{Authorities: []string{ca.File, bad}}, "bad.pem: certificate 1"},
		"pinned and authority": {certificate.Files{Authorities: []string{ca.File}, Pinned: crt}, "not both"},
		"pinned that is none":  {certificate.Files{Pinned: empty}, "empty.pem: no certificate"},
	} {
		_, err := certificate.Open(row.files, func(certificate.Material) *tls.Config { return nil }, certificate.Options{})
		if err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, row.says)
		}
	}
}
