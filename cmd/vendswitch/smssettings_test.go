package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
	"github.com/vendswitch/vendswitch/switch/channel/sms"
	"github.com/vendswitch/vendswitch/upstream/gateway"
)

func TestSettingsOfSMSThatCannotBeAreRefusedInWordsThatHelp(t *testing.T) {
	const sends = "[sms]\nurl = 'http://127.0.0.1:13013/cgi-bin/sendsms'\nuser = 'switch'\npassword_file = 'p'\n"
	const listens = "[sms.inbound]\nlisten = '127.0.0.1:8482'\nsecret_file = 's'\n"
	for name, row := range map[string]struct{ toml, says string }{
		"a user without a gateway":        {"[sms]\nuser = 'switch'", "sms.url is empty"},
		"a gateway without a password":    {"[sms]\nurl = 'http://127.0.0.1/sendsms'\nuser = 'switch'", "sms.password_file"},
		"half a URL":                      {strings.Replace(sends, "http://", "", 1), "sms.url must be a whole URL"},
		"a password in the URL":           {strings.Replace(sends, "sendsms'", "sendsms?password=x'", 1), "sms.url must be a whole URL"},
		"receipts that nobody listens to": {sends + "receipt_url = 'http://127.0.0.1:8482/sms/receipt'", "set sms.inbound.listen"},
		"half a URL for receipts":         {sends + "receipt_url = '/sms/receipt'\n" + listens, "sms.receipt_url must be a whole URL"},
		"receipts to elsewhere":           {sends + "receipt_url = 'http://127.0.0.1:8482/receipts'\n" + listens, "must end with /sms/receipt"},
		"a way to nowhere":                {"[sms]\nway = 'headers'", "sms.url is empty"},
		"a way that is none":              {"[sms]\nway = 'pigeon'", "sms.way is"},
		"a country that is none":          {"[sms]\ncountry = 'ZA'", "sms.country"},
		"a listener without a secret":     {"[sms.inbound]\nlisten = '127.0.0.1:8482'", "sms.inbound.secret_file is missing"},
		"a secret without a listener":     {"[sms.inbound]\nsecret_file = 's'", "sms.inbound.listen is empty"},
		"a network that is none":          {listens + "networks = ['example.com']", "is no network"},
		"a bank's number that is none":    {listens + "bank_number = 'FNB'", "sms.inbound.bank_number"},
		"a bank's number that is short":   {listens + "bank_number = '082123456'", "sms.inbound.bank_number"},
		"a key that nobody knows":         {"[sms]\npassword = 'x'", "unknown key sms.password"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readConfig(write(t, "vendswitch.toml", row.toml), nil)
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want it to say %q", err, row.says)
			}
		})
	}
}

func TestTheMessagesOfBanksAreNotTakenInWhereOthersCanListenIn(t *testing.T) {
	for listen, may := range map[string]bool{"127.0.0.1:8482": true, "[::1]:8482": true, ":8482": false, "192.0.2.1:8482": false} {
		c := SMSInboundConfig{Listen: listen}
		if err := c.mayListen(); (err == nil) != may || err != nil && !strings.Contains(err.Error(), "sms.inbound.plain") {
			t.Errorf("%s: %v", listen, err)
		}
		c.Plain = true
		if err := c.mayListen(); err != nil {
			t.Errorf("%s, plain: %v", listen, err)
		}
	}
}

func TestASecretThatOthersCanReadIsRefused(t *testing.T) {
	file := write(t, "password", "Sample123\n")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	c := SMSConfig{URL: "http://127.0.0.1/sendsms", User: "switch", PasswordFile: file}
	if _, err := c.sender(); err == nil || !strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), "Sample") {
		t.Errorf("%v", err)
	}
	c.PasswordFile += ".none"
	if _, err := c.sender(); err == nil || !strings.Contains(err.Error(), "sms.password_file") {
		t.Errorf("%v", err)
	}
	c.PasswordFile = write(t, "password", "two\nlines\n")
	if _, err := c.sender(); err == nil || !strings.Contains(err.Error(), "one line") {
		t.Errorf("%v", err)
	}
}

// An SMS goes out by the settings, its receipt comes in by them, and so does the SMS of
// a bank.
func TestSMSGoBothWaysByTheSettings(t *testing.T) {
	password, secret := write(t, "password", smsc.DemoPassword+"\n"), write(t, "secret", "sampleSecret-0123456789\n")
	centre, err := smsc.New(smsc.Config{Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(centre.Close)
	far := httptest.NewServer(centre)
	t.Cleanup(far.Close)
	banks, receipts := make(chan sms.Inbound, 4), make(chan sms.Receipt, 4)
	near := httptest.NewUnstartedServer(nil)
	t.Cleanup(near.Close)
	address := "http://" + near.Listener.Addr().String()
	config, err := readConfig(write(t, "vendswitch.toml", "[sms]\nurl = '"+far.URL+"/cgi-bin/sendsms'\nuser = '"+smsc.DemoUser+"'\npassword_file = '"+password+
		"'\nfrom = '27820000001'\nreceipt_url = '"+address+"/sms/receipt'\n[sms.inbound]\nlisten = '127.0.0.1:0'\nsecret_file = '"+secret+
		"'\nnetworks = ['127.0.0.1']\nbank_number = '082 000 0001'\n"+
		"[deposit.bank.FNB]\nsms_senders = ['FNB']\naccounts = ['482913']\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := config.SMS.endpoint(smsHandlers{
		bank:     func(_ context.Context, in sms.Inbound) error { banks <- in; return nil },
		receipts: func(_ context.Context, r sms.Receipt) error { receipts <- r; return nil },
	}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	near.Config.Handler = endpoint
	near.Start()
	sender, err := config.SMS.sender()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Send(t.Context(), gateway.Message{ID: "n-1", To: "0821234567", Text: "Deposit R500.00"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []sms.Status{sms.Accepted, sms.Delivered} {
		if r := <-receipts; r != (sms.Receipt{ID: "n-1", Status: want}) {
			t.Errorf("%+v", r)
		}
	}
	for _, to := range []string{"27820000001", "+27820000001", "0820000001"} {
		sent, err := centre.Deliver(t.Context(), smsc.Inbound{URL: address + "/sms/kannel/sampleSecret-0123456789", From: "FNB", To: to, Text: "R1"})
		if err != nil || !sent.Taken() {
			t.Fatalf("%+v, %v", sent, err)
		}
		if in := <-banks; in.To != to || in.ID != sent.ID || in.Text != "R1" {
			t.Errorf("%+v", in)
		}
	}
	resp, err := http.Get(address + "/sms/kannel/sampleSecret-0123456789?" + url.Values{"from": {"1"}, "to": {"27821112222"}, "text": {"BAL"}, "id": {"1"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestWithoutSettingsNothingIsSentAndNothingListens(t *testing.T) {
	var c SMSConfig
	sender, err := c.sender()
	if sender != nil || err != nil {
		t.Errorf("%v, %v", sender, err)
	}
	endpoint, err := c.endpoint(smsHandlers{}, slog.Default())
	if endpoint != nil || err != nil {
		t.Errorf("%v, %v", endpoint, err)
	}
}
