package main

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/bank"
	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

// standing starts a simulator, and waits until path of its control answers.
func standing(t *testing.T, path string, verb string, args ...string) (address string) {
	t.Helper()
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- Main{Args: append([]string{verb, "--listen", listen}, args...), Stdout: t.Output(), Stderr: t.Output()}.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("%s ended with %d", verb, code)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get("http://" + listen + path)
		if err == nil {
			resp.Body.Close()
			return "http://" + listen
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// order posts to a control interface, and reads the answer into v.
func order(t *testing.T, address, body string, v any) int {
	t.Helper()
	resp, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestABankOnItsOwnPortTellsOfADeposit(t *testing.T) {
	folder := t.TempDir()
	banks := standing(t, "/control/accounts", "bank", "--folder", folder)
	var told bank.Told
	if status := order(t, banks+"/control/deposit", `{"bank":"fnb","amount":250000,"reference":"M100234"}`, &told); status != http.StatusOK || len(told.Notices) != 1 {
		t.Errorf("%d %+v", status, told)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestAnSMSCentreOnItsOwnPortTakesAnSMSAndListsIt(t *testing.T) {
	smpp, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	centre := standing(t, "/control/messages", "smsc", "--smpp", smpp, "--fault", "throttle,1")
	get := func(path string) *http.Response {
		resp, err := http.Get(centre + path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	const sendsms = "/cgi-bin/sendsms?username=" + smsc.DemoUser + "&password=" + smsc.DemoPassword + "&from=1&to=27821234567&text=R1"
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusAccepted} {
		if resp := get(sendsms); resp.StatusCode != want {
			t.Errorf("%d, want %d", resp.StatusCode, want)
		}
	}
	var got []smsc.Message
	if err := json.NewDecoder(get("/control/messages").Body).Decode(&got); err != nil || len(got) != 1 || got[0].Text != "R1" {
		t.Errorf("%+v, %v", got, err)
	}
}
