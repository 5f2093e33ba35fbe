//go:build soak

package gateway_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

// nobody is the user that Kannel runs as if the test is run by root.
const nobody = 65534

// kannelConf is the configuration that operators are shown, with our ports, folder and
// passwords in it. It sends again sooner than they want it to.
func kannelConf(t *testing.T, ours map[string]string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/sms.md")
	if err != nil {
		t.Fatal(err)
	}
	_, conf, _ := strings.Cut(string(page), "```\ngroup = core")
	conf, _, found := strings.Cut("group = core"+conf, "```")
	if !found {
		t.Fatal("the page shows no configuration")
	}
	for theirs, value := range ours {
		if !strings.Contains(conf, theirs) {
			t.Fatalf("the page's configuration has no %q", theirs)
		}
		conf = strings.ReplaceAll(conf, theirs, value)
	}
	return conf
}

// box is a Kannel that runs.
type box struct {
	t       *testing.T
	folder  string
	root    string // of the unpacked packages
	sendsms string // address
	admin   string
	bearer  *exec.Cmd
	smsbox  *exec.Cmd
}

// port finds one that is free.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, number, _ := net.SplitHostPort(l.Addr().String())
	return number
}

// startKannel unpacks Debian's Kannel and starts it on loopback.
func startKannel(t *testing.T, smpp, inbound string) *box {
	t.Helper()
	unpack := exec.CommandContext(t.Context(), "../../.ci/kannel")
	var complaint bytes.Buffer
	unpack.Stderr = &complaint
	out, err := unpack.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	folder, err := os.MkdirTemp("/var/tmp", "vendswitch-kannel-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	// Root's cache is for root alone, and Kannel does not run as root.
	b := &box{t: t, folder: folder, root: filepath.Join(folder, "root")}
	if err := os.CopyFS(b.root, os.DirFS(strings.TrimSpace(string(out)))); err != nil {
		t.Fatal(err)
	}
	sendsms, admin := port(t), port(t)
	b.sendsms, b.admin = "http://127.0.0.1:"+sendsms, "http://127.0.0.1:"+admin
	conf := kannelConf(t, map[string]string{
		"13000": admin, "13001": port(t), "13013": sendsms, "smpp.operator.example": "127.0.0.1", "2775": smpp,
		"/var/log/kannel": folder, "/var/spool/kannel": folder, "log-level = 1": "log-level = 3",
		"CENTRE-USER": smsc.DemoUser, "CENTRE-PASSWORD": smsc.DemoPassword, "SENDSMS-PASSWORD": smsPassword,
		"http://127.0.0.1:8482/sms/kannel/SECRET": inbound, "http-queue-delay = 10": "http-queue-delay = 1",
		"sms-resend-freq = 10": "sms-resend-freq = 1", "reconnect-delay = 10": "reconnect-delay = 1",
	})
	if err := os.WriteFile(filepath.Join(folder, "kannel.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	// An empty store, for the first start complains of none.
	if err := os.WriteFile(filepath.Join(folder, "store"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if out, err := exec.Command("chown", "-R", fmt.Sprint(nobody, ":", nobody), folder).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	b.start()
	t.Cleanup(b.stop)
	return b
}

func (b *box) run(program string) *exec.Cmd {
	b.t.Helper()
	c := exec.Command(filepath.Join(b.root, "usr/sbin", program), "-v", "3", filepath.Join(b.folder, "kannel.conf"))
	libraries, err := filepath.Glob(b.root + "/*/*-linux-gnu*")
	if err != nil {
		b.t.Fatal(err)
	}
	deeper, err := filepath.Glob(b.root + "/usr/lib/*-linux-gnu*")
	if err != nil {
		b.t.Fatal(err)
	}
	c.Env = []string{"LD_LIBRARY_PATH=" + strings.Join(append(libraries, deeper...), ":")}
	c.Dir, c.Stdout, c.Stderr = b.folder, b.t.Output(), b.t.Output()
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	return c
}

// start starts both halves, and waits until Kannel is bound and takes messages.
func (b *box) start() {
	b.t.Helper()
	b.bearer = b.run("bearerbox")
	b.await("bearerbox", func() bool { return strings.Contains(get(b.admin+"/status.txt"), "online") })
	b.smsbox = b.run("smsbox")
	// It takes requests before it is connected, and dies of the first one.
	b.await("smsbox", func() bool {
		return strings.Contains(get(b.admin+"/status.txt"), "smsbox:") && get(b.sendsms+"/cgi-bin/sendsms") != ""
	})
}

func (b *box) stop() {
	for _, c := range []*exec.Cmd{b.smsbox, b.bearer} {
		_ = c.Process.Kill() // it may have gone
		_ = c.Wait()         // killed, as it should be
	}
}

func (b *box) await(what string, is func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(b.folder, "bearerbox.log"))
			b.t.Fatalf("%s did not come up:\n%s", what, log)
		}
	}
}

// get is a body, or empty if there is no answer.
func get(address string) string {
	resp, err := http.Get(address)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		return ""
	}
	return body.String()
}
