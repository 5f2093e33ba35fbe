package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
)

// Who is who in the demo world.
const (
	serverEAN    = "6009990009004"
	clientEAN    = "6009990000018"
	terminalID   = "0000000000007"
	opName       = "THANDI"
	password     = "Sample123"
	merchantCode = "M0001"

	startTimeout = 20 * time.Second
)

// staff run the switch: what takes four eyes takes both.
var staff = [2]string{"AYANDA", "BONGANI"}

// product is one on sale, as demo.json lists it: the price is written as in a request.
type product struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	Face string `json:"price,omitempty"`
}

var products = []product{
	{"CELLX5", "Cell X airtime R5", "voucher", "5.00"},
	{"CELLX10", "Cell X airtime R10", "voucher", "10.00"},
	{"CELLX29", "Cell X airtime R29", "voucher", "29.00"},
	{"SANDELEC", "Sandstone prepaid electricity", "electricity", ""},
}

// vouchersEach is how many vouchers of each product the demo stock holds.
const vouchersEach = 20

// world is a switch on an embedded database, set up by its own commands, and the
// town whose electricity it sells.
type world struct {
	folder     string
	binary     string // vendswitch
	out        io.Writer
	quiet      bool
	listen     string // of the switch
	operations string
	papers     papers
	outside    outside
	town       *utility.Server
	townURL    string
	closeTown  context.CancelFunc
	townDone   chan error

	serving *exec.Cmd
	ended   chan struct{} // closed when serving has ended, with exit
	exit    error
	log     *os.File
}

// demoFile is what demo.json says.
type demoFile struct {
	URL        string                  `json:"url"`
	Operations string                  `json:"operations"`
	ClientID   string                  `json:"clientID"`
	TerminalID string                  `json:"terminalID"`
	OpName     string                  `json:"opName"`
	Password   string                  `json:"password"`
	Merchant   string                  `json:"merchant"`
	Products   []product               `json:"products"`
	Meters     map[utility.Kind]string `json:"meters"`
	Utility    string                  `json:"utility"`
	Control    string                  `json:"utilityControl"`
	Config     string                  `json:"config"`

	Operators   []operatorFile `json:"operators"`     // the operator's people, who give verbs
	SMS         string         `json:"sms"`           // where the switch takes in SMS
	SMSSecret   string         `json:"smsSecretFile"` // what a gateway shows there
	BankNumber  string         `json:"bankNumber"`    // that banks send SMS to
	BankControl string         `json:"bankControl"`   // where customers deposit
	Phones      string         `json:"phonesControl"` // what phones show
	StockMail   string         `json:"stockMail"`     // of the supplier's, to import

	// Where the switch sells over mutual TLS.
	CA          string `json:"ca,omitempty"`
	Certificate string `json:"certificate,omitempty"` // the client's
	Key         string `json:"key,omitempty"`
}

// startWorld builds the world in an empty folder. Its log goes to a file there.
func startWorld(ctx context.Context, folder, listen, operations string, out io.Writer, quiet, secure bool) (*world, error) {
	binary, err := findSwitch()
	if err != nil {
		return nil, err
	}
	w := &world{folder: folder, binary: binary, out: out, quiet: quiet, listen: listen, operations: operations}
	if secure {
		w.papers.folder = filepath.Join(folder, "tls")
	}
	if err := w.startTown(ctx); err != nil {
		return nil, err
	}
	if err := w.startOutside(); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	if err := w.setUp(ctx); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	if err := w.serve(ctx); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	return w, nil
}

// findSwitch finds the vendswitch command: beside this one, else in the PATH.
func findSwitch() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	beside := filepath.Join(filepath.Dir(self), "vendswitch")
	if _, err := os.Stat(beside); err == nil {
		return beside, nil
	}
	found, err := exec.LookPath("vendswitch")
	if err != nil {
		return "", fmt.Errorf("the demo needs vendswitch beside itself or in the PATH: %w", err)
	}
	return found, nil
}

func (w *world) startTown(ctx context.Context) error {
	town, err := utility.New(utility.Config{})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.town, w.townURL = town, "http://"+l.Addr().String()
	ctx, w.closeTown = context.WithCancel(context.WithoutCancel(ctx))
	w.townDone = make(chan error, 1)
	go func() { w.townDone <- serve(ctx, l, town) }()
	return nil
}

// setUp configures the switch with its own commands, as an operator would.
func (w *world) setUp(ctx context.Context) error {
	if err := w.writeFiles(); err != nil {
		return err
	}
	us := utility.DemoClient()
	steps := append(w.papers.steps(w.listen), [][]string{
		{"keys", "init"},
		{"keys", "pgp", "--name", "EVD Operator", "--email", "stock@evd-operator.example", "--folder", filepath.Join(w.folder, "pgp"), "--passphrase-file", filepath.Join(w.folder, "pgp.passphrase")},
		{"migrate"},
		{"operator", "add", staff[0], "--password-file", w.credential(staff[0])},
		{"operator", "add", staff[1], "--password-file", w.credential(staff[1])},
		{"supplier", "add", "CELLX", "--kind", "stock", "--name", "Cell X", "--address", "1 Mast Road, Midrand", "--tax-ref", "4120000001"},
		{"supplier", "add", "SAND", "--kind", "utility", "--name", "Sandstone Municipality", "--address", "1 Civic Square, Sandstone", "--tax-ref", "4120000002",
			"--commission", "3.45", "--url", w.townURL + "/xmlvend", "--client-id", us.EAN, "--op-name", us.Operator,
			"--password-file", filepath.Join(w.folder, "sand.password"), "--timeout", "5s"},
	}...)
	for _, p := range products {
		step := []string{"product", "add", p.Code, "--name", p.Name, "--kind", p.Kind}
		if p.Kind == "voucher" {
			step = append(step, "--supplier", "CELLX", "--face", p.Face, "--commission", "5", "--instructions", "Dial *100*PIN# and press call.")
		} else {
			step = append(step, "--supplier", "SAND", "--min", "10", "--max", "5000", "--commission", "1.5")
		}
		steps = append(steps, step)
	}
	steps = append(steps,
		[]string{"stock", "load", filepath.Join(w.folder, "cellx-0001.csv"), "--supplier", "CELLX", "--batch", "0001"},
		[]string{staff[1] + ":", "stock", "approve", "CELLX", "0001"},
		[]string{"merchant", "add", merchantCode, "--name", "Corner Store", "--address", "12 Main Road, Sandstone"},
		[]string{"merchant", "credit", merchantCode, "1000", "--reference", "DEMO-0001", "--fee", "5"},
		[]string{staff[1] + ":", "merchant", "credit", merchantCode, "1000", "--reference", "DEMO-0001", "--fee", "5"},
		[]string{"client", "add", clientEAN, "--merchant", merchantCode},
		[]string{"terminal", "add", clientEAN, terminalID},
		[]string{"cashier", "add", clientEAN, opName, "--password-file", filepath.Join(w.folder, "thandi.password")},
	)
	for _, step := range steps {
		by := staff[0]
		if name, other := strings.CutSuffix(step[0], ":"); other {
			by, step = name, step[1:]
		}
		if err := w.runAs(ctx, by, step...); err != nil {
			return err
		}
	}
	return nil
}

// config is the settings file of the demo's switch. It asks sooner after unknown
// outcomes than a real one, so that the demo ends today.
const config = `node = "demo"

[database]
driver = "sqlite"
dsn = %q

[keys]
file = %q

[server]
id = %q
listen = %q
operations = %q

[sale]
answer_budget = "12s"
resolver_tick = "200ms"
advices = ["2s", "1s", "2s", "5s"]

[audit]
heads = %q
`

func (w *world) configFile() string { return filepath.Join(w.folder, "vendswitch.toml") }

func (w *world) writeFiles() error {
	in := func(name string) string { return filepath.Join(w.folder, name) }
	stock, err := stockFile()
	if err != nil {
		return err
	}
	files := map[string]string{
		w.configFile():        fmt.Sprintf(config, in("vendswitch.db"), in("keys.toml"), serverEAN, w.listen, w.operations, in("heads.jsonl")) + w.papers.settings() + w.outside.settings(in),
		in("thandi.password"): password + "\n",
		in("sand.password"):   utility.DemoClient().Password + "\n",
		in("cellx-0001.csv"):  stock,
	}
	maps.Copy(files, w.outside.files(in))
	for _, name := range staff {
		files[w.credential(name)] = rand.Text() + "\n"
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// stockFile makes vouchers with random PINs, at a discount of 8 %.
func stockFile() (string, error) {
	var b strings.Builder
	b.WriteString("product,serial,pin,face,cost,expires\n")
	expires := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	serial := 100000
	for _, p := range products {
		if p.Kind != "voucher" {
			continue
		}
		var rands, cents int64
		if _, err := fmt.Sscanf(p.Face, "%d.%d", &rands, &cents); err != nil {
			return "", err
		}
		cost := (rands*100 + cents) * 92 / 100
		for range vouchersEach {
			pin, err := rand.Int(rand.Reader, big.NewInt(1e16))
			if err != nil {
				return "", err
			}
			serial++
			fmt.Fprintf(&b, "%s,CX%d,%016d,%s,%d.%02d,%s\n", p.Code, serial, pin, p.Face, cost/100, cost%100, expires)
		}
	}
	return b.String(), nil
}

// credential is the file of an operator's password.
func (w *world) credential(name string) string { return filepath.Join(w.folder, name+".password") }

// verb is a run of vendswitch by an operator.
func (w *world) verb(ctx context.Context, by string, verb ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.binary, append([]string{"-c", w.configFile()}, verb...)...)
	cmd.Env = append(os.Environ(), "VENDSWITCH_BY="+by, "VENDSWITCH_CREDENTIAL="+w.credential(by))
	return cmd
}

// run runs a vendswitch verb to its end and shows it with what it prints.
func (w *world) run(ctx context.Context, verb ...string) error {
	return w.runAs(ctx, staff[0], verb...)
}

// runAs is run by another operator.
func (w *world) runAs(ctx context.Context, by string, verb ...string) error {
	cmd := w.verb(ctx, by, verb...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if !w.quiet {
		fmt.Fprintf(w.out, "%s$ vendswitch %s\n%s", by, shellWords(verb), indent(output.String()))
	}
	if err != nil {
		return fmt.Errorf("vendswitch %s: %w\n%s", strings.Join(verb[:min(2, len(verb))], " "), err, output.String())
	}
	return nil
}

func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if strings.ContainsAny(word, " *#\"") {
			word = "'" + word + "'"
		}
		quoted[i] = word
	}
	return strings.Join(quoted, " ")
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + line)
	}
	return b.String()
}

// serve starts the switch and waits until it is ready.
func (w *world) serve(ctx context.Context) error {
	var err error
	w.log, err = os.OpenFile(filepath.Join(w.folder, "vendswitch.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w.serving = exec.Command(w.binary, "-c", w.configFile(), "serve")
	w.serving.Stderr = w.log
	if err := w.serving.Start(); err != nil {
		return err
	}
	w.ended = make(chan struct{})
	go func() {
		w.exit = w.serving.Wait()
		close(w.ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if w.ready(ctx) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the switch did not become ready, see %s", w.log.Name())
		case <-w.ended:
			return w.died()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// died tells of a switch that has ended without being told to.
func (w *world) died() error { return fmt.Errorf("the switch has ended, see %s", w.log.Name()) }

func (w *world) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.operations+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func (w *world) url() string {
	if w.papers.on() {
		return "https://" + w.listen + "/xmlvend"
	}
	return "http://" + w.listen + "/xmlvend"
}

// writeDemoFile writes demo.json, for people and scripts.
func (w *world) writeDemoFile() (string, error) {
	file := demoFile{
		URL: w.url(), Operations: "http://" + w.operations, ClientID: clientEAN, TerminalID: terminalID,
		OpName: opName, Password: password, Merchant: merchantCode, Products: products, Meters: utility.Numbers(),
		Utility: w.townURL + "/xmlvend", Control: w.townURL + "/control/", Config: w.configFile(),
	}
	for _, name := range staff {
		file.Operators = append(file.Operators, operatorFile{name, w.credential(name)})
	}
	file.SMS, file.SMSSecret, file.BankNumber = "http://"+w.outside.inbound+"/sms/kannel/", filepath.Join(w.folder, "sms.secret"), bankNumber
	file.BankControl, file.Phones, file.StockMail = w.outside.bankControl, "http://"+w.outside.address+"/control/", w.stockMail()
	if w.papers.on() {
		c := w.papers.client()
		file.CA, file.Certificate, file.Key = c.Authorities[0], c.Certificate, c.Key
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return "", err
	}
	name := filepath.Join(w.folder, "demo.json")
	return name, os.WriteFile(name, append(data, '\n'), 0o600)
}

// stop ends the switch as an operator would, and the town.
func (w *world) stop() error {
	var err error
	if w.ended != nil {
		// It may have ended before, which is told by died.
		if err = w.serving.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		<-w.ended
		err = errors.Join(err, w.exit)
	}
	if w.log != nil {
		w.log.Close()
	}
	w.outside.stop()
	w.closeTown()
	return errors.Join(err, <-w.townDone)
}

// freeAddress finds a port on loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
