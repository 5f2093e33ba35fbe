package bank_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/bank"
)

// told is a notification in one line: kind, amount, reference, account, date, time,
// balance and method, with - for what the text does not say.
func told(n bank.Notification) string {
	amount, balance := "-", "-"
	if n.HasAmount {
		amount = fmt.Sprint(n.Amount)
	}
	if n.HasBalance {
		balance = fmt.Sprint(n.Balance)
	}
	parts := []string{n.Bank, string(n.Kind), amount, n.Reference, n.Account, n.Date, n.Time, balance, n.Method}
	for i, p := range parts {
		if p == "" {
			parts[i] = "-"
		}
	}
	return strings.Join(parts, " | ")
}

// november is when the messages of these tests come.
var november = time.Date(2026, 11, 16, 20, 0, 0, 0, time.UTC)

func TestEachShapeOfAnSMSIsRead(t *testing.T) {
	r := reader(t, policy(t))
	for _, tc := range []struct{ shape, text, want string }{
		{"FNB in", "FNB:-) R2500.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12",
			"FNB | deposit | 250000 | M100234 | 482913 | 2026-11-14 | 09:12 | - | eft"},
		{"FNB, older label", "FNB :-) R12450.75 paid to cheq a/c..482913 @ EFT. Ref.0825550142. 2Oct 14:58",
			"FNB | deposit | 1245075 | 0825550142 | 482913 | 2026-10-02 | 14:58 | - | eft"},
		{"FNB without a/c", "FNB:-) R75.00 paid to Easy Account..482913 @ Payshap. Ref.M100301.  9Sep 08:34",
			"FNB | deposit | 7500 | M100301 | 482913 | 2026-09-09 | 08:34 | - | instant"},
		{"FNB, brackets and periods in the reference", "FNB:-) R1.00 paid to Business a/c..482913 @ Smartapp. Ref.Steamgames.com 4259522 Char(1. 15Nov 07:20",
			"FNB | deposit | 100 | Steamgames.com 4259522 Char(1 | 482913 | 2026-11-15 | 07:20 | - | online"},
		{"FNB, a date in the reference", "FNB:-) R10.00 paid to Business a/c..482913 @ Eft. Ref.Paid. 1Jan 01:01. M100234. 14Nov 09:40",
			"FNB | deposit | 1000 | Paid. 1Jan 01:01. M100234 | 482913 | 2026-11-14 | 09:40 | - | eft"},
		{"FNB card repayment", "FNB:-) R500.00 paid to FNB card a/c..482913. 31Aug 00:42",
			"FNB | deposit | 50000 | - | 482913 | 2026-08-31 | 00:42 | - | -"},
		{"FNB, cash at an ATM", "FNB:-) R640.00 paid to Business a/c..482913 @ Cash Deposit ATM. Ref.M100234. 14Nov 17:01",
			"FNB | deposit | 64000 | M100234 | 482913 | 2026-11-14 | 17:01 | - | atm"},
		{"FNB, no date", "FNB :-) R500.00 paid to cheq a/c..482913 @ Online Banking. Ref.M100234",
			"FNB | deposit | 50000 | M100234 | 482913 | - | - | - | online"},
		{"FNB out", "FNB :-) R4431.70 paid from Business a/c..482913 @ Eft. Avail R15000. Ref.Fuel. 29Oct 00:00",
			"FNB | withdrawal | 443170 | - | 482913 | 2026-10-29 | 00:00 | 1500000 | -"},
		{"FNB out, and the payee's text looks like money in", "FNB :-) R9.00 paid from Business a/c..482913 @ Eft. Avail R5. Ref.FNB:-) R90000.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:40",
			"FNB | withdrawal | 900 | - | 482913 | 2026-11-14 | 09:40 | 500 | -"},
		{"FNB transfer out", "FNB:-) R5000.00 t/fer from Business a/c..482913 to Savings a/c..771204 @ Smartapp. Avail R15000. Ref.M100234. 12Nov 10:10",
			"FNB | withdrawal | 500000 | - | 482913 | 2026-11-12 | 10:10 | 1500000 | online"},
		{"FNB transfer in", "FNB:-) R5000.00 t/fer from Savings a/c..771204 to Business a/c..482913 @ Smartapp. Ref.M100234. 12Nov 10:10",
			"FNB | deposit | 500000 | M100234 | 482913 | 2026-11-12 | 10:10 | - | online"},
		{"FNB transfer of others", "FNB:-) R5000.00 t/fer from Savings a/c..771204 to Business a/c..771205 @ Smartapp. 12Nov 10:10",
			"FNB | withdrawal | 500000 | - | 771204 | 2026-11-12 | 10:10 | - | online"},
		{"FNB withdrawal", "FNB:-) R300.00 withdrawn from Business a/c..482913 using card..7731 @ 00100000 ATM. Avail R-15.50. 3Nov 08:26",
			"FNB | withdrawal | 30000 | - | 482913 | 2026-11-03 | 08:26 | -1550 | -"},
		{"FNB reservation", "FNB:-) R849.90 reserved for purchase @ Takealot.com from Business a/c..482913 using card..7731. Avail R15000. 13Nov 12:01",
			"FNB | other | 84990 | - | 482913 | 2026-11-13 | 12:01 | 1500000 | -"},
		{"FNB reservation, undated", "FNB:-) R849.90 reserved for purchase @ Takealot.com from Business a/c..482913 using card..7731",
			"FNB | other | 84990 | - | 482913 | - | - | - | -"},
		{"FNB reversal", "FNB :-) REVERSAL of R1133.20 for Paper Depot from Business a/c..482913 using card..7731. 21Oct 11:56",
			"FNB | other | 113320 | - | 482913 | 2026-10-21 | 11:56 | - | -"},
		{"FNB, other currency", "FNB:-) N$250.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12",
			"FNB | deposit | 25000 | M100234 | 482913 | 2026-11-14 | 09:12 | - | eft"},
		{"Standard Bank EFT", "Standard Bank: R1850.00 paid to Acc. 6025 from M100518. Acl bal R48211.35 2026-11-14 Query? 0860000000",
			"Standard Bank | deposit | 185000 | M100518 | 6025 | 2026-11-14 | - | 4821135 | eft"},
		{"Standard Bank cash", "Standard Bank: R900.00 cash dep. to Acc. 6025 from M100611 0825550142. Acl bal R-55096.55 2026-11-15 Query? 0860000000",
			"Standard Bank | deposit | 90000 | M100611 0825550142 | 6025 | 2026-11-15 | - | -5509655 | cash"},
		{"Standard Bank, a tail in the reference", "Standard Bank: R9.00 paid to Acc. 6025 from X. Acl bal R1.00 2026-01-01 Query? 1. Acl bal R48211.35 2026-11-14 Query? 0860000000",
			"Standard Bank | deposit | 900 | X. Acl bal R1.00 2026-01-01 Query? 1 | 6025 | 2026-11-14 | - | 4821135 | eft"},
		{"Standard Bank, no balance", "Standard Bank: R1850.00 paid to Acc. 6025 from M100518. 2026-11-14 Query? 0860000000",
			"Standard Bank | deposit | 185000 | M100518 | 6025 | 2026-11-14 | - | - | eft"},
		{"Standard Bank debit order", "Standard Bank: Debit Order R5212.94 INSURECO   POL70877260001151;  from Acc.6025. 2026-11-02 Query?0860000000",
			"Standard Bank | withdrawal | 521294 | - | 6025 | 2026-11-02 | - | - | -"},
		{"Standard Bank, two debits", "Standard Bank: Stop Order R1000.00 SAVER 123;  R12.50 STOP ORDER FEE;  from Acc.6025. 2026-11-02 Query?0860000000",
			"Standard Bank | withdrawal | 100000 | - | 6025 | 2026-11-02 | - | - | -"},
		{"Standard Bank log-on", "Standard Bank Internet Banking - you logged on at 2026-11-14 08:01. Not you? Call 0860000000",
			"Standard Bank | other | - | - | - | 2026-11-14 | 08:01 | - | -"},
		{"Absa", "Absa: CHEQ6485, Dep, 14/11/26 SETTLEMENT/C - IBANK PAYMENT FROM, INVESTECPBH M100602, R3,000.00, Available R12,000.00. Help 0860000000; SPAZAGR001",
			"Absa | deposit | 300000 | INVESTECPBH M100602 | 6485 | 2026-11-14 | - | 1200000 | online"},
		{"Absa, commas and a tail in the reference", "Absa: CHEQ6485, Dep, 14/11/26 SETTLEMENT/C - ACB CREDIT, A, B, R9,000.00, Available R1.00, R10.00, Available R12,000.00. Help 0860000000; SPAZAGR001",
			"Absa | deposit | 1000 | A, B, R9,000.00, Available R1.00 | 6485 | 2026-11-14 | - | 1200000 | eft"},
		{"Absa in Afrikaans", "Absa: SPR 9437, Dep, 15/11/26 VEREFFENING/S - INTERNET BETALING KREDIET, ABSA BANK M100671, R1,000.00, Saldo R2,340.10 Hulp 0860000000; SPAZAGR001",
			"Absa | deposit | 100000 | ABSA BANK M100671 | 9437 | 2026-11-15 | - | 234010 | online"},
		{"Absa in Afrikaans, other words", "Absa: SPR9437, Dep, 15/11/26 INTERNET BETALING KREDIET, M100671, R1 000.00, Beskikbaar R2 340.10. Hulp 0860000000; SPAZAGR001",
			"Absa | deposit | 100000 | M100671 | 9437 | 2026-11-15 | - | 234010 | online"},
		{"Absa in Afrikaans, out", "Absa: SPR 9437, Bet, 15/11/26 INTERNET BETALING DEBIET, WINKEL, R-250.00, Saldo R2,090.10 Hulp 0860000000; SPAZAGR001",
			"Absa | withdrawal | 25000 | - | 9437 | 2026-11-15 | - | 209010 | -"},
		{"Absa in Afrikaans, returned", "Absa: SPR 9437, Terug, 15/11/26 ONBETAALDE DEBIET, INSURECO, R250.00, Saldo R2,090.10 Hulp 0860000000; SPAZAGR001",
			"Absa | other | 25000 | - | 9437 | 2026-11-15 | - | 209010 | -"},
		{"Absa out", "Absa: CHEQ6485, Pmnt, 18/11/26 SETTLEMENT/C - IBANK PAYMENT TO, SCHOOL FEES, R-450.00, Available R-9,176.54. Help 0860000000; SPAZAGR001",
			"Absa | withdrawal | 45000 | - | 6485 | 2026-11-18 | - | -917654 | -"},
		{"Absa returned", "Absa: CHEQ6485, Returned, 16/11/26 SETTLEMENT/C - UNPAID DEBIT, INSURECO 123, R835.00, Available R27,123.27. Help 0860000000; SPAZAGR001",
			"Absa | other | 83500 | - | 6485 | 2026-11-16 | - | 2712327 | -"},
		{"Absa, a returned debit that is called a deposit", "Absa: CHEQ6485, Dep, 16/11/26 SETTLEMENT/C - UNPAID DEBIT, INSURECO 123, R835.00, Available R27,123.27. Help 0860000000; SPAZAGR001",
			"Absa | other | 83500 | - | 6485 | 2026-11-16 | - | 2712327 | other"},
		{"Absa, a deposit with a minus", "Absa: CHEQ6485, Dep, 16/11/26 SETTLEMENT/C - ACB CREDIT, M100602, R-835.00, Available R27,123.27. Help 0860000000; SPAZAGR001",
			"Absa | withdrawal | 83500 | - | 6485 | 2026-11-16 | - | 2712327 | eft"},
		{"Nedbank in", "Nedbank: Electronic Banking EFT deposit of R2,300.50 into acc **9912 Avail bal R61002.13 at 20:01 on 01May26. Reg: M100955",
			"Nedbank | deposit | 230050 | M100955 | 9912 | 2026-05-01 | 20:01 | 6100213 | eft"},
		{"Nedbank, cash at an ATM", "Nedbank: ATM Cash deposit of R200.00 into acc **9912 @ CORNER BANK. Avail bal R61002.13 at 20:01 on 01May26. Reg: M100955 x. Reg: y",
			"Nedbank | deposit | 20000 | M100955 x. Reg: y | 9912 | 2026-05-01 | 20:01 | 6100213 | atm"},
		{"Nedbank out", "Nedbank: ATM Cash withdrawal of R150.00 from acc **9912 @ CORNER BANK DURBANVIL. Avail bal R10000.00 at 20:01 on 15Nov26. Reg: Petty cash",
			"Nedbank | withdrawal | 15000 | - | 9912 | 2026-11-15 | 20:01 | 1000000 | -"},
		{"Capitec in", "Capitec: Money In R250.00 to SAVINGS ACCOUNT; Ref M100733; Avail R1010.00; 14-Nov. Call 0860000000",
			"Capitec | deposit | 25000 | M100733 | - | 2026-11-14 | - | 101000 | -"},
		{"Capitec, a tail in the reference", "Capitec: Money In R2.00 to SAVINGS ACCOUNT; Ref x; Avail R9.00; 1-Jan. M100733; Avail R1010.00; 14-Nov. Call 0860000000",
			"Capitec | deposit | 200 | x; Avail R9.00; 1-Jan. M100733 | - | 2026-11-14 | - | 101000 | -"},
		{"Capitec out", "Capitec: Money Out -R857.00 from SAVINGS ACCOUNT; Ref FNB BANK; Avail R10.00; 29-Oct. Call 0860000000",
			"Capitec | withdrawal | 85700 | - | - | 2026-10-29 | - | 1000 | -"},
		{"no-break spaces", "Nedbank: Electronic Banking EFT deposit of R\u00a01\u202f500.00 into acc **9912 Avail bal R\u00a061\u00a0002.13 at 13:45 on 14Nov26. Reg: M100955",
			"Nedbank | deposit | 150000 | M100955 | 9912 | 2026-11-14 | 13:45 | 6100213 | eft"},
		{"no known wording", "FNB:-) Payment Link created for R2500.00. Ref.M100234. 14Nov 09:16",
			"FNB | other | 250000 | - | - | - | - | - | -"},
		{"an amount that is no amount", "FNB:-) R2500.005 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12",
			"FNB | other | 250000 | - | - | - | - | - | -"},
		{"a day that is none", "Standard Bank: R2500.00 paid to Acc. 6025 from M100518. Acl bal R48211.35 2026-02-31 Query? 0860000000",
			"Standard Bank | other | 250000 | - | - | - | - | - | -"},
		{"no bank", "Your parcel is on its way",
			"- | other | - | - | - | - | - | - | -"},
	} {
		m := sms(tc.text)
		m.At = november
		if strings.Contains(tc.text, "18/11/26") {
			m.At = time.Time{} // a date with a year needs no clock
		}
		reading := r.Read(m)
		if len(reading.Notifications) != 1 {
			t.Errorf("%s: %d notifications", tc.shape, len(reading.Notifications))
			continue
		}
		if got := told(reading.Notifications[0]); got != tc.want {
			t.Errorf("%s: read as (%s)\n%s, not\n%s", tc.shape, reading.Notifications[0].Template, got, tc.want)
		}
	}
}

func TestEachShapeOfAMailIsRead(t *testing.T) {
	r := reader(t, policy(t))
	const std, absa = "information@standardbank.co.za", "Absa <NotifyMe@absa.co.za>"
	const one = "FNB:-) R200.00 paid to Business a/c..482913 @ Eft. Ref.M100301. 14Nov 10:01"
	const two = "FNB:-) R350.00 paid to Business a/c..482913 @ Online Banking. Ref.0825550142. 14Nov 10:02"
	const out = "FNB:-) R99.00 paid from Business a/c..482913 @ Eft. Avail R15000. Ref.Fuel. 14Nov 10:03"
	const first = "FNB | deposit | 20000 | M100301 | 482913 | 2026-11-14 | 10:01 | - | eft"
	const second = "FNB | deposit | 35000 | 0825550142 | 482913 | 2026-11-14 | 10:02 | - | online"
	const third = "FNB | withdrawal | 9900 | - | 482913 | 2026-11-14 | 10:03 | 1500000 | -"
	for _, tc := range []struct {
		shape string
		mail  envelope
		want  []string
	}{
		{"FNB, bullets on lines", envelope{subject: one, body: "Dear valued customer\n• " + one + "\n• " + two + "\n• " + out + "\nPlease do NOT reply to this message.\n"}, []string{first, second, third}},
		{"FNB, bullets on one line", envelope{subject: one, body: "Dear valued customer\n• " + one + " • " + two + " • " + out + "\nPlease do NOT reply.\n"}, []string{first, second, third}},
		{"FNB, everything on one line", envelope{subject: "FNB inContact", body: "Dear valued customer • " + one + " • " + out + " Please do NOT reply to this message.\n"}, []string{first, third}},
		{"FNB, one bullet twice", envelope{subject: "inContact", body: "• " + one + "\n• " + one + "\n"}, []string{first}},
		{"FNB, the subject alone", envelope{subject: one, body: "Dear valued customer\n"}, []string{first}},
		{"FNB, a subject that is cut off", envelope{subject: one[:60] + "...", body: "• " + one + "\n"}, []string{first}},
		{"FNB, a subject in encoded words", envelope{subject: "=?utf-8?Q?FNB:-)_R200.00_paid_to_Business_a/c..482913_@_Eft._Ref.M100301._14Nov?=\n =?utf-8?Q?_10:01?=", body: "\n"}, []string{first}},
		{"FNB, broken into lines", envelope{body: "• FNB:-) R200.00 paid to Business a/c..482913 @ Eft.\nRef.M100301. 14Nov\n10:01\nPlease do NOT reply\n"}, []string{first}},
		{"FNB in HTML", envelope{kind: "text/html; charset=utf-8", body: "<html><head><style>p{}</style></head><body><p>Dear&nbsp;valued customer</p><ul><li>" + one + "</li>\n<li>" + strings.ReplaceAll(two, " ", "&nbsp;") + "</li></ul><!-- " + out + " --></body></html>"}, []string{first, second}},
		{"FNB in Windows-1252", envelope{kind: "text/plain; charset=windows-1252", body: "\x95 " + one + " \x95\xa0" + two + "\n"}, []string{first, second}},
		{"FNB, UTF-8 that claims to be ISO 8859-1", envelope{kind: "text/plain; charset=iso-8859-1", body: "• " + one + " • " + two + "\n"}, []string{first, second}},
		{"FNB, ISO 8859-1 that claims to be UTF-8", envelope{body: "\xb7 FNB:-)\xa0R200.00 paid to Business a/c..482913 @ Eft. Ref.M100301. 14Nov 10:01\n"}, []string{first}},
		{"FNB, quoted-printable", envelope{encoding: "quoted-printable", body: "=E2=80=A2 FNB:-) R200.00 paid to Business a/c..482913 @ Eft. Ref.M1003=\n01. 14Nov 10:01\n"}, []string{first}},
		{"FNB, a wording that is new among others", envelope{body: "• " + one + "\n• FNB:-) Payment Link created for R2500.00. Ref.M100234. 14Nov 09:16\n"}, []string{first, "FNB | other | 250000 | - | - | - | - | - | -"}},
		{"FNB, a message in the reference that begins a line", envelope{body: "• FNB:-) R10.00 paid to Business a/c..482913 @ Eft. Ref.\n" + one + "\n"},
			[]string{"FNB | deposit | 1000 | " + one[:len(one)-len(". 14Nov 10:01")] + " | 482913 | 2026-11-14 | 10:01 | - | eft"}},
		{"FNB, a bullet in the reference", envelope{subject: "FNB:-) R10.00 paid to Business a/c..482913 @ Eft. Ref.x. 14Nov 09:40 • " + one, body: "• FNB:-) R10.00 paid to Business a/c..482913 @ Eft. Ref.x. 14Nov 09:40 • " + one + "\n"},
			[]string{"FNB | deposit | 1000 | x. 14Nov 09:40 • " + one[:len(one)-len(". 14Nov 10:01")] + " | 482913 | 2026-11-14 | 10:01 | - | eft"}},
		{"FNB, proof of payment", envelope{subject: "Payment notification from T SPAZA", body: "Payment Notification\n\nPayer      : T SPAZA\nRecipient  : EVD OPERATOR\nAmount     : R9,500.00\nReference  : M101004\nDate       : 2026-11-14\nFunds may take two days.\n"},
			[]string{"FNB | other | 950000 | - | - | 2026-11-14 | - | - | -"}},
		{"FNB, a new wording", envelope{subject: "News", body: "Your limit is R5000.00 now.\n"}, []string{"FNB | other | 500000 | - | - | - | - | - | -"}},
		{"FNB, a new wording with a subject that begins like a message", envelope{subject: "FNB :-) News", body: "Your limit is R5000.00 now.\n"}, []string{"FNB | other | 500000 | - | - | - | - | - | -"}},
		{"Standard Bank, broken into lines", envelope{from: std, body: "Dear EVD OPERATOR,\n\nAn amount of R1,500.00 was paid to Standard Bank account ending in\n6025 from M100811 on 2026-11-14.\n\nThe actual balance at the time of the above transaction was R-4,012.65.\n\nRegards,\nStandard Bank\n"},
			[]string{"Standard Bank | deposit | 150000 | M100811 | 6025 | 2026-11-14 | - | -401265 | eft"}},
		{"Standard Bank, key and value", envelope{from: std, subject: "MyUpdates notification", body: "Dear EVD OPERATOR,\n\nDate: 15/01/2025\nAmount: R\u00a01,500.00\nReference: M100844\nBalance: R 12,345.67\n\nRegards,\nStandard Bank\n"},
			[]string{"Standard Bank | deposit | 150000 | M100844 | - | 2025-01-15 | - | 1234567 | -"}},
		{"Standard Bank, key and value, other words above", envelope{from: std, subject: "Payment notification", body: "MyUpdates credit/debit notification: a payment was made into your account.\nDate: 15/01/2025\nAmount: R 1,500.00\nReference: M100844\nBalance: R 12,345.67\n"},
			[]string{"Standard Bank | deposit | 150000 | M100844 | - | 2025-01-15 | - | 1234567 | -"}},
		{"Standard Bank, key and value with an account", envelope{from: std, body: "A deposit was made to your account ending in 6025.\n\nDate: 15/01/2025 13:05\nReference: M100844\nAmount: R 1,500.00\nBalance: R 12,345.67\n"},
			[]string{"Standard Bank | deposit | 150000 | M100844 | 6025 | 2025-01-15 | 13:05 | 1234567 | -"}},
		{"Standard Bank, key and value in a table", envelope{from: std, kind: "text/html", body: "<table><tr><td>Account:</td><td>***6025</td></tr><tr><td>Date:</td><td>15/01/2025</td></tr><tr><td>Amount:</td><td>R 1,500.00</td></tr><tr><td>Reference</td><td>M100844</td></tr><tr><td>Balance:</td><td>R 12,345.67</td></tr></table>"},
			[]string{"Standard Bank | deposit | 150000 | M100844 | 6025 | 2025-01-15 | - | 1234567 | -"}},
		{"Standard Bank, key and value, out", envelope{from: std, body: "A payment was made: paid from account 6025.\nDate: 15/01/2025\nAmount: R 1,500.00\nReference: M100844\nBalance: R 12,345.67\n"},
			[]string{"Standard Bank | withdrawal | 150000 | - | 6025 | 2025-01-15 | - | 1234567 | -"}},
		{"Standard Bank, key and value, out by its sign", envelope{from: std, body: "Date: 15/01/2025\nAmount: R -1,500.00\nReference: M100844\nBalance: R 12,345.67\n"},
			[]string{"Standard Bank | withdrawal | 150000 | - | - | 2025-01-15 | - | 1234567 | -"}},
		{"Absa, no-break spaces", envelope{from: absa, kind: "text/plain; charset=iso-8859-1", body: "Account    : CHEQ6485\nDate       : 2026/11/14\nTransaction: SETTLEMENT CENTRE - IBANK PAYMENT FROM\nReference  : ABSA BANK M100912\nAmount     : R\xa07\xa0450.00\nAvailable  : R\xa098\xa0120.44\n\nRef: SPAZAGR001\n"},
			[]string{"Absa | deposit | 745000 | ABSA BANK M100912 | 6485 | 2026-11-14 | - | 9812044 | online"}},
		{"Absa in Afrikaans", envelope{from: absa, body: "Geagte EVD OPERATOR\n\nRekening   : SPR 9437\nDatum      : 2026/11/14\nTransaksie : INTERNET BETALING KREDIET\nVerwysing  : ABSA BANK M100912\nBedrag     : R7 450,00\nBeskikbaar : R98 120,44\n\nVir hulp bel 0860000000\n"},
			[]string{"Absa | deposit | 745000 | ABSA BANK M100912 | 9437 | 2026-11-14 | - | 9812044 | online"}},
		{"Absa, the SMS by mail", envelope{from: absa, body: "Absa: SPR 9437, Dep, 14/11/26 INTERNET BETALING KREDIET, ABSA BANK M100912, R7,450.00, Saldo R98,120.44 Hulp 0860000000; SPAZAGR001\n"},
			[]string{"Absa | deposit | 745000 | ABSA BANK M100912 | 9437 | 2026-11-14 | - | 9812044 | online"}},
		{"Absa, unpaid", envelope{from: absa, body: "Account    : CHEQ6485\nDate       : 2026/11/14\nTransaction: SETTLEMENT CENTRE - UNPAID DEBIT\nReference  : INSURECO M100234\nAmount     : R835.00\nAvailable  : R98,120.44\n"},
			[]string{"Absa | other | 83500 | - | 6485 | 2026-11-14 | - | 9812044 | other"}},
		{"Absa, two blocks", envelope{from: absa, body: "Account: CHEQ6485\nDate: 2026/11/14\nTransaction: ACB CREDIT\nReference: M100912\nAmount: R1.00\nAvailable: R2.00\nAccount: CHEQ6485\nDate: 2026/11/14\nTransaction: ACB CREDIT\nReference: M100913\nAmount: R3.00\nAvailable: R5.00\n"},
			[]string{"Absa | deposit | 100 | M100912 | 6485 | 2026-11-14 | - | 200 | eft", "Absa | deposit | 300 | M100913 | 6485 | 2026-11-14 | - | 500 | eft"}},
		{"parts, HTML first and an attachment", envelope{kind: "multipart/mixed; boundary=A", encoding: "7bit",
			body: "--A\nContent-Type: multipart/alternative; boundary=B\n\n--B\nContent-Type: text/html\n\n<p>" + one + "</p>\n--B\nContent-Type: text/plain\n\n" + one + "\n--B--\n--A\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=x.pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n--A\nContent-Type: text/plain\nContent-Disposition: attachment\n\n" + two + "\n--A--\n"}, []string{first}},
		{"parts, with nothing in the plain one", envelope{kind: "multipart/alternative; boundary=B", encoding: "7bit",
			body: "--B\nContent-Type: text/plain\n\nSee the HTML part.\n--B\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + "PHA+Rk5COi0pIFIyMDAuMDAgcGFpZCB0byBCdXNpbmVzcyBhL2MuLjQ4MjkxMyBAIEVmdC4gUmVm\nLk0xMDAzMDEuIDE0Tm92IDEwOjAxPC9wPg==\n--B--\n"}, []string{first}},
	} {
		reading := r.Read(tc.mail.mail())
		var got []string
		for _, n := range reading.Notifications {
			got = append(got, told(n))
		}
		if strings.Join(got, "\n") != strings.Join(tc.want, "\n") {
			t.Errorf("%s: read as (%s: %s)\n%s\nnot\n%s", tc.shape, reading.Verdict, reading.Reason, strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
		}
		if reading.Verdict == bank.Reject || reading.Verdict == bank.Quarantine {
			t.Errorf("%s: %s: %s", tc.shape, reading.Verdict, reading.Reason)
		}
	}
}
