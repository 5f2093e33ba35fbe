package xmlvend_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func ptr[T any](v T) *T { return &v }

func zar(value xmlvend.Decimal) xmlvend.Currency {
	return xmlvend.Currency{Value: value, Symbol: "ZAR"}
}

const when = xmlvend.DateTime("2026-11-23T08:30:00+02:00")

var (
	reqHead = xmlvend.RequestHeader{
		Client:   xmlvend.EAN("6009990000018"),
		Terminal: xmlvend.Generic("till <7> & \"co\""),
		MsgID:    xmlvend.MsgID{DateTime: "20261123083000", UniqueNumber: "000412"},
		AuthCred: &xmlvend.AuthCred{OpName: "clerk01", Password: "Sample123", NewPassword: "Sample&456"},
	}
	respHead = xmlvend.ResponseHeader{
		Client:       xmlvend.EAN("6009990000018"),
		Server:       xmlvend.EAN("6009990009004"),
		Terminal:     xmlvend.Generic("1"),
		ReqMsgID:     reqHead.MsgID,
		RespDateTime: when,
		DispHeader:   "HEADING",
		OperatorMsg:  "for the operator",
		CustMsg:      "für die Kundin ✓",
	}
	vendReqHead = xmlvend.VendRequestHeader{
		RequestHeader: reqHead,
		Resource:      xmlvend.Electricity,
		Meter:         xmlvend.MeterNumber{MSNO: "07215001236"},
	}
	vendRespHead = xmlvend.VendResponseHeader{
		ResponseHeader: respHead,
		ClientStatus: xmlvend.ClientStatus{
			AvailCredit: zar("-180.00"),
			BatchStatus: &xmlvend.BatchStatus{Banking: xmlvend.BatchOpen, Sales: xmlvend.BatchClosed, Shift: xmlvend.BatchOpen},
		},
		Utility: xmlvend.UtilityDetail{Name: "Sample Municipality", Address: "1 Civic Square", TaxRef: "4123456789"},
		Vendor:  &xmlvend.VendorDetail{Name: "Corner Store", Address: "12 Main Road"},
		CustVendDetail: &xmlvend.CustVendDetail{
			CustDetail:       customer,
			DaysLastPurchase: "12",
		},
	}
	customer = xmlvend.CustDetail{Name: "A CUSTOMER", Address: "7 Acacia Street", ContactNo: "0115550100", AccNo: "ACC1", LocRef: "ERF1"}

	meterDetail = xmlvend.MeterDetail{
		MSNO: "07215001236", SGC: "100600", KRN: "1", TI: "07", Type: xmlvend.MeterType{AT: "07", TT: "02"},
	}
	extMeterDetail = xmlvend.MeterDetail{
		MSNO: "07215001236", SGC: "100600", KRN: "1", TI: "07", Type: xmlvend.MeterType{AT: "07", TT: "01"},
		Ext: &xmlvend.MeterDetailExt{Track2: "600727072150012344===0207100600071", UseSTT: ptr(true)},
	}
	meterCard = xmlvend.MeterCard{Track2: "600727072150012344=2711=0207100600071"}

	tokenIssue = xmlvend.TokenIssue{
		Desc: "Token", MeterDetail: meterDetail, Token: xmlvend.STS1Token{Cipher: "30918274650192837465"},
	}
	kctData = xmlvend.KCTData{FromSGC: "100600", FromKRN: "1", FromTI: "07", ToSGC: "100601", ToKRN: "2", ToTI: "08"}
	pwrLmt  = xmlvend.PwrLmt{Value: "12.5", SIUnit: "kW"}
	kcIssue = xmlvend.KCTokenIssue{
		TokenIssue: xmlvend.TokenIssue{Desc: "Key change", MeterDetail: extMeterDetail, Token: xmlvend.KCToken{
			Set1stMeterKey: xmlvend.STS1Token{Cipher: "08248274650192837462"},
			Set2ndMeterKey: xmlvend.STS1Token{Cipher: "40560274650192837786"},
		}},
		KCTData:     kctData,
		PwrLmtToken: &xmlvend.PwrLmtTokenIssue{TokenIssue: tokenIssue, PwrLmt: pwrLmt},
	}
	creditTx = xmlvend.CreditVendTx{
		TxCommon:         xmlvend.TxCommon{ReceiptNo: "R1", Amt: zar("173.91"), Tax: []xmlvend.Tax{{Amt: zar("26.09"), Rate: "15"}}},
		CreditTokenIssue: creditIssue(xmlvend.SaleCreditToken),
		KCTokenIssue:     &kcIssue,
		Tariff:           &xmlvend.Tariff{Name: "Home Light 1", Desc: "Flat rate"},
	}
	creditReceipt = xmlvend.Receipt{ReceiptNo: "R1", Transactions: xmlvend.Transactions{
		Tx: []xmlvend.Tx{
			&creditTx,
			&xmlvend.PayAccTx{TxCommon: xmlvend.TxCommon{Amt: zar("40.00")}, Kind: xmlvend.AccountDebtRecovery,
				AccDesc: "Arrears", AccNo: "ACC1", Balance: ptr(zar("360.00"))},
			&xmlvend.PayAccTx{TxCommon: xmlvend.TxCommon{Amt: zar("10.00")}, Kind: xmlvend.AccountServiceCharge,
				AccDesc: "Network", Tariff: &xmlvend.Tariff{Name: "T"}},
			&xmlvend.PayAccTx{TxCommon: xmlvend.TxCommon{Amt: zar("1")}, AccDesc: "Other"},
		},
		LessRound: ptr(zar("0.01")),
		TenderAmt: ptr(zar("251.00")),
		Change:    ptr(zar("0")),
	}}
	voucherResp = xmlvend.VoucherVendResp{VendResponseHeader: vendRespHead, Receipt: xmlvend.Receipt{
		ReceiptNo: "R2",
		Transactions: xmlvend.Transactions{TenderAmt: ptr(zar("20.00")), Tx: []xmlvend.Tx{&xmlvend.VoucherTx{
			TxCommon: xmlvend.TxCommon{Amt: zar("17.39"), Tax: []xmlvend.Tax{{Amt: zar("2.61"), Rate: "15.0"}}},
			Product:  xmlvend.Product{Code: "AIR-10", Name: "Airtime R10"},
			Vouchers: []xmlvend.Voucher{
				{Serial: "S1", PIN: "123456789012", FaceValue: zar("10"), Expiry: "2027-11-23", Instructions: "Dial *100*PIN#\nthen call"},
				{Serial: "S2", PIN: "123456789013", FaceValue: zar("10")},
			},
		}}},
	}}
	depositSlip = xmlvend.DepositSlip{BankingRefNo: "B1", Header: "DEPOSIT", Amt: zar("4350.00"), Beneficiary: &xmlvend.Beneficiary{
		AccName: "Sample", AccNo: "123", BranchCode: "250655", BankName: "Bank", BankRegNo: "1929/001225/06"}}
	shift = xmlvend.ShiftBatch{BatchTotals: xmlvend.BatchTotals{
		SeqNo: "101", Started: when, Ended: when, BatchTot: zar("4350.00"),
		TotTax: &xmlvend.Tax{Amt: zar("567.39"), Rate: "15"},
		Report: &xmlvend.BatchReport{
			Tx:        []xmlvend.AmountTotal{{Kind: "NormalSaleTotal", Desc: "Sales", Amt: zar("1")}, {Kind: "AccPaymentTotal", Desc: "Accounts", Amt: zar("2")}},
			Operators: []xmlvend.OperatorTotal{{OpName: "clerk01", Amt: zar("3")}},
			PayTypes:  []xmlvend.AmountTotal{{Kind: "OtherTotal", Desc: "Other", Amt: zar("3")}},
			Resources: []xmlvend.ResourceTotal{
				{Kind: "ResourceTotal", Desc: "Any", Units: kwh("1")},
				{Kind: "GasTotal", Desc: "Gas", Units: kwh("2")}},
		}}}
	sales = xmlvend.SalesBatch{BatchTotals: xmlvend.BatchTotals{SeqNo: "42", Started: when, Ended: when, BatchTot: zar("1")},
		FirstTxSeqNo: "1", LastTxSeqNo: "9", Shifts: []xmlvend.ShiftBatch{shift}}
	bank = xmlvend.BankBatch{BatchTotals: xmlvend.BatchTotals{SeqNo: "7", Started: when, Ended: when, BatchTot: zar("1")},
		FirstSalesSeqNo: "41", LastSalesSeqNo: "42", Slip: &depositSlip, Sales: []xmlvend.SalesBatch{sales}}
	shiftStart = xmlvend.ShiftStart{SeqNo: "101", Started: when}
	salesStart = xmlvend.SalesStart{SeqNo: "42", Started: when, Shifts: []xmlvend.ShiftStart{shiftStart}}
)

func kwh(value xmlvend.Decimal) xmlvend.Units { return xmlvend.Units{Value: value, SIUnit: "kWh"} }

func creditIssue(kind xmlvend.CreditKind) xmlvend.CreditTokenIssue {
	return xmlvend.CreditTokenIssue{TokenIssue: tokenIssue, Kind: kind, Units: kwh("64.7"), Resource: xmlvend.Water}
}

func adviceHead() xmlvend.AdviceHeader {
	return xmlvend.AdviceHeader{RequestHeader: reqHead, AdviceReqMsgID: xmlvend.MsgID{DateTime: "20261123082900", UniqueNumber: "411"}}
}

func adviceRespHead() xmlvend.AdviceRespHeader {
	return xmlvend.AdviceRespHeader{ResponseHeader: respHead, AdviceReqMsgID: adviceHead().AdviceReqMsgID}
}

// messages holds one message at least of every kind, with every optional part
// in use somewhere.
func messages() []xmlvend.Message {
	creditResp := xmlvend.CreditVendResp{VendResponseHeader: vendRespHead, Receipt: creditReceipt}
	byMeter := xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: "07215001236"}}
	all := []xmlvend.Message{
		&creditResp,
		&xmlvend.TrialCreditVendReq{VendRequestHeader: vendReqHead, PurchaseValue: xmlvend.PurchaseValueUnits{Units: kwh("50")}, PayType: xmlvend.UnknownPay{}},
		&xmlvend.TrialCreditVendResp{CreditVendResp: creditResp},
		&xmlvend.ConfirmCustomerResp{ResponseHeader: respHead, Results: []xmlvend.ConfirmCustResult{{
			Customer:    *vendRespHead.CustVendDetail,
			Config:      xmlvend.CustVendConfig{CanVend: true, FBEDue: ptr(false), MaxVendAmt: ptr(zar("2000")), MinVendAmt: ptr(zar("10"))},
			MeterDetail: &extMeterDetail,
		}}},
		&xmlvend.ConfirmationAdviceReq{AdviceHeader: adviceHead(), PayType: xmlvend.Cash{TenderAmt: zar("200.00")}},
		&xmlvend.ConfirmationAdviceResp{AdviceRespHeader: adviceRespHead(), TxConfirmed: true},
		&xmlvend.ReversalAdviceReq{AdviceHeader: adviceHead()},
		&xmlvend.ReversalAdviceResp{AdviceRespHeader: adviceRespHead()},
		&xmlvend.LastRespAdviceReq{AdviceHeader: adviceHead()},
		&xmlvend.LastRespAdviceResp{AdviceRespHeader: adviceRespHead(), LastResponse: &voucherResp},
		&xmlvend.LastRespAdviceResp{AdviceRespHeader: adviceRespHead(), LastResponse: &xmlvend.BaseResp{ResponseHeader: respHead}},
		&xmlvend.LastRespAdviceResp{AdviceRespHeader: adviceRespHead(), LastResponse: &xmlvend.FaultResp{
			ResponseHeader: respHead, Fault: xmlvend.Fault{Class: xmlvend.VendorCreditEx, Desc: "No credit"}}},
		&xmlvend.ReprintReq{RequestHeader: reqHead, ID: byMeter},
		&xmlvend.ReprintResp{ResponseHeader: respHead, Reprints: []xmlvend.VendResponse{
			&creditResp, &xmlvend.FBEResp{CreditVendResp: creditResp}, &xmlvend.BaseVendResp{VendResponseHeader: vendRespHead}}},
		&xmlvend.FBEReq{VendRequestHeader: vendReqHead},
		&xmlvend.FBEResp{CreditVendResp: creditResp},
		&xmlvend.FreeIssueReq{VendRequestHeader: vendReqHead},
		&xmlvend.FreeIssueResp{CreditVendResp: creditResp},
		&xmlvend.MeterCreditTransferReq{VendRequestHeader: vendReqHead, ChgOutUnits: kwh("31.4"), Detail: xmlvend.CreditTransferDetail{OldMSNO: "04300777127"}},
		&xmlvend.MeterCreditTransferResp{VendResponseHeader: vendRespHead, Detail: xmlvend.CreditTransferDetail{OldMSNO: "04300777127", RefNo: "JOB1"}, Tx: creditTx},
		&xmlvend.CancelVendReq{VendRequestHeader: vendReqHead, Token: tokenIssue.Token},
		&xmlvend.CancelVendResp{VendResponseHeader: vendRespHead, CancelRefNo: "C1", OrigTx: creditTx},
		&xmlvend.VerifyReq{RequestHeader: reqHead, Token: kcIssue.Token, Meter: meterCard},
		&xmlvend.PayAccReq{RequestHeader: reqHead, ReqAmt: zar("750.00"), Account: xmlvend.PayAccount{Kind: xmlvend.AccountServiceCharge, Desc: "Levy", ID: byMeter}},
		&xmlvend.PayAccReq{RequestHeader: reqHead, ReqAmt: zar("750.00"), Account: xmlvend.PayAccount{ID: byMeter}},
		&xmlvend.PayAccResp{VendResponseHeader: vendRespHead, Receipt: xmlvend.PayAccReceipt{Receipt: creditReceipt, MeterDetail: &meterDetail}},
		&xmlvend.VendorStatementReq{RequestHeader: reqHead},
		&xmlvend.VendorStatementResp{ResponseHeader: respHead, AccNo: "VEN7", AccBal: zar("-120.00"), AvailCredit: zar("9880.00"),
			Lines: []xmlvend.VendorStatementLine{{Desc: "Deposit", Amt: zar("10000.00"), AppliedDate: when}}},
		&xmlvend.DepositReq{RequestHeader: reqHead},
		&xmlvend.DepositResp{ResponseHeader: respHead, Slip: depositSlip},
		&xmlvend.ReprintDepositReq{RequestHeader: reqHead},
		&xmlvend.ReprintDepositResp{ResponseHeader: respHead, Reprints: []xmlvend.DepositResp{{ResponseHeader: respHead, Slip: depositSlip}}},
		&xmlvend.StartBatchResp{ResponseHeader: respHead, Batch: &shiftStart},
		&xmlvend.StartBatchResp{ResponseHeader: respHead, Batch: &xmlvend.BankStart{SeqNo: "7", Started: when, Sales: []xmlvend.SalesStart{salesStart}}},
		&xmlvend.StartBatchResp{ResponseHeader: respHead, Batch: &salesStart},
		&xmlvend.EndBatchResp{ResponseHeader: respHead, Batch: &bank},
		&xmlvend.TotalBatchResp{ResponseHeader: respHead, Batches: []xmlvend.Batch{&bank, &sales, &shift}},
		&xmlvend.ReprintEndBatchReq{RequestHeader: reqHead, Level: xmlvend.BankLevel, SeqNo: "7", All: ptr(false)},
		&xmlvend.ReprintEndBatchReq{RequestHeader: reqHead, Level: xmlvend.SalesLevel},
		&xmlvend.ReprintEndBatchReq{RequestHeader: reqHead, Level: xmlvend.ShiftLevel, SeqNo: "101"},
		&xmlvend.ReprintEndBatchResp{ResponseHeader: respHead, Reprint: xmlvend.EndBatchResp{ResponseHeader: respHead, Batch: &sales}},
		&xmlvend.ConfirmMeterReq{RequestHeader: reqHead, Meter: extMeterDetail},
		&xmlvend.ConfirmMeterResp{ResponseHeader: respHead, MeterDetail: extMeterDetail},
		&xmlvend.UpdateMeterKeyReq{RequestHeader: reqHead, Meter: meterCard},
		&xmlvend.UpdateMeterKeyReq{RequestHeader: reqHead, Meter: meterDetail},
		&xmlvend.UpdateMeterKeyResp{VendResponseHeader: vendRespHead, Issue: kcIssue},
		&xmlvend.CustReportFaultReq{RequestHeader: reqHead, Customer: customer, Report: xmlvend.CustFaultReport{
			Kind: xmlvend.MeterFault, Desc: "Blank display", Meter: meterDetail}},
		&xmlvend.CustReportFaultReq{RequestHeader: reqHead, Customer: customer, Report: xmlvend.CustFaultReport{Desc: "Something"}},
		&xmlvend.CustReportFaultResp{ResponseHeader: respHead, RefNo: "F1", Customer: customer, Report: xmlvend.CustFaultReport{Kind: xmlvend.NetworkFault}},
		&xmlvend.VoucherVendReq{RequestHeader: reqHead, ProductCode: "AIR-10", Quantity: 10, Recipient: "+27831234567"},
		&voucherResp,
		&xmlvend.VoucherReprintReq{RequestHeader: reqHead, ReceiptNo: "R2"},
		&xmlvend.VoucherReprintResp{VoucherVendResp: voucherResp, SoldAt: when},
		&xmlvend.CatalogueReq{RequestHeader: reqHead},
		&xmlvend.CatalogueResp{ResponseHeader: respHead},
		&xmlvend.CatalogueResp{ResponseHeader: respHead, Products: []xmlvend.CatalogueProduct{
			{Product: xmlvend.Product{Code: "AIR-10", Name: "Airtime R10"}, Kind: xmlvend.VoucherProduct, Price: ptr(zar("10.00"))},
			{Product: xmlvend.Product{Code: "ELEC", Name: "Electricity"}, Kind: xmlvend.ElectricityProduct,
				Range: &xmlvend.PriceRange{Min: zar("10"), Max: zar("5000")}},
		}},
	}
	for _, class := range []xmlvend.TokenClass{{Credit: "Water Token"}, {NonMeterManagement: "TestDisp"}, {MeterManagement: "ClearTamper"}} {
		all = append(all, &xmlvend.VerifyResp{VendResponseHeader: vendRespHead, Tx: creditTx,
			TokenInfo: xmlvend.TokenInfo{TokenID: "16473345", TransferAmt: "64.7", Class: class}})
	}
	for _, pay := range []xmlvend.PayType{
		xmlvend.Cash{TenderAmt: zar("200.00")},
		xmlvend.UnknownPay{},
		xmlvend.Card{Kind: xmlvend.DebitCard, CardAmt: zar("1"), AccHolderName: "A CUSTOMER", PAN: "4000000000000002", ExpDate: "202812", CVNum: "123", ClearingHouse: "Bank"},
		xmlvend.Card{Kind: xmlvend.CreditCard, CardAmt: zar("1"), AccHolderName: "A CUSTOMER", PAN: "4000000000000002", ExpDate: "202812", CVNum: "123", ClearingHouse: "Bank"},
		xmlvend.Cheque{CheqAmt: zar("1"), AccHolderName: "A CUSTOMER", AccHolderIDNo: "7001015009087", AccNo: "1", BankName: "Bank", BranchCode: "250655", CheqNo: "12", CheqType: "Company", MICR: "123"},
	} {
		all = append(all, &xmlvend.CreditVendReq{VendRequestHeader: vendReqHead, PurchaseValue: xmlvend.PurchaseValueCurrency{Amt: zar("200.00")}, PayType: pay})
	}
	for _, kind := range []xmlvend.CreditKind{xmlvend.CreditToken, xmlvend.SaleCreditToken, xmlvend.FBECreditToken, xmlvend.FreeCreditToken, xmlvend.MCTCreditToken} {
		tx := creditTx
		tx.CreditTokenIssue = creditIssue(kind)
		all = append(all, &xmlvend.CancelVendResp{VendResponseHeader: vendRespHead, OrigTx: tx})
	}
	for _, id := range []xmlvend.CustIdentifier{
		xmlvend.CustName{Name: "A CUSTOMER"}, xmlvend.CustAddress{Address: "7 Acacia Street"},
		xmlvend.CustIDNumber{IDNo: "7001015009087"}, xmlvend.CustAccountNo{AccNo: "ACC1", Organisation: "Sample"},
	} {
		all = append(all, &xmlvend.ConfirmCustomerReq{RequestHeader: reqHead, ID: xmlvend.CustIDMethod{Customer: id}})
	}
	for _, level := range []xmlvend.BatchLevel{xmlvend.AllBatches, xmlvend.BankLevel, xmlvend.SalesLevel, xmlvend.ShiftLevel} {
		all = append(all, &xmlvend.StartBatchReq{RequestHeader: reqHead, Level: level},
			&xmlvend.EndBatchReq{RequestHeader: reqHead, Level: level}, &xmlvend.TotalBatchReq{RequestHeader: reqHead, Level: level})
	}
	for _, class := range xmlvend.FaultClasses() {
		all = append(all, &xmlvend.FaultResp{ResponseHeader: respHead, Fault: xmlvend.Fault{Class: class, Desc: "Because"}})
	}
	return append(all, engineering()...)
}

func engineering() []xmlvend.Message {
	eng := func(change func(*xmlvend.EngTokenIssue)) *xmlvend.EngTokenIssue {
		issue := &xmlvend.EngTokenIssue{TokenIssue: tokenIssue}
		change(issue)
		return issue
	}
	plain := func(*xmlvend.EngTokenIssue) {}
	limit := func(i *xmlvend.EngTokenIssue) { i.PwrLmt = &pwrLmt }
	all := []xmlvend.Message{
		&xmlvend.MeterSpecificEngReq{VendRequestHeader: vendReqHead, Kind: xmlvend.ClearCredit},
		&xmlvend.MeterSpecificEngReq{VendRequestHeader: vendReqHead, Kind: xmlvend.ClearTamper},
		&xmlvend.MeterSpecificEngReq{VendRequestHeader: vendReqHead, Kind: xmlvend.DefaultCredit},
		&xmlvend.MeterSpecificEngReq{VendRequestHeader: vendReqHead, Kind: xmlvend.EngKeyChange, KCTData: &kctData},
		&xmlvend.MeterSpecificEngReq{VendRequestHeader: vendReqHead, Kind: xmlvend.PhaseUnbalance, PwrLmt: &pwrLmt},
		&xmlvend.MeterSpecificEngReq{VendRequestHeader: vendReqHead, Kind: xmlvend.PowerLimit, PwrLmt: &pwrLmt},
		&xmlvend.MeterSpecificEngReq{VendRequestHeader: vendReqHead, Kind: xmlvend.SetWaterFactor, WaterFactor: "1000"},
		&xmlvend.MeterSpecificEngResp{VendResponseHeader: vendRespHead, Kind: xmlvend.ClearCredit, Eng: eng(plain)},
		&xmlvend.MeterSpecificEngResp{VendResponseHeader: vendRespHead, Kind: xmlvend.ClearTamper, Eng: eng(plain)},
		&xmlvend.MeterSpecificEngResp{VendResponseHeader: vendRespHead, Kind: xmlvend.DefaultCredit, Credit: ptr(creditIssue(xmlvend.CreditToken))},
		&xmlvend.MeterSpecificEngResp{VendResponseHeader: vendRespHead, Kind: xmlvend.EngKeyChange, KC: &kcIssue},
		&xmlvend.MeterSpecificEngResp{VendResponseHeader: vendRespHead, Kind: xmlvend.PhaseUnbalance, Eng: eng(limit)},
		&xmlvend.MeterSpecificEngResp{VendResponseHeader: vendRespHead, Kind: xmlvend.PowerLimit, Eng: eng(limit)},
		&xmlvend.MeterSpecificEngResp{VendResponseHeader: vendRespHead, Kind: xmlvend.SetWaterFactor,
			Eng: eng(func(i *xmlvend.EngTokenIssue) { i.WaterFactor = "1000" })},
	}
	for _, kind := range []xmlvend.NonMeterEng{
		xmlvend.TestAll, xmlvend.TestBreaker, xmlvend.TestDisplay, xmlvend.DisplayPowerLimit, xmlvend.DisplayTariffIndex,
		xmlvend.DisplayKeyRevision, xmlvend.DisplayTamper, xmlvend.DisplayPower, xmlvend.DisplayConsumption,
		xmlvend.DisplayPhaseUnbalance, xmlvend.DisplayVersion,
	} {
		all = append(all, &xmlvend.NonMeterSpecificEngReq{RequestHeader: reqHead, Kind: kind, MeterType: meterDetail.Type},
			&xmlvend.NonMeterSpecificEngResp{ResponseHeader: respHead, Kind: kind,
				Issue: xmlvend.NonMeterTokenIssue{Desc: "Test", MeterType: meterDetail.Type, Token: tokenIssue.Token}})
	}
	return all
}

func TestEveryMessageIsEncodedValidAndReadBackTheSame(t *testing.T) {
	for _, m := range messages() {
		name := strings.TrimPrefix(reflect.TypeOf(m).String(), "*xmlvend.") + "/" + m.Type().Local
		for _, version := range []xmlvend.Version{xmlvend.SOAP11, xmlvend.SOAP12} {
			t.Run(name+"/"+version.String(), func(t *testing.T) {
				doc := xmlvend.Encode(xmlvend.Envelope{Version: version, Payload: m})
				mustBeValid(t, doc)
				env := mustDecode(t, doc)
				if env.Version != version {
					t.Errorf("read back as %v", env.Version)
				}
				if diff := cmp.Diff(m, env.Payload); diff != "" {
					t.Errorf("the message changed (-written +read):\n%s", diff)
				}
			})
		}
	}
}

// TestEveryElementOfTheSchemasHasAMessage fails when a schema gains a message
// that this package, or the list of messages here, does not have.
func TestEveryElementOfTheSchemasHasAMessage(t *testing.T) {
	tried := map[string]bool{}
	for _, m := range messages() {
		tried[m.Element().Local] = true
	}
	for _, file := range []string{"base.xsd", "revenue.xsd", "meter.xsd", "evd.xsd"} {
		text, ok := schemas.File(file)
		if !ok {
			t.Fatalf("no %s", file)
		}
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(text); err != nil {
			t.Fatal(err)
		}
		space := doc.Root().SelectAttrValue("targetNamespace", "")
		for _, el := range doc.Root().SelectElements("element") {
			name := xmlvend.QName{Space: space, Local: el.SelectAttrValue("name", "")}
			if !xmlvend.IsRequest(name) && !xmlvend.IsResponse(name) {
				t.Errorf("%s is not a message", name)
			}
			if !tried[name.Local] {
				t.Errorf("%s is in no test", name)
			}
		}
	}
}
