package bank_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/conformance/sim/bank"
	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var clock = func() time.Time { return time.Date(2026, 11, 14, 7, 12, 41, 0, time.UTC) }

// open starts banks that write mails into a folder and post SMS to a switch that takes
// them in.
func open(t *testing.T) (banks *bank.Server, sms func() []url.Values, mails func() []string) {
	t.Helper()
	var mu sync.Mutex
	var posted []url.Values
	near := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		posted = append(posted, r.URL.Query())
	}))
	folder := t.TempDir()
	banks, err := bank.New(bank.Config{SMS: bank.SMS{URL: near.URL, To: "27820000001"}, Mail: bank.Mail{Folder: folder}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		banks.Close()
		near.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	sms = func() []url.Values {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(posted)
	}
	mails = func() []string {
		files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(content))
		}
		return all
	}
	return banks, sms, mails
}

// The words are those of the banks, with the balance after the deposit.
func TestEachBankTellsOfADepositInItsOwnWords(t *testing.T) {
	for _, c := range []struct {
		bank   bank.Bank
		method bank.Method
		amount int64
		from   string
		text   string
		mail   string // a part of it
	}{
		{bank.FNB, bank.EFT, 250000, "FNB", "FNB:-) R2500.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12",
			"Subject: FNB:-) R2500.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12\r\n"},
		{bank.FNB, bank.Cash, 64000, "FNB", "FNB:-) R640.00 paid to Business a/c..482913 @ ATM. Ref.M100234. 14Nov 09:12",
			"\r\n• FNB:-) R640.00 paid to Business a/c..482913 @ ATM. Ref.M100234. 14Nov 09:12\r\n"},
		{bank.StandardBank, bank.EFT, 185000, "StdBank", "Standard Bank: R1850.00 paid to Acc. 6025 from M100234. Acl bal R48211.35 2026-11-14 Query? 0860000000",
			"An amount of R1850.00 was paid to Standard Bank account ending in 6025 from M100234 on 2026-11-14.\r\n"},
		{bank.StandardBank, bank.Cash, 185000, "StdBank", "Standard Bank: R1850.00 cash dep. to Acc. 6025 from M100234. Acl bal R48211.35 2026-11-14 Query? 0860000000",
			"The actual balance at the time of the above transaction was R48211.35.\r\n"},
		{bank.Absa, bank.EFT, 300000, "Absa", "Absa: CHEQ6485, Dep, 14/11/26 SETTLEMENT/C - IBANK PAYMENT FROM, ABSA BANK M100234, R3,000.00, Available R12,000.00. Help 0860000000; SPAZAGR001",
			"Reference  : ABSA BANK M100234\r\nAmount     : R3,000.00\r\nAvailable  : R12,000.00\r\n"},
		{bank.Nedbank, bank.EFT, 525000, "Nedbank", "Nedbank: Electronic Banking EFT deposit of R5250.00 into acc **9912 Avail bal R61002.13 at 09:12 on 14Nov26. Reg: M100234",
			"deposit of R 5 250.00 into acc **9912 Avail bal R 61 002.13 at 09:12 on 14Nov26. Reg: M100234\r\n"},
		{bank.Capitec, bank.EFT, 25000, "Capitec", "Capitec: Money In R250.00 to SAVINGS ACCOUNT; Ref M100234; Avail R1010.00; 14-Nov. Call 0860000000",
			"Money In R250.00 to BUSINESS ACCOUNT ending 3301; Ref M100234; Avail R1\u00a0010.00; 14-Nov.\r\n"},
	} {
		banks, sms, mails := open(t)
		told, err := banks.Deposit(t.Context(), bank.Deposit{Bank: c.bank, Amount: c.amount, Reference: "M100234", Method: c.method})
		if err != nil || len(told.Notices) != 2 {
			t.Fatalf("%s: %+v, %v", c.bank, told, err)
		}
		want := url.Values{"from": {c.from}, "to": {"27820000001"}, "text": {c.text}, "id": {told.Notices[0].ID}, "ts": {"1794640361"}, "charset": {"UTF-8"}}
		if diff := cmp.Diff([]url.Values{want}, sms()); diff != "" {
			t.Errorf("%s: %s", c.bank, diff)
		}
		got := mails()
		if len(got) != 1 || !strings.Contains(got[0], c.mail) {
			t.Errorf("%s: %q", c.bank, got)
			continue
		}
		m, err := mail.ReadMessage(strings.NewReader(got[0]))
		if err != nil {
			t.Errorf("%s: %v", c.bank, err)
			continue
		}
		if results := m.Header.Get("Authentication-Results"); !strings.HasPrefix(results, "mx.evd-operator.example;") || !strings.Contains(results, "dmarc=pass") {
			t.Errorf("%s: %s", c.bank, results)
		}
		if strings.Contains(strings.ReplaceAll(got[0], "\r\n", ""), "\n") || m.Header.Get("Message-ID") != "<"+told.Notices[1].ID+">" {
			t.Errorf("%s: %q", c.bank, got[0])
		}
	}
}

func TestFaults(t *testing.T) {
	const amount = 50000
	for fault, want := range map[bank.Fault]struct {
		sms, mails, ids int    // posted, written, and how many ids they have
		says            string // each of them, somewhere
		never           string // none of them, anywhere
	}{
		bank.Duplicate:         {2, 2, 4, "500.00", ""},
		bank.Redeliver:         {2, 2, 2, "500.00", ""},
		bank.LateMail:          {1, 0, 1, "500.00", ""},
		bank.OutOfOrder:        {0, 0, 0, "", ""},
		bank.ChangedWording:    {1, 1, 2, "has landed", "paid to"},
		bank.WrongAccount:      {1, 1, 2, "482914", "482913"},
		bank.InjectedReference: {1, 1, 2, "@ Eft. Ref.FNB:-) R50000.00 paid to", ""},
		bank.ForgedSender:      {1, 1, 2, "paid to", "<inContact"},
		bank.DMARCFail:         {0, 1, 1, "dmarc=fail", "dmarc=pass"},
		bank.Forwarded:         {0, 1, 1, "header.from=merchant.example", "header.from=fnb"},
		bank.ProofOfPayment:    {0, 1, 1, "instructed a payment", "a/c.."},
	} {
		banks, sms, mails := open(t)
		before := banks.Accounts()[0].Balance
		told, err := banks.Deposit(t.Context(), bank.Deposit{Bank: bank.FNB, Amount: amount, Reference: "M100234", Fault: fault})
		if err != nil {
			t.Errorf("%s: %v", fault, err)
		}
		booked := banks.Accounts()[0].Balance - before
		if booked != amount && fault.Genuine() || booked != 0 && !fault.Genuine() {
			t.Errorf("%s: booked %d", fault, booked)
		}
		ids := map[string]bool{}
		for _, n := range told.Notices {
			if !n.Held {
				ids[n.ID] = true
			}
		}
		if len(sms()) != want.sms || len(mails()) != want.mails || len(ids) != want.ids {
			t.Errorf("%s: %d SMS, %d mails, %d ids", fault, len(sms()), len(mails()), len(ids))
		}
		for _, text := range append(mails(), texts(sms())...) {
			if !strings.Contains(text, want.says) || want.never != "" && strings.Contains(text, want.never) {
				t.Errorf("%s: %s", fault, text)
			}
		}
	}
	if len(bank.Faults()) != 11 {
		t.Errorf("%d faults, of which 11 are tested", len(bank.Faults()))
	}
}

func texts(posted []url.Values) []string {
	var all []string
	for _, v := range posted {
		all = append(all, v.Get("text"))
	}
	return all
}

func TestWhatIsOutOfOrderComesAfterTheNextDeposit(t *testing.T) {
	banks, sms, _ := open(t)
	for i, fault := range []bank.Fault{bank.OutOfOrder, ""} {
		d := bank.Deposit{Bank: bank.FNB, Amount: 10000, Reference: fmt.Sprint("M10000", i), Fault: fault, Only: bank.BySMS}
		if _, err := banks.Deposit(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	got := texts(sms())
	if len(got) != 2 || !strings.Contains(got[0], "M100001") || !strings.Contains(got[1], "M100000") {
		t.Errorf("%q", got)
	}
}

func TestALateMailComesWhenItIsReleased(t *testing.T) {
	banks, _, mails := open(t)
	for _, fault := range []bank.Fault{bank.LateMail, ""} {
		if _, err := banks.Deposit(t.Context(), bank.Deposit{Bank: bank.Absa, Amount: 10000, Reference: "M100001", Fault: fault}); err != nil {
			t.Fatal(err)
		}
	}
	if len(mails()) != 1 {
		t.Errorf("%d mails before", len(mails()))
	}
	notices, err := banks.Release(t.Context())
	if err != nil || len(notices) != 1 || notices[0].Held || len(mails()) != 2 {
		t.Errorf("%+v, %v, %d mails after", notices, err, len(mails()))
	}
}

// smtpServer takes one mail after the other, and hands over what it got between DATA and
// the dot.
func smtpServer(t *testing.T) (address string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken, ended := make(chan string, 10), make(chan bool)
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			speakSMTP(conn, taken)
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	return l.Addr().String(), taken
}

func speakSMTP(conn net.Conn, taken chan<- string) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(conn, "220 mx\r\n")
	lines, data, in := bufio.NewScanner(conn), strings.Builder{}, false
	for lines.Scan() {
		line := lines.Text()
		switch verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0]); {
		case in && line == ".":
			in = false
			taken <- data.String()
			fmt.Fprint(conn, "250 taken\r\n")
		case in:
			data.WriteString(strings.TrimPrefix(line, ".") + "\r\n")
		case verb == "DATA":
			in = true
			data.Reset()
			fmt.Fprint(conn, "354 go on\r\n")
		case verb == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 mx\r\n")
		}
	}
}

func TestAMailGoesOutBySMTPAsItIs(t *testing.T) {
	address, got := smtpServer(t)
	banks, err := bank.New(bank.Config{Mail: bank.Mail{SMTP: address}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer banks.Close()
	for _, b := range bank.Banks() {
		told, err := banks.Deposit(t.Context(), bank.Deposit{Bank: b, Amount: 1, Reference: "M100001"})
		if err != nil || len(told.Notices) != 1 {
			t.Fatalf("%+v, %v", told, err)
		}
		if diff := cmp.Diff(strings.TrimRight(told.Notices[0].Text, "\r\n"), strings.TrimRight(<-got, "\r\n")); diff != "" {
			t.Errorf("%s: %s", b, diff)
		}
	}
}

func TestAMailServerThatIsDownIsAnErrorAndTheSMSGoesOut(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	centre, err := smsc.New(smsc.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer centre.Close()
	posted := make(chan bool, 1)
	near := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { posted <- true }))
	defer near.Close()
	banks, err := bank.New(bank.Config{SMS: bank.SMS{Centre: centre, URL: near.URL, To: "1"}, Mail: bank.Mail{SMTP: l.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	defer banks.Close()
	told, err := banks.Deposit(t.Context(), bank.Deposit{Bank: bank.FNB, Amount: 1, Reference: "M100001"})
	if err == nil || len(told.Notices) != 2 || len(posted) != 1 {
		t.Errorf("%+v, %v", told, err)
	}
}

func TestDepositsThatCannotBeAreRefused(t *testing.T) {
	banks, sms, mails := open(t)
	good := bank.Deposit{Bank: bank.FNB, Amount: 1, Reference: "M100001"}
	for name, change := range map[string]func(*bank.Deposit){
		"another bank":     func(d *bank.Deposit) { d.Bank = "barclays" },
		"nothing":          func(d *bank.Deposit) { d.Amount = 0 },
		"too much":         func(d *bank.Deposit) { d.Amount = 1 << 62 },
		"no reference":     func(d *bank.Deposit) { d.Reference = "" },
		"two lines":        func(d *bank.Deposit) { d.Reference = "M1\r\nBcc: x" },
		"another method":   func(d *bank.Deposit) { d.Method = "cheque" },
		"another way":      func(d *bank.Deposit) { d.Only = "fax" },
		"another fault":    func(d *bank.Deposit) { d.Fault = "nonsense" },
		"a fault of mails": func(d *bank.Deposit) { d.Fault, d.Only = bank.DMARCFail, bank.BySMS },
	} {
		d := good
		change(&d)
		if _, err := banks.Deposit(t.Context(), d); !errors.Is(err, bank.ErrDeposit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	server := httptest.NewServer(banks)
	defer server.Close()
	for body, says := range map[string]string{
		`{"bank":"barclays"}`:                    "want one of",
		`{"bnak":"fnb"}`:                         "bnak",
		`[]`:                                     "this is no deposit",
		``:                                       "this is no deposit",
		`{"bank":"fnb","amount":300.00}`:         "a whole number of cents",
		`{"bank":"fnb","amount":30000}`:          "the reference is missing",
		`{"bank":"fnb","reference":"M1"}`:        "must be 1 to",
		`{"bank":7,"amount":1,"reference":"M1"}`: "bank is text",
	} {
		resp, err := http.Post(server.URL+"/control/deposit", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(said), says) || strings.Contains(string(said), "int64") {
			t.Errorf("%s: %d %s, want it to say %q", body, resp.StatusCode, said, says)
		}
	}
	if len(sms())+len(mails()) != 0 {
		t.Errorf("%v %v", sms(), mails())
	}
}

func TestTheFolderForMailsIsMadeOrTheBanksDoNotOpen(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "inbox")
	banks, err := bank.New(bank.Config{Mail: bank.Mail{Folder: folder}})
	if err != nil {
		t.Fatal(err)
	}
	defer banks.Close()
	if _, err := banks.Deposit(t.Context(), bank.Deposit{Bank: bank.FNB, Amount: 1, Reference: "M100001"}); err != nil {
		t.Error(err)
	}
	taken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bank.New(bank.Config{Mail: bank.Mail{Folder: taken}}); err == nil || !strings.Contains(err.Error(), "the folder for mails") {
		t.Errorf("%v", err)
	}
}

func TestADepositByControlIsToldAndBooked(t *testing.T) {
	banks, sms, _ := open(t)
	server := httptest.NewServer(banks)
	defer server.Close()
	resp, err := http.Post(server.URL+"/control/deposit", "application/json", strings.NewReader(`{"bank":"capitec","amount":25000,"reference":"M100234","only":"sms"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var told bank.Told
	if err := json.NewDecoder(resp.Body).Decode(&told); err != nil {
		t.Fatal(err)
	}
	if told.Balance != 101_000 || len(told.Notices) != 1 || !slices.Equal(told.Notices[0].Statuses, []int{200}) || len(sms()) != 1 {
		t.Errorf("%+v", told)
	}
}

func TestAnOperatorWithoutAnAccountAtABankGetsNoDepositThere(t *testing.T) {
	banks, err := bank.New(bank.Config{Accounts: []bank.Account{{Bank: bank.FNB, Suffix: "482913"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer banks.Close()
	if _, err := banks.Deposit(t.Context(), bank.Deposit{Bank: bank.Absa, Amount: 1, Reference: "x"}); !errors.Is(err, bank.ErrDeposit) {
		t.Errorf("%v", err)
	}
	if _, err := bank.New(bank.Config{Accounts: []bank.Account{{Bank: "barclays", Suffix: "1"}}}); err == nil {
		t.Error("an account at a bank that is none")
	}
}
