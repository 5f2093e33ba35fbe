package main

import (
	"path/filepath"
	"slices"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/conformance/suite"
)

// meters are those of the default town, as a profile lists them.
func meters() map[string]string {
	all := map[string]string{}
	for kind, number := range utility.Numbers() {
		all[string(kind)] = number
	}
	return all
}

// townProfile is what vendconform must know of a simulated utility.
func townProfile(url string, config utility.Config) suite.Profile {
	c := utility.DemoClient()
	duplicates := "replay"
	if config.Duplicates == utility.RefuseDuplicates {
		duplicates = "refuse"
	}
	return suite.Profile{
		URL: url, Client: c.EAN, Terminal: "1", Operator: c.Operator, Password: c.Password, Currency: "ZAR", OnDuplicate: duplicates,
		Operations: slices.DeleteFunc(utility.Operations(), func(element string) bool { return slices.Contains(config.Lacks, element) }),
		Features:   []string{"gzip", "soap12", "customer-search", "must-understand", "confirmation", "reversal", "new-password"},
		Amounts:    suite.Amounts{Buy: "20.00", Other: "30.00", Below: "1.00", Above: "9000.00", Large: "200.00"},
		Meters:     meters(),
	}
}

// profile is what vendconform must know of the world's switch. The amounts are small:
// a run fits into the merchant's credit.
//
// It does not claim that a password can be changed: should the switch stop trying
// passwords in between, for a run sends many wrong ones, it would stay changed.
func (w *world) profile() suite.Profile {
	p := suite.Profile{
		URL: w.url(), Client: clientEAN, Terminal: terminalID, Operator: opName, Password: password, Currency: "ZAR",
		Product: "CELLX10", OnDuplicate: "replay",
		Operations: []string{
			"confirmCustomerReq", "trialCreditVendReq", "creditVendReq", "adviceReq", "voucherVendReq", "catalogueReq",
			"reprintReq", "vendorStatementReq", "depositReq", "reprintDepReq",
			"startBatchReq", "endBatchReq", "totalBatchReq", "reprintEndBatchReq", "fbeReq", "freeIssueReq",
			"meterCreditTransferReq", "payAccReq", "cancelVendReq", "verifyReq", "confirmMeterReq", "updateMeterKeyReq",
			"meterSpecificEngReq", "nonMeterSpecificEngReq", "custReportFaultReq",
		},
		Features: []string{"gzip", "soap12", "terminals", "void", "must-understand", "digest", "confirmation", "reversal"},
		Amounts:  suite.Amounts{Buy: "10.00", Other: "11.00", Below: "1.00", Above: "9000.00", Large: "80.00"},
		Meters:   meters(),
	}
	if w.papers.on() {
		c := w.papers.client()
		p.TLS = suite.TLS{CA: c.Authorities[0], Cert: c.Certificate, Key: c.Key}
	}
	return p
}

// writeProfile writes profile.toml beside demo.json.
func (w *world) writeProfile() (string, error) {
	name := filepath.Join(w.folder, "profile.toml")
	return name, w.profile().WriteFile(name)
}
