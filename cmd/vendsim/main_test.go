package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vendsim": main})
}

// switchInPath builds vendswitch and puts it into the PATH, which it returns.
func switchInPath(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", folder, "../vendswitch").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	path := folder + string(filepath.ListSeparator) + os.Getenv("PATH")
	t.Setenv("PATH", path)
	return path
}

func TestScripts(t *testing.T) {
	path := switchInPath(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", env.Getenv("PATH")+string(filepath.ListSeparator)+path)
			return nil
		},
	})
}

var stsCipher = regexp.MustCompile(`<b:stsCipher>\d{20}</b:stsCipher>`)

// staying has a demo stay, and returns the file that tells of it.
func staying(t *testing.T, listen string, more ...string) string {
	t.Helper()
	switchInPath(t)
	operations, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		args := append([]string{"demo", "--stay", "--folder", folder, "--listen", listen, "--operations", operations}, more...)
		ended <- Main{Args: args, Stdout: t.Output(), Stderr: t.Output()}.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the demo ended with %d", code)
		}
	})
	file := filepath.Join(folder, "demo.json")
	awaitFile(t, file)
	return file
}

func TestTheCurlLineOfTheReadmeSells(t *testing.T) {
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	staying(t, listen)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?s)curl -s http://127\.0\.0\.1:8480/xmlvend .*?\nEOF\n`).FindString(string(readme))
	if line != curlLine("http://127.0.0.1:8480/xmlvend", utility.Numbers()[utility.Good]) {
		t.Errorf("the README's curl line is not the one that the demo prints:\n%s", line)
	}
	answer, err := exec.Command("sh", "-c", strings.Replace(line, "127.0.0.1:8480", listen, 1)).CombinedOutput()
	if err != nil || !stsCipher.Match(answer) {
		t.Errorf("no token was sold: %v\n%s", err, answer)
	}
}

func TestTheCurlLineOfADemoWithTLSSells(t *testing.T) {
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	file := staying(t, listen, "--tls")
	line := papers{filepath.Join(filepath.Dir(file), "tls")}.curl(curlLine("https://"+listen+"/xmlvend", utility.Numbers()[utility.Good]))
	answer, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil || !stsCipher.Match(answer) {
		t.Errorf("no token was sold: %v\n%s", err, answer)
	}
	without := regexp.MustCompile(`--cert \S+ --key \S+ `).ReplaceAllString(line, "")
	if answer, err := exec.Command("sh", "-c", without).CombinedOutput(); err == nil {
		t.Errorf("without a certificate:\n%s", answer)
	}
}

// Somebody who starts a second world beside the first must not take its books away.
func TestASecondWorldLeavesTheFirstAlone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	books := filepath.Join(folder, "demo.json")
	if err := os.WriteFile(books, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, taken := range [][2]string{{l.Addr().String(), other}, {other, l.Addr().String()}} {
		var complaint strings.Builder
		code := Main{Args: []string{"demo", "--stay", "--folder", folder, "--listen", taken[0], "--operations", taken[1]},
			Stdout: t.Output(), Stderr: &complaint}.Run(t.Context())
		if code == exitOK || !strings.Contains(complaint.String(), "is another demo running?") {
			t.Errorf("it ended with %d: %s", code, complaint.String())
		}
		if _, err := os.Stat(books); err != nil {
			t.Error(err)
		}
	}
}

func TestASwitchThatDiesIsNoticed(t *testing.T) {
	w, _ := living(t)
	if err := w.serving.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-w.ended:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody noticed")
	}
	w.exit = nil // which the end of the test would complain about
}

func awaitFile(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(name); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s was not written", name)
		}
	}
}
