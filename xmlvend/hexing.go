package xmlvend

// hexing is the dialect of Hexing's servers and of the clients written for them
// (seen in South Africa, Libya, Senegal and Uganda).
//
// VD.17020008, "order being processed", is left a SystemEx on purpose: the
// outcome of the order is not known.
var hexing = &Dialect{
	name: "hexing",
	rules: []rule{
		{"resource-missing", resourceMissing},
		{"message-id-date", messageIDDate},
		{"new-password-empty", newPasswordEmpty},
		{"blank-in-empty-element", blankInEmptyElement},
		{"meter-detail-of-number-alone", meterDetailOfNumberAlone},
		{"meter-detail-extras", meterDetailExtras},
		{"credit-step", creditStep},
		{"tax-reference-missing", taxReferenceMissing},
		{"vat-as-fraction", vatAsFraction},
		{"rounding-of-all", roundingOfAll},
		{"heading-with-pipes", headingWithPipes},
		{"space-in-account-reference", spaceInAccountReference},
		{"account-reference-too-long", accountReferenceTooLong},
		{"name-blank-or-with-digits", nameBlankOrWithDigits},
		{"unit-in-capitals", unitInCapitals},
		{"fault-without-header", faultWithoutHeader},
	},
	classes: map[string]FaultClass{
		"VD.01010001": ConfirmCustomerEx,
		"VD.01010004": UnknownMeterEx,
		"VD.01010008": BusinessRuleEx, // postpaid meter
		"VD.01010014": UnknownMeterEx,
		"VD.01010015": UnknownMeterEx,
		"VD.01010017": UnknownMeterEx,
		"VD.01010018": UnknownMeterEx,
		"VD.01010019": UnknownMeterEx,
		"VD.15010021": UnknownMeterEx,
		"VD.13020116": BusinessRuleEx, // below the minimum amount
		"VD.010032":   ClientIDAuthorisationEx,
		"VD.17020006": VendorCreditEx,
		"VD.17020012": BusinessRuleEx, // free issue on its own is closed
	},
	form: faultForm{
		codes: map[FaultClass]string{
			ConfirmCustomerEx:       "VD.01010001",
			UnknownMeterEx:          "VD.01010004",
			ClientIDAuthorisationEx: "VD.010032",
			VendorCreditEx:          "VD.17020006",
		},
		text: "NRSFaultResponseSoapOut",
	},
}
