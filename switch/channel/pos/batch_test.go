package pos_test

import (
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func (w *world) end(level xmlvend.BatchLevel) *xmlvend.EndBatchReq {
	return &xmlvend.EndBatchReq{RequestHeader: w.header(), Level: level}
}

func (w *world) start(level xmlvend.BatchLevel) *xmlvend.StartBatchReq {
	return &xmlvend.StartBatchReq{RequestHeader: w.header(), Level: level}
}

func (w *world) totalSoFar(level xmlvend.BatchLevel) *xmlvend.TotalBatchReq {
	return &xmlvend.TotalBatchReq{RequestHeader: w.header(), Level: level}
}

func amounts(totals []xmlvend.AmountTotal) map[string]xmlvend.Decimal {
	all := make(map[string]xmlvend.Decimal)
	for _, t := range totals {
		all[t.Kind] = t.Amt.Value
	}
	return all
}

func TestBatchesCountWhatWasSoldWhileTheyWereOpen(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver})
			answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "20.00")) // before any
			starting := w.start(xmlvend.ShiftLevel)
			started := answered[*xmlvend.StartBatchResp](w, starting)
			shift, ok := started.Batch.(*xmlvend.ShiftStart)
			if !ok || shift.SeqNo != "1" {
				t.Fatalf("started %#v", started.Batch)
			}
			if again := answered[*xmlvend.StartBatchResp](w, starting); encoded(again) != encoded(started) {
				t.Errorf("the same request is answered with\n%s\nthen with\n%s", encoded(started), encoded(again))
			}
			w.refused(w.start(xmlvend.ShiftLevel), xmlvend.StartBatchEx)
			w.refused(w.start(xmlvend.BankLevel), xmlvend.StartBatchEx)
			w.refused(w.start(xmlvend.AllBatches), xmlvend.StartBatchEx)

			debt := w.creditVend(sim.Debt, "100.00")
			answered[*xmlvend.CreditVendResp](w, debt)
			answered[*xmlvend.ConfirmationAdviceResp](w, &xmlvend.ConfirmationAdviceReq{AdviceHeader: w.advice(debt.MsgID),
				PayType: xmlvend.Cash{TenderAmt: xmlvend.Currency{Value: "100.00", Symbol: "ZAR"}}})
			answered[*xmlvend.VoucherVendResp](w, w.voucherVend(airtime, 2))
			w.refused(w.creditVend(sim.Blocked, "100.00"), xmlvend.BlockedMeterEx)

			sofar := answered[*xmlvend.TotalBatchResp](w, w.totalSoFar(xmlvend.AllBatches))
			if bank, ok := sofar.Batches[0].(*xmlvend.BankBatch); !ok || bank.BatchTot.Value != "120.00" || len(bank.Sales) != 1 ||
				len(bank.Sales[0].Shifts) != 1 || bank.Sales[0].Shifts[0].BatchTot.Value != "120.00" {
				t.Errorf("the totals so far are %+v", sofar.Batches[0])
			}
			ending := w.end(xmlvend.ShiftLevel)
			ended := answered[*xmlvend.EndBatchResp](w, ending)
			totals := ended.Batch.(*xmlvend.ShiftBatch)
			if totals.BatchTot.Value != "120.00" || amounts(totals.Report.Tx)["DebtRecoveryTotal"] == "" ||
				amounts(totals.Report.PayTypes)["CashTotal"] != "100.00" || amounts(totals.Report.PayTypes)["OtherTotal"] != "20.00" ||
				len(totals.Report.Operators) != 1 || totals.Report.Operators[0].OpName != opName || totals.Report.Operators[0].Amt.Value != "120.00" ||
				len(totals.Report.Resources) != 1 {
				t.Errorf("the shift's totals are %+v %+v", totals.BatchTot, totals.Report)
			}
			w.refused(w.end(xmlvend.ShiftLevel), xmlvend.EndBatchEx)
			w.refused(w.totalSoFar(xmlvend.ShiftLevel), xmlvend.CheckBatchTotalEx)

			answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "30.00")) // in the sales batch, in no shift
			answered[*xmlvend.StartBatchResp](w, w.start(xmlvend.AllBatches))     // the shift alone is missing
			answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "40.00"))
			bank := answered[*xmlvend.EndBatchResp](w, w.end(xmlvend.AllBatches)).Batch.(*xmlvend.BankBatch)
			if bank.BatchTot.Value != "190.00" || len(bank.Sales) != 1 || bank.Sales[0].BatchTot.Value != "190.00" || len(bank.Sales[0].Shifts) != 2 ||
				bank.Sales[0].Shifts[1].BatchTot.Value != "40.00" {
				t.Errorf("the banking batch is %+v", bank)
			}
			if again := answered[*xmlvend.EndBatchResp](w, ending); encoded(again) != encoded(ended) {
				t.Errorf("the same request is answered with\n%s\nthen with\n%s", encoded(ended), encoded(again))
			}
			w.refused(w.end(xmlvend.AllBatches), xmlvend.EndBatchEx)
		})
	}
}

func TestReprintOfABatchIsItsTotalsOnceMore(t *testing.T) {
	w := newWorld(t, plan{})
	reprint := func(level xmlvend.BatchLevel, seqNo string, all *bool) *xmlvend.ReprintEndBatchReq {
		return &xmlvend.ReprintEndBatchReq{RequestHeader: w.header(), Level: level, SeqNo: seqNo, All: all}
	}
	w.refused(reprint(xmlvend.ShiftLevel, "", nil), xmlvend.ReprintEndBatchEx)
	answered[*xmlvend.StartBatchResp](w, w.start(xmlvend.AllBatches))
	w.refused(reprint(xmlvend.ShiftLevel, "1", nil), xmlvend.ReprintEndBatchEx) // still open
	answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "20.00"))
	ended := answered[*xmlvend.EndBatchResp](w, w.end(xmlvend.BankLevel))
	got := answered[*xmlvend.ReprintEndBatchResp](w, reprint(xmlvend.BankLevel, "", nil)).Reprint
	bank := got.Batch.(*xmlvend.BankBatch)
	if bank.BatchTot != ended.Batch.Totals().BatchTot || len(bank.Sales) != 1 || got.RespDateTime != ended.RespDateTime {
		t.Errorf("reprinted %+v of %+v", bank, ended.Batch)
	}
	none := false
	if bank := answered[*xmlvend.ReprintEndBatchResp](w, reprint(xmlvend.BankLevel, "1", &none)).Reprint.Batch.(*xmlvend.BankBatch); len(bank.Sales) != 0 {
		t.Errorf("without what is inside it has %+v", bank.Sales)
	}
	for _, seqNo := range []string{"2", "x", "-1", "99999999999999999999"} {
		w.refused(reprint(xmlvend.BankLevel, seqNo, nil), xmlvend.ReprintEndBatchEx)
	}
}

func TestDepositSlipCoversTheSalesSinceTheLastOne(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver})
			w.refused(&xmlvend.ReprintDepositReq{RequestHeader: w.header()}, xmlvend.ReprintDepositSlipEx)
			answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "100.00"))
			answered[*xmlvend.VoucherVendResp](w, w.voucherVend(airtime, 2))
			request := &xmlvend.DepositReq{RequestHeader: w.header()}
			first := answered[*xmlvend.DepositResp](w, request)
			if first.Slip.Amt.Value != "120.00" {
				t.Errorf("the first slip is of %v", first.Slip.Amt)
			}
			answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "50.00"))
			if again := answered[*xmlvend.DepositResp](w, request); encoded(again) != encoded(first) {
				t.Errorf("the same request is answered with\n%s\nthen with\n%s", encoded(first), encoded(again))
			}
			second := answered[*xmlvend.DepositResp](w, &xmlvend.DepositReq{RequestHeader: w.header()})
			third := answered[*xmlvend.DepositResp](w, &xmlvend.DepositReq{RequestHeader: w.header()})
			if second.Slip.Amt.Value != "50.00" || third.Slip.Amt.Value != "0.00" || second.Slip.BankingRefNo == first.Slip.BankingRefNo {
				t.Errorf("then %+v and %+v", second.Slip, third.Slip)
			}
			got := answered[*xmlvend.ReprintDepositResp](w, &xmlvend.ReprintDepositReq{RequestHeader: w.header()})
			if len(got.Reprints) != 3 || got.Reprints[0].Slip != third.Slip || got.Reprints[2].Slip != first.Slip {
				t.Errorf("reprinted %+v", got.Reprints)
			}
		})
	}
}
