package bank_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

// sample is a message from a file.
func sample(t testing.TB, file string) bank.Message {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := bank.Message{Channel: bank.SMS, Raw: raw}
	if filepath.Ext(file) == ".eml" {
		m.Channel = bank.Mail
	}
	return m
}

// samples are the files of messages with an expectation, SMS first.
func samples(t testing.TB) (files []string) {
	t.Helper()
	for _, pattern := range []string{"testdata/*.txt", "testdata/*.eml", "testdata/adversarial/*.txt", "testdata/adversarial/*.eml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return files
}

func TestEachSampleIsReadAsExpected(t *testing.T) {
	sequence := deposit.NewSequence(reader(t, policy(t)), 0)
	files := samples(t)
	if len(files) < 33 {
		t.Fatalf("only %d samples", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".expect.json")
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		action, reading := sequence.Add(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), sample(t, file))
		if expected, there := want["action"]; there && action != expected {
			t.Errorf("%s: the action is %s (%s), not %s", file, action, reading.Reason, expected)
		}
		delete(want, "action")
		printed, err := json.Marshal(reading.Notifications)
		if err != nil {
			t.Fatal(err)
		}
		var got []map[string]any
		if err := json.Unmarshal(printed, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]map[string]any{want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
		t.Logf("%-75s %-30s %v", file, action, reading.Notifications[0].Method)
	}
}

func TestOnlyWhatIsExpectedToBeADepositIsCredited(t *testing.T) {
	r := reader(t, policy(t))
	believed := 0
	for _, file := range samples(t) {
		text, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".expect.json")
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			Kind   bank.Kind
			Action string
		}
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		refused := want.Action == "quarantine" || want.Action == "keep_unparsed_for_review" || strings.HasPrefix(want.Action, "reject")
		is := len(r.Read(sample(t, file)).Deposits()) > 0
		if expected := want.Kind == bank.Deposit && !refused; is != expected {
			t.Errorf("%s: believed %t, expected %t", file, is, expected)
		}
		if is {
			believed++
		}
	}
	if believed == 0 {
		t.Error("no sample is a deposit")
	}
}
