package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
)

// operatorFile is one of the operator's people in demo.json.
type operatorFile struct {
	Name       string `json:"name"`
	Credential string `json:"credential"` // the file of the password
}

// openToHands prepares what somebody needs to try both workflows: an agreement with the
// supplier and a mail of his, a merchant with a phone, and the banks within reach.
func (w *world) openToHands(ctx context.Context) error {
	o := &w.outside
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o.bankControl = "http://" + l.Addr().String() + "/control/"
	o.counter = &http.Server{Handler: o.banks, ReadHeaderTimeout: startTimeout}
	go o.counter.Serve(l)
	good, forged, err := w.stockMails()
	if err != nil {
		return err
	}
	for name, mail := range map[string][]byte{w.stockMail(): good, w.forgedMail(): forged} {
		if err := os.WriteFile(name, mail, 0o600); err != nil {
			return err
		}
	}
	for _, step := range w.agreeing() {
		if err := w.runAs(ctx, step.by, step.verb...); err != nil {
			return err
		}
	}
	return w.runAs(ctx, staff[0], "merchant", "contact", "add", merchantCode, "--sms", merchantCell)
}

func (w *world) stockMail() string { return filepath.Join(w.folder, "cellx-"+freshBatch+".eml") }
func (w *world) forgedMail() string {
	return filepath.Join(w.folder, "cellx-"+freshBatch+"-forged.eml")
}

// stockMails are a mail of the supplier's, and one that another has signed.
func (w *world) stockMails() (good, forged []byte, err error) {
	public, err := os.ReadFile(filepath.Join(w.folder, "pgp", "public.asc"))
	if err != nil {
		return nil, nil, err
	}
	file, err := w.outside.supplier.Delivery(freshBatch, []supplier.Product{{Code: "112", Face: 1200}}, freshCount)
	if err != nil {
		return nil, nil, err
	}
	const to = "stock@evd-operator.example"
	if good, err = w.outside.supplier.Mail(file, to, string(public)); err != nil {
		return nil, nil, err
	}
	forged, err = w.outside.supplier.Mail(file, to, string(public), supplier.WrongSigner)
	return good, forged, err
}

// step is a verb that one of the staff gives.
type step struct {
	by   string
	verb []string
}

// agreeing is how two people agree with the supplier on the product of his mail.
func (w *world) agreeing() []step {
	return []step{
		{staff[0], []string{"product", "add", freshProduct, "--name", "Cell X airtime R12", "--kind", "voucher", "--supplier", "CELLX", "--face", "12.00", "--commission", "5", "--instructions", "Dial *100*PIN# and press call."}},
		{staff[0], []string{"supplier", "agree", "CELLX", filepath.Join(w.folder, "cellx.toml")}},
		{staff[1], []string{"supplier", "approve", "CELLX", "1"}},
	}
}

// byHand tells how to try both workflows. Each line of a command can be pasted.
func (w *world) byHand() string {
	verb := func(by, words string) string {
		return fmt.Sprintf("bin/vendswitch -c %s --by %s --credential %s %s", w.configFile(), by, w.credential(by), words)
	}
	return fmt.Sprintf(`The operator's people are %s and %s; each verb is one's of the two. Import stock that a supplier has mailed.
The first of the mails is forged; and nobody approves what he has imported himself:

%s
%s
%s

Have a customer deposit R300 at a bank for %s, whose phone is told; the switch takes in the bank's SMS at
http://%s/sms/kannel/, to %s, with the secret in %s:

curl -s %sdeposit -d '{"bank":"fnb","amount":30000,"reference":"rent %s"}'
curl -s http://%s/control/messages
%s
`, staff[0], staff[1],
		verb(staff[0], "stock import "+w.forgedMail()), verb(staff[0], "stock import "+w.stockMail()), verb(staff[1], "stock approve CELLX "+freshBatch),
		merchantCode, w.outside.inbound, bankNumber, filepath.Join(w.folder, "sms.secret"),
		w.outside.bankControl, merchantCode, w.outside.address, verb(staff[0], "deposit list --all"))
}
