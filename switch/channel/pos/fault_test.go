package pos_test

import (
	"testing"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/switch/channel/pos"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestFaultIsToldInTheClassThatTheClientKnows(t *testing.T) {
	supplier := func(class xmlvend.FaultClass) vending.Fault {
		return vending.Fault{Code: vending.CodeSupplier, Class: string(class), Text: "no"}
	}
	for _, row := range []struct {
		name            string
		fault           vending.Fault
		plain, extended xmlvend.FaultClass
	}{
		{"internal", vending.Fault{Code: vending.CodeInternal}, xmlvend.SystemEx, xmlvend.SystemEx},
		{"client", vending.Fault{Code: vending.CodeClient}, xmlvend.ClientIDAuthorisationEx, xmlvend.ClientIDAuthorisationEx},
		{"certificate", vending.Fault{Code: vending.CodeCertificate}, xmlvend.ClientIDSSLEx, xmlvend.ClientIDSSLEx},
		{"merchant", vending.Fault{Code: vending.CodeMerchant}, xmlvend.ClientIDAuthorisationEx, xmlvend.ClientIDAuthorisationEx},
		{"terminal", vending.Fault{Code: vending.CodeTerminal}, xmlvend.RequestAuthorisationEx, xmlvend.RequestAuthorisationEx},
		{"credentials", vending.Fault{Code: vending.CodeCredentials}, xmlvend.RequestAuthorisationEx, xmlvend.RequestAuthorisationEx},
		{"right", vending.Fault{Code: vending.CodeRight}, xmlvend.RequestAuthorisationEx, xmlvend.RequestAuthorisationEx},
		{"funds", vending.Fault{Code: vending.CodeFunds}, xmlvend.VendorCreditEx, xmlvend.VendorCreditEx},
		{"amount", vending.Fault{Code: vending.CodeAmount}, xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"product", vending.Fault{Code: vending.CodeProduct}, xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"stock", vending.Fault{Code: vending.CodeStock}, xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"meter", vending.Fault{Code: vending.CodeMeter}, xmlvend.STSDataEx, xmlvend.STSDataEx},
		{"meter, check digit", vending.Fault{Code: vending.CodeMeter, Class: "MSNOCheckDigitEx"}, xmlvend.MSNOCheckDigitEx, xmlvend.MSNOCheckDigitEx},
		{"unknown meter", vending.Fault{Code: vending.CodeUnknownMeter}, xmlvend.UnknownMeterEx, xmlvend.UnknownMeterEx},
		{"unavailable", vending.Fault{Code: vending.CodeUnavailable}, xmlvend.SystemEx, xmlvend.SystemEx},
		{"unknown outcome", vending.Fault{Code: vending.CodeUnknownOutcome}, xmlvend.SystemEx, xmlvend.SystemEx},
		{"indeterminate", vending.Fault{Code: vending.CodeIndeterminate}, xmlvend.SystemEx, xmlvend.IndeterminantLastResponseEx},
		{"message taken", vending.Fault{Code: vending.CodeMessageTaken}, xmlvend.BusinessRuleEx, xmlvend.DuplicateMsgIDEx},
		{"message void", vending.Fault{Code: vending.CodeMessageVoid}, xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"not found", vending.Fault{Code: vending.CodeNotFound}, xmlvend.LastResponseEx, xmlvend.LastResponseEx},
		{"repeated", vending.Fault{Code: vending.CodeRepeated}, xmlvend.SystemEx, xmlvend.DuplicateMsgIDEx},
		{"reversed", vending.Fault{Code: vending.CodeReversed}, xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"reprint", vending.Fault{Code: vending.CodeReprint}, xmlvend.ReprintEx, xmlvend.ReprintEx},
		{"confirmation", vending.Fault{Code: vending.CodeConfirmation}, xmlvend.ConfirmationEx, xmlvend.ConfirmationEx},
		{"reversal", vending.Fault{Code: vending.CodeReversal}, xmlvend.ReversalEx, xmlvend.ReversalEx},
		{"reprint of a slip", vending.Fault{Code: vending.CodeReprintSlip}, xmlvend.ReprintDepositSlipEx, xmlvend.ReprintDepositSlipEx},
		{"reprint of a batch", vending.Fault{Code: vending.CodeReprintBatch}, xmlvend.ReprintEndBatchEx, xmlvend.ReprintEndBatchEx},
		{"start of a batch", vending.Fault{Code: vending.CodeStartBatch}, xmlvend.StartBatchEx, xmlvend.StartBatchEx},
		{"end of a batch", vending.Fault{Code: vending.CodeEndBatch}, xmlvend.EndBatchEx, xmlvend.EndBatchEx},
		{"totals of a batch", vending.Fault{Code: vending.CodeTotalBatch}, xmlvend.CheckBatchTotalEx, xmlvend.CheckBatchTotalEx},
		{"unsupported", vending.Fault{Code: vending.CodeUnsupported}, xmlvend.UseCaseSupportEx, xmlvend.UseCaseSupportEx},

		{"supplier: about the meter", supplier(xmlvend.BlockedMeterEx), xmlvend.BlockedMeterEx, xmlvend.BlockedMeterEx},
		{"supplier: about the customer", supplier(xmlvend.DebtEx), xmlvend.DebtEx, xmlvend.DebtEx},
		{"supplier: of Eskom's extension", supplier(xmlvend.GracePurchaseEx), xmlvend.BusinessRuleEx, xmlvend.GracePurchaseEx},
		{"supplier: any rule", supplier(xmlvend.BusinessRuleEx), xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"supplier: about our account there", supplier(xmlvend.VendorCreditEx), xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"supplier: about our message id there", supplier(xmlvend.DuplicateMsgIDEx), xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
		{"supplier: a class of nobody", supplier("NoSuchEx"), xmlvend.BusinessRuleEx, xmlvend.BusinessRuleEx},
	} {
		t.Run(row.name, func(t *testing.T) {
			for extended, want := range map[bool]xmlvend.FaultClass{false: row.plain, true: row.extended} {
				told := pos.Refusal(&row.fault, extended)
				if told.Fault.Class != want {
					t.Errorf("told as %s, want %s (extension: %v)", told.Fault.Class, want, extended)
				}
				if told.Fault.Desc == "" || told.DispHeader == "" || told.OperatorMsg == "" || told.CustMsg == "" {
					t.Errorf("somebody is told nothing: %+v", told)
				}
			}
		})
	}
}

func TestRefusedRepeatIsNotToldAsNotSold(t *testing.T) {
	fault := &vending.Fault{Code: vending.CodeRepeated}
	if class := pos.Refusal(fault, false).Fault.Class; class != xmlvend.SystemEx {
		t.Errorf("told as %s, want SystemEx", class)
	}
	if class := pos.Refusal(fault, true).Fault.Class; class != xmlvend.DuplicateMsgIDEx {
		t.Errorf("told as %s, want DuplicateMsgIDEx where the client knows it", class)
	}
}

func TestWordsOfTheSwitchAndOfTheSupplierComeFirst(t *testing.T) {
	told := pos.Refusal(&vending.Fault{Code: vending.CodeSupplier, Text: "arrears", Operator: "Send him to the office.", Customer: "Go to the office."}, false)
	if told.Fault.Desc != "arrears" || told.OperatorMsg != "Send him to the office." || told.CustMsg != "Go to the office." {
		t.Errorf("told %+v", told)
	}
}
