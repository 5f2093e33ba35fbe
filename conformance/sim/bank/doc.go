// Package bank simulates the operator's banks: they hold its accounts, and tell it of
// each deposit by SMS and by e-mail, in the words of the five South African banks.
//
// # Starting one
//
//	banks, err := bank.New(bank.Config{
//		SMS:  bank.SMS{URL: "http://127.0.0.1:8482/sms/kannel/SECRET", To: "27820000001"},
//		Mail: bank.Mail{SMTP: "127.0.0.1:2525", To: "deposits@evd-operator.example"},
//	})
//	defer banks.Close()
//	receipt, err := banks.Deposit(ctx, bank.Deposit{Bank: bank.FNB, Amount: 250000, Reference: "M100234", Method: bank.EFT})
//	http.ListenAndServe("127.0.0.1:8495", banks)   // /control/…
//
// [Config] has a good default for all else. An SMS goes by way of a simulated SMS centre
// (package smsc), in the form of a gateway. A mail goes out by SMTP, or is written as a
// file, with the header Authentication-Results that the operator's own mail server
// would add, for it plays that server too.
//
// # Making it misbehave
//
//	banks.Deposit(ctx, bank.Deposit{…, Fault: bank.LateMail})
//	POST /control/deposit {"bank":"fnb","amount":250000,"reference":"M100234","fault":"duplicate"}
//
// [Fault] lists the ways. Only what [Fault.Genuine] says is money in the account, and
// [Server.Accounts] tells what each account has come to: with it a test knows what the
// switch should have credited.
//
// # Control over HTTP
//
//	GET  /control/accounts  accounts and balances
//	POST /control/deposit   make a deposit; amounts are in cents
//	POST /control/release   send what a fault has held back
//
// The control half takes orders from anyone: it belongs on a loopback address.
package bank
