package bank_test

import (
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/bank"
)

func TestMerchantKeysAreFoundInAReference(t *testing.T) {
	p := policy(t)
	p.Keys = append(p.Keys, bank.KeyShape{Pattern: `SP-?[0-9]{5}`, Check: bank.Luhn})
	r := reader(t, p)
	for reference, want := range map[string]string{
		"M100234":                         "M100234",
		"m100234.":                        "M100234",
		"ABSA BANK M100602":               "M100602",
		"Mr. Dube(M100402)":               "M100402",
		"M100402 and M100402":             "M100402",
		"M100402/M100403":                 "M100402 M100403",
		"XM100402":                        "",
		"M1004025":                        "",
		"M100402A":                        "",
		"M200402":                         "",
		"BANKM100402":                     "",
		"0835550190 float":                "0835550190",
		"+27 83 555 0190":                 "0835550190",
		"27835550190":                     "0835550190",
		"0027-83-555-0190":                "0835550190",
		"083 555 0190":                    "0835550190",
		"083.555.0190, M100402":           "M100402 0835550190",
		"10 0835550190":                   "0835550190",
		"083555019":                       "",
		"08355501901":                     "",
		"0115550190":                      "",
		"4259522 0835550190":              "0835550190",
		"airtime pls":                     "",
		"":                                "",
		"FUND TRANSFERS MARSHALLTOWN ZA":  "",
		"SP-79927":                        "!SP79927",
		"SP79922 M100402":                 "M100402 !SP79922",
		"SP18 SP00018 x":                  "SP00018",
		"FNB:-) R9 paid to..1. M100234":   "",
		"x FNB :-) M100234":               "",
		"R500.00 paid M100234":            "",
		"R500 M100234":                    "M100234",
		"Absa: CHEQ6485, M100234":         "",
		"\xff M100234 \xf0":               "M100234",
		strings.Repeat("0", 500):          "",
		"é0835550190":                     "",
		"Standard Bank: x M100234":        "",
		"from standard bank acc. M100234": "M100234",
	} {
		c := r.Candidates(reference)
		got := c.Keys
		for _, k := range c.Mistyped {
			got = append(got, "!"+k)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("in %q there are %q, not %q", reference, got, want)
		}
	}
}

func TestAPolicyThatSaysSomethingElseThanItSeemsIsRefused(t *testing.T) {
	for says, spoil := range map[string]func(*bank.Policy){
		`bank "Fnb" has no templates; there are those of Absa, Capitec, FNB`: func(p *bank.Policy) { p.Banks[0].Name = "Fnb" },
		`bank "Absa" is there twice`:                                         func(p *bank.Policy) { p.Banks[0].Name = "Absa" },
		`"fnb.co.za" is not a mail address`:                                  func(p *bank.Policy) { p.Banks[0].MailFrom = []string{"fnb.co.za"} },
		`"FNB <a@b>" is not a mail address`:                                  func(p *bank.Policy) { p.Banks[0].MailFrom = []string{"FNB <a@b>"} },
		`a sender id is empty`:                                               func(p *bank.Policy) { p.Banks[0].SMSSenders = []string{" "} },
		`account "913" is not at least`:                                      func(p *bank.Policy) { p.Banks[0].Accounts[0].Number = "913" },
		`account "..482913" is not at least`:                                 func(p *bank.Policy) { p.Banks[0].Accounts[0].Number = "..482913" },
		`currency "rand" is not three capital`:                               func(p *bank.Policy) { p.Banks[0].Accounts[0].Currency = "rand" },
		`the policy has no time zone`:                                        func(p *bank.Policy) { p.Zone = nil },
		`key "M[": `:                                                         func(p *bank.Policy) { p.Keys[0].Pattern = "M[" },
		`key "M*" is found in every text`:                                    func(p *bank.Policy) { p.Keys[0].Pattern = "M*" },
		`check is "crc": it must be luhn`:                                    func(p *bank.Policy) { p.Keys[0].Check = "crc" },
	} {
		p := policy(t)
		spoil(&p)
		if _, err := bank.NewReader(bank.DefaultTemplates(), p); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, not %q", err, says)
		}
	}
}
