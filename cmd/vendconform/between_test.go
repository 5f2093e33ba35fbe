package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// running is a verb that runs until it is told to end.
type running struct {
	t       *testing.T
	address string
	end     func() (code int, stderr string)
}

// notes is what a verb prints, and says when a line matches.
type notes struct {
	mu    sync.Mutex
	text  bytes.Buffer
	found chan string
	match *regexp.Regexp
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text.Write(p)
	if m := n.match.FindSubmatch(n.text.Bytes()); m != nil && n.found != nil {
		n.found <- string(m[1])
		n.found = nil
	}
	return len(p), nil
}

func startVerb(t *testing.T, address string, args ...string) *running {
	t.Helper()
	found := make(chan string, 1)
	stderr := &notes{found: found, match: regexp.MustCompile(address)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- Main{Args: args, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: stderr}.Run(ctx)
	}()
	r := &running{t: t}
	select {
	case r.address = <-found:
	case code := <-ended:
		t.Fatalf("ended with %d: %s", code, stderr.text.String())
	case <-time.After(30 * time.Second):
		t.Fatal("it does not say where it listens")
	}
	r.end = sync.OnceValues(func() (int, string) {
		cancel()
		code := <-ended
		return code, stderr.text.String()
	})
	t.Cleanup(func() { r.end() })
	return r
}

func vendDocument(t *testing.T, client, meter string) string {
	t.Helper()
	doc, err := os.ReadFile("../../schemas/testdata/samples/req-credit-vend-generic.xml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("6009990000018", client, "clerk01", "vendswitch", "Sample123", "Sandstone1", "07215001236", meter,
		"20240611101500", time.Now().UTC().Format("20060102150405")).Replace(string(doc))
}

func post(t *testing.T, url, doc string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post(url, "text/xml; charset=utf-8", strings.NewReader(doc))
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestAClientIsJudgedByServeAndAnInstallationByIntercept(t *testing.T) {
	dir := t.TempDir()
	serveJSON, interceptJSON, records := filepath.Join(dir, "serve.json"), filepath.Join(dir, "intercept.json"), filepath.Join(dir, "records")
	server := startVerb(t, `XMLVend at (http://\S+/xmlvend)`, "serve", "--listen", "127.0.0.1:0", "--json", serveJSON, "--client", "6009990000018,vendswitch,Sandstone1")
	between := startVerb(t, `forwarding from (\S+) to`, "intercept", "--listen", "127.0.0.1:0", "--upstream", server.address, "--json", interceptJSON, "--record", records)
	url := "http://" + between.address + "/xmlvend"
	if status, body := post(t, url, vendDocument(t, "6009990000018", "01000001014")); status != 200 || !strings.Contains(body, "stsCipher") {
		t.Errorf("status %d: %s", status, body)
	}
	if status, _ := post(t, url, strings.Replace(vendDocument(t, "6009990000018", "01000100014"), `"1001"`, `"1002"`, 1)); status != 0 {
		t.Errorf("a vend that is to be left unanswered has status %d", status)
	}

	for name, verb := range map[string]*running{"intercept": between, "serve": server} {
		code, printed := verb.end()
		if code != exitFailed {
			t.Errorf("%s ended with %d", name, code)
		}
		for _, want := range []string{"error   client 6009990000018  advice-missing: the vend ", "2 exchanges were judged.", "\nclient 6009990000018\n  error       1  advice-missing\n"} {
			if !strings.Contains(printed, want) {
				t.Errorf("%s does not say %q: %s", name, want, printed)
			}
		}
		if strings.Contains(printed, "Sandstone1") {
			t.Errorf("%s prints a password", name)
		}
	}
	kept, err := filepath.Glob(filepath.Join(records, "*.json"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d exchanges are kept, %v", len(kept), err)
	}
	for _, file := range append(kept, serveJSON, interceptJSON) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "Sandstone1") || regexp.MustCompile(`<b:stsCipher>[0-9]`).Match(text) {
			t.Errorf("%s holds a secret", filepath.Base(file))
		}
	}
	page := filepath.Join(dir, "report.html")
	code := Main{Args: []string{"report", serveJSON, interceptJSON, "--html", page}, Stdout: io.Discard, Stderr: io.Discard}.Run(context.Background())
	if text, err := os.ReadFile(page); err != nil || code != exitFailed || !strings.Contains(string(text), "2 errors found") {
		t.Errorf("report ended with %d: %v", code, err)
	}
}
