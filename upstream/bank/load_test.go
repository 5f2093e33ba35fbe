package bank_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/bank"
)

// ownTemplates writes files into a folder.
func ownTemplates(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const link = `
bank = "FNB"
currency = { "R" = "ZAR" }
starts = ['FNB ?:-\)']

[[method]]
says = 'link'
is = 'online'

[[template]]
name = "link-paid"
version = 3
kind = "deposit"
text = 'FNB ?:-\) ?(?P<method>Payment Link) for {amount} paid into {account}\. Ref\.{reference}\. {date} {time}'
example = ["FNB:-) Payment Link for R2500.00 paid into ..482913. Ref.M100234. 14Nov 09:16"]
`

func TestAnOperatorAddsAWordingWithoutTouchingTheOthers(t *testing.T) {
	templates, err := bank.LoadTemplates(ownTemplates(t, map[string]string{"fnb-link.toml": link, "notes.txt": "not read"}))
	if err != nil {
		t.Fatal(err)
	}
	r, err := bank.NewReader(templates, policy(t))
	if err != nil {
		t.Fatal(err)
	}
	n := r.Read(sms("FNB:-) Payment Link for R10.00 paid into ..482913. Ref.M100234. 14Nov 09:16")).Notifications[0]
	if told(n) != "FNB | deposit | 1000 | M100234 | 482913 | - | 09:16 | - | online" || n.Template != "fnb-link/link-paid@3" || n.Verdict != bank.Believed {
		t.Errorf("%s by %s: %s", told(n), n.Template, n.Reason)
	}
	if n := r.Read(sms(paid)).Notifications[0]; n.Template != "fnb/paid-to@1" || n.Verdict != bank.Believed {
		t.Errorf("the other wording is read by %s: %s", n.Template, n.Reason)
	}
	if !slices.Contains(templates.Names(), "fnb-link/link-paid@3") || !slices.Contains(templates.Banks(), "FNB") {
		t.Errorf("%v of %v", templates.Names(), templates.Banks())
	}
}

func TestAnOperatorsFileReplacesTheOneOfItsName(t *testing.T) {
	templates, err := bank.LoadTemplates(ownTemplates(t, map[string]string{"fnb.toml": link}))
	if err != nil {
		t.Fatal(err)
	}
	r, err := bank.NewReader(templates, policy(t))
	if err != nil {
		t.Fatal(err)
	}
	if reading := r.Read(sms(paid)); reading.Verdict != bank.Unparsed {
		t.Errorf("%s by %s", reading.Verdict, reading.Notifications[0].Template)
	}
}

func TestATemplateThatIsWrongIsRefusedBeforeItReadsAnything(t *testing.T) {
	for says, change := range map[string][2]string{
		`fnb-link.toml: template link-paid: no template reads its example "FNB:-) Payment Link for R2500.00`: {`paid into ..482913`, `paid to ..482913`},
		`unknown key template.kinds`:                               {`kind = `, `kinds = `},
		`template link-paid: kind is "income": it must be deposit`: {`"deposit"`, `"income"`},
		`template link-paid: there is no field or part {acount}`:   {`{account}`, `{acount}`},
		`template link-paid: the field amount is asked for twice`:  {`{account}`, `{account} {amount}`},
		`template link-paid: error parsing regexp`:                 {`{time}'`, `{time}('`},
		`template link-paid: a deposit needs {amount}`:             {`{amount}`, `.*`},
		`template link-paid: it needs an example`:                  {`example =`, `but = [] #`},
		`it needs a name, and a version from 1`:                    {`version = 3`, `version = 0`},
		`bank is missing`:                                          {`"FNB"`, `""`},
		`currency "R" = "rand": a symbol stands for three capital`: {`"ZAR"`, `"rand"`},
		`starts is missing`:                                        {`'FNB ?:-\)'`, ``},
		`method: it needs both says and is`:                        {`is = 'online'`, ``},
	} {
		text := strings.Replace(link, change[0], change[1], 1)
		if _, err := bank.LoadTemplates(ownTemplates(t, map[string]string{"fnb-link.toml": text})); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, not %q", err, says)
		}
	}
	if _, err := bank.LoadTemplates(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there was read")
	}
}

func TestAWrongTemplateCannotMakeADepositOfMoneyOut(t *testing.T) {
	// It takes any direction for money in. The words that no deposit has hold it up.
	text := strings.Replace(link, "starts =", "never_deposit = ['paid from']\nstarts =", 1)
	text = strings.Replace(text, `(?P<method>Payment Link) for {amount} paid into {account}`, `(?P<method>Payment Link) for {amount} paid [a-z]+ {account}`, 1)
	templates, err := bank.LoadTemplates(ownTemplates(t, map[string]string{"fnb-link.toml": text}))
	if err != nil {
		t.Fatal(err)
	}
	r, err := bank.NewReader(templates, policy(t))
	if err != nil {
		t.Fatal(err)
	}
	reading := r.Read(sms("FNB:-) Payment Link for R10.00 paid from ..482913. Ref.M100234. 14Nov 09:16"))
	if n := reading.Notifications[0]; n.Kind != bank.Other || reading.Verdict != bank.Unparsed {
		t.Errorf("%s: %s", n.Kind, reading.Verdict)
	}
	if reading := r.Read(sms("FNB:-) Payment Link for R10.00 paid into ..482913. Ref.paid from. 14Nov 09:16")); reading.Verdict != bank.Believed {
		t.Errorf("the payer's words count: %s", reading.Reason)
	}
}

func TestTheTemplatesOfTheManualAreRight(t *testing.T) {
	manual, err := os.ReadFile("../../docs/banks.md")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	whole := ""
	for _, part := range strings.Split(string(manual), "```toml\n")[1:] {
		text, _, _ := strings.Cut(part, "```")
		switch {
		case strings.HasPrefix(text, "bank ="):
			whole = text
			files["whole.toml"] = text
		case strings.HasPrefix(text, "[[template]]"):
			files["block.toml"] = whole[:strings.Index(whole, "[parts]")] + text
		}
	}
	templates, err := bank.LoadTemplates(ownTemplates(t, files))
	if err != nil || !slices.Contains(templates.Names(), "whole/link-paid@1") || !slices.Contains(templates.Names(), "block/notice@1") {
		t.Errorf("%v: %v", templates, err)
	}
}
