package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/pos"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

type demoCmd struct {
	Stay       bool   `help:"Keep the world running until stopped, and write demo.json."`
	Folder     string `default:"var/demo" help:"Where the world lives when it stays; emptied first."`
	Listen     string `default:"127.0.0.1:8480" help:"Where the switch listens when it stays."`
	Operations string `default:"127.0.0.1:8481" help:"Where health and metrics are when it stays."`
	TLS        bool   `name:"tls" help:"Sell over TLS to clients that show their certificate."`
}

// Help is printed below the flags.
func (demoCmd) Help() string {
	return `Without --stay the world lives in a temporary folder, sells, prints its books, and ends.

Example:

  vendsim demo --stay`
}

// Run runs the demo.
func (c demoCmd) Run(ctx context.Context, m Main) error {
	if c.Stay {
		return c.stay(ctx, m.Stdout)
	}
	folder, err := os.MkdirTemp("", "vendsim-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	operations, err := freeAddress()
	if err != nil {
		return err
	}
	heading(m.Stdout, "A switch is set up by its operator")
	w, err := startWorld(ctx, folder, listen, operations, m.Stdout, false, c.TLS)
	if err != nil {
		return err
	}
	d := &demo{world: w, out: m.Stdout}
	return errors.Join(d.run(ctx), w.stop())
}

// clear empties the folder of an earlier world. Any other folder with something in
// it is somebody's, and left alone.
func clear(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, "demo.json")); err != nil {
		return fmt.Errorf("%s holds something that is not an earlier demo; name another --folder", folder)
	}
	return os.RemoveAll(folder)
}

// free reports an address that somebody listens on, such as another world.
func free(addresses ...string) error {
	for _, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("is another demo running? %w; stop it, or name another --listen, --operations and --folder", err)
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// stay keeps a world running. It touches no folder of a world that still runs.
func (c demoCmd) stay(ctx context.Context, out io.Writer) error {
	if err := free(c.Listen, c.Operations); err != nil {
		return err
	}
	if err := clear(c.Folder); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	w, err := startWorld(ctx, c.Folder, c.Listen, c.Operations, out, true, c.TLS)
	if err != nil {
		return err
	}
	file, profile := "", ""
	if err = w.openToHands(ctx); err == nil {
		file, err = w.writeDemoFile()
	}
	if err == nil {
		profile, err = w.writeProfile()
	}
	if err == nil {
		fmt.Fprintf(out, `The switch sells at        %s
health, metrics            http://%s/readyz, /metrics
the town's prepaid server  %s/xmlvend
client, terminal           %s, %s
cashier, password          %s, %s
settings, credentials      %s, %s
audited by                 bin/vendconform run --profile %s

Sell R50 of electricity:

%s
Have the utility lose the answer to the next vend, and to the first question after it:

curl -s %s/control/faults -d '{"kind":"drop-after","operation":"vend","count":1}'
curl -s %s/control/faults -d '{"kind":"drop-before","operation":"advice","count":1}'

%s
Stop with Ctrl-C.
`, w.url(), w.operations, w.townURL, clientEAN, terminalID, opName, password, w.configFile(), file, profile,
			w.papers.curl(curlLine(w.url(), utility.Numbers()[utility.Good])), w.townURL, w.townURL, w.byHand())
		select {
		case <-ctx.Done():
		case <-w.ended:
			err = w.died()
		}
	}
	return errors.Join(err, w.stop())
}

// curlLine is a shell command that sells a token.
func curlLine(url, meter string) string {
	return fmt.Sprintf(`curl -s %s -H 'Content-Type: text/xml; charset=utf-8' --data-binary @- <<EOF
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:b="http://www.nrs.eskom.co.za/xmlvend/base/2.1/schema" xmlns:r="http://www.nrs.eskom.co.za/xmlvend/revenue/2.1/schema">
 <soap:Body>
  <r:creditVendReq>
   <b:clientID xsi:type="b:EANDeviceID" ean="%s"/>
   <b:terminalID xsi:type="b:GenericDeviceID" id="1"/>
   <b:msgID dateTime="$(date +%%Y%%m%%d%%H%%M%%S)" uniqueNumber="1"/>
   <b:authCred><b:opName>%s</b:opName><b:password>%s</b:password></b:authCred>
   <b:resource xsi:type="b:Electricity"/>
   <b:idMethod xsi:type="b:VendIDMethod"><b:meterIdentifier xsi:type="b:MeterNumber" msno="%s"/></b:idMethod>
   <r:purchaseValue xsi:type="r:PurchaseValueCurrency"><r:amt value="50.00" symbol="ZAR"/></r:purchaseValue>
  </r:creditVendReq>
 </soap:Body>
</soap:Envelope>
EOF
`, url, clientEAN, opName, password, meter)
}

func heading(out io.Writer, text string) { fmt.Fprintf(out, "\n=== %s\n\n", text) }

// demo is one run of the play.
type demo struct {
	*world
	out      io.Writer
	terminal *pos.Terminal
}

func (d *demo) run(ctx context.Context) error {
	secured, err := d.papers.tls()
	if err != nil {
		return err
	}
	d.terminal, err = pos.New(pos.Config{URL: d.url(), TLS: secured, ClientID: clientEAN, TerminalID: terminalID, OpName: opName, Password: password})
	if err != nil {
		return err
	}
	defer d.terminal.Close()
	for _, act := range []func(context.Context) error{d.stockByMail, d.deposits, d.sellVoucher, d.sellToken, d.badDay, d.books} {
		if err := act(ctx); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

func (d *demo) sellVoucher(ctx context.Context) error {
	heading(d.out, "A merchant sells airtime: a voucher from stock")
	resp, err := d.terminal.Voucher(ctx, freshProduct, 1)
	if err != nil {
		return err
	}
	sold, ok := resp.(*xmlvend.VoucherVendResp)
	if !ok {
		return fmt.Errorf("no voucher was sold:\n%s", pos.Slip(resp))
	}
	fmt.Fprint(d.out, indent(pos.Slip(sold)))
	return nil
}

func (d *demo) sellToken(ctx context.Context) error {
	heading(d.out, "The merchant sells electricity: a token bought from the utility, confirmed and tried first")
	meter := utility.Numbers()[utility.FreeBasic]
	confirmed, err := d.terminal.Confirm(ctx, meter)
	if err != nil {
		return err
	}
	customer, ok := confirmed.(*xmlvend.ConfirmCustomerResp)
	if !ok {
		return fmt.Errorf("the customer was not confirmed:\n%s", pos.Slip(confirmed))
	}
	fmt.Fprintf(d.out, "meter %s is %s's\n", meter, customer.Results[0].Customer.Name)
	trial, err := d.terminal.Trial(ctx, meter, 10000)
	if err != nil {
		return err
	}
	if tried, ok := trial.(*xmlvend.TrialCreditVendResp); ok {
		fmt.Fprintf(d.out, "R100.00 would buy %s\n\n", units(&tried.Receipt))
	}
	resp, err := d.terminal.Vend(ctx, meter, 10000)
	if err != nil {
		return err
	}
	if _, err := token(resp); err != nil {
		return err
	}
	fmt.Fprint(d.out, indent(pos.Slip(resp)))
	return nil
}

// units lists the units of a receipt's tokens.
func units(r *xmlvend.Receipt) string {
	text := ""
	for _, tx := range r.Transactions.Tx {
		if credit, ok := tx.(*xmlvend.CreditVendTx); ok {
			if text != "" {
				text += " and "
			}
			text += fmt.Sprintf("%s %s", credit.CreditTokenIssue.Units.Value, credit.CreditTokenIssue.Units.SIUnit)
		}
	}
	return text
}

// token is the last credit token of a vend's response.
func token(resp xmlvend.Response) (string, error) {
	if last, ok := resp.(*xmlvend.LastRespAdviceResp); ok {
		resp = last.LastResponse
	}
	sold, ok := resp.(*xmlvend.CreditVendResp)
	if !ok {
		return "", fmt.Errorf("no token was sold:\n%s", pos.Slip(resp))
	}
	text := ""
	for _, tx := range sold.Receipt.Transactions.Tx {
		if credit, ok := tx.(*xmlvend.CreditVendTx); ok {
			if sts, ok := credit.CreditTokenIssue.Token.(xmlvend.STS1Token); ok {
				text = sts.Cipher.Reveal()
			}
		}
	}
	return text, nil
}

// adviceTimeout is how long the demo's terminal asks before it gives up.
const adviceTimeout = time.Minute

// badDay has the utility drop the connection after it has issued the token, and
// the first advice too.
func (d *demo) badDay(ctx context.Context) error {
	heading(d.out, "One bad day: the utility issues the token, then the connection drops before its answer")
	for _, fault := range []string{"drop-after,vend,1", "drop-before,advice,1"} {
		f, err := utility.ParseFault(fault)
		if err == nil {
			err = d.town.Inject(f)
		}
		if err != nil {
			return err
		}
	}
	meter := utility.Numbers()[utility.Good]
	vend := pos.CreditVend(meter, 5000)
	resp, err := d.terminal.Send(ctx, vend)
	if err != nil {
		return err
	}
	if _, ok := resp.(*xmlvend.FaultResp); !ok {
		return errors.New("the terminal was told of a sale that the switch cannot know of")
	}
	fmt.Fprintf(d.out, "The terminal prints:\n%s\n", indent(pos.Slip(resp)))

	resp, err = d.askUntilKnown(ctx, vend.MsgID)
	if err != nil {
		return err
	}
	first, err := token(resp)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "The resolver has asked the utility. The terminal's last response:\n%s\n", indent(pos.Slip(resp)))

	again, err := d.terminal.Send(ctx, vend)
	if err != nil {
		return err
	}
	second, err := token(again)
	if err != nil {
		return err
	}
	issued := d.town.Issued(meter)
	if first != second || len(issued) != 1 {
		return fmt.Errorf("the same sale brought %d tokens", len(issued))
	}
	fmt.Fprintf(d.out, "The vend repeated under its own message id brings the same token; the utility has issued %d.\n", len(issued))
	return nil
}

// askUntilKnown sends last-response advices until the outcome is known.
func (d *demo) askUntilKnown(ctx context.Context, of xmlvend.MsgID) (xmlvend.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, adviceTimeout)
	defer cancel()
	for {
		resp, err := d.terminal.LastResponse(ctx, of)
		if err != nil {
			return nil, err
		}
		fault, waiting := resp.(*xmlvend.FaultResp)
		if !waiting {
			return resp, nil
		}
		fmt.Fprintf(d.out, "The terminal asks for the last response: %s\n", fault.Fault.Desc)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, errors.New("the outcome stayed unknown")
		}
	}
}

// books prints the journal, the postings, the trial balance, and the audit.
func (d *demo) books(ctx context.Context) error {
	for _, page := range []struct {
		title string
		verb  []string
	}{
		{"The journal of legs, in and out, the newest first", []string{"report", "legs"}},
		{"The postings", []string{"report", "postings"}},
		{"The trial balance", []string{"report", "balance"}},
		{"The audit", []string{"audit", "verify"}},
	} {
		heading(d.out, page.title)
		if err := d.world.run(ctx, page.verb...); err != nil {
			return err
		}
	}
	return nil
}
