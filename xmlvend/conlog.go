package xmlvend

import "slices"

// conlogRules are about what Conlog's servers (.NET) and the clients written for them
// do alike in all versions seen (Curaçao, Angola, South Sudan).
var conlogRules = []rule{
	{"type-without-prefix", typeWithoutPrefix},
	{"vending-server-named", vendingServerNamed},
	{"resource-missing", resourceMissing},
	{"ean-of-other-length", eanOfOtherLength},
	{"message-id-number", messageIDNumber},
	{"fault-in-no-namespace", faultInNoNamespace},
	{"fault-without-server", faultWithoutServer},
	{"tariff-breakdown", tariffBreakdown},
	{"monthly-totals", monthlyTotals},
	{"answer-extensions", answerExtensions},
	{"vat-as-charge", vatAsCharge},
	{"currency-missing", currencyMissing},
	{"algorithm-missing", algorithmMissing},
	{"tariff-index-of-one-digit", tariffIndexOfOneDigit},
	{"tax-reference-missing", taxReferenceMissing},
	{"vendor-empty", vendorEmpty},
	{"space-in-account-reference", spaceInAccountReference},
	{"account-reference-too-long", accountReferenceTooLong},
	{"name-blank-or-with-digits", nameBlankOrWithDigits},
	{"unit-in-capitals", unitInCapitals},
}

// conlogTexts are descriptions of faults that Conlog's servers call a SystemEx, as
// nearly all of theirs. Only these were seen and mean but one thing. "Vending Server
// Cluster Error", the heading of them all, means nothing.
var conlogTexts = map[string]FaultClass{
	"meter not found": UnknownMeterEx,
}

// conlogForm is how Conlog's servers send a fault. Their clients look for it under
// that name, and tell a message id used before and an unknown meter by the words.
var conlogForm = faultForm{
	element: qname("", "XMLVendFaultResp"),
	text:    "Soap Exception From Server",
	words: map[FaultClass]string{
		DuplicateMsgIDEx: "Transaction has been terminated due to duplicate unique value.",
		UnknownMeterEx:   "Meter Not Found",
	},
}

// conlog2016 is the dialect of Conlog's older servers.
var conlog2016 = &Dialect{
	name: "conlog-2016", rules: conlogRules, texts: conlogTexts, form: conlogForm, eskom: true, refuses: true,
}

// conlog2021 is the dialect of Conlog's newer servers, which send the utility with
// every answer, in front.
var conlog2021 = &Dialect{
	name:  "conlog-2021",
	rules: slices.Concat(conlogRules, []rule{{"utility-before-status", utilityBeforeStatus}}),
	texts: conlogTexts, form: conlogForm, eskom: true, refuses: true,
}
