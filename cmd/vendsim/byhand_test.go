package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Each command that the banner shows is pasted into a shell.
func TestBothWorkflowsAreTriedByHandAsTheBannerSays(t *testing.T) {
	w, _ := living(t)
	if err := w.openToHands(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		says  string
		fails bool
	}{
		{"sign", true},
		{"0042", false},
		{"0042", false},
		{"R300.00 paid to Business", false},
		{"Deposit R300.00 credited", false},
		{"credited", false},
	}
	for line := range strings.Lines(w.byHand()) {
		command, verb := strings.CutPrefix(strings.TrimSpace(line), "bin/")
		if !verb && !strings.HasPrefix(command, "curl ") {
			continue
		}
		if len(want) == 0 {
			t.Fatalf("nobody expects %s", command)
		}
		if strings.Contains(command, "/control/messages") {
			if _, err := w.outside.gateway.AwaitMessages(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command("sh", "-c", command).CombinedOutput()
		if (err != nil) != want[0].fails || !strings.Contains(string(out), want[0].says) {
			t.Errorf("%s: %v, want it to say %q\n%s", command, err, want[0].says, out)
		}
		want = want[1:]
	}
	if len(want) > 0 {
		t.Errorf("the banner does not show %+v", want)
	}
}

func TestTheDemoFileNamesThePeopleAndWhereSMSGo(t *testing.T) {
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(staying(t, listen))
	if err != nil {
		t.Fatal(err)
	}
	var file demoFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Operators) != 2 || file.Operators[0].Name != staff[0] || file.BankNumber != bankNumber {
		t.Errorf("%s", text)
	}
	for _, name := range []string{file.Operators[0].Credential, file.Operators[1].Credential, file.SMSSecret, file.StockMail} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	for _, address := range []string{file.SMS, file.BankControl, file.Phones} {
		if !strings.HasPrefix(address, "http://127.0.0.1:") {
			t.Errorf("an address is %q", address)
		}
	}
}
