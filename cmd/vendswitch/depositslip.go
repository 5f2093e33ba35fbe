package main

import (
	"errors"
	"regexp"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// DepositConfig is about merchants' deposits: the account that slips name, and the
// intake of what banks tell.
type DepositConfig struct {
	SlipConfig
	IntakeConfig
}

// check reports what is wrong with either.
func (c DepositConfig) check() error {
	return errors.Join(c.SlipConfig.check(), c.IntakeConfig.check())
}

// SlipConfig is the account that deposit slips tell merchants to bank into. All of
// it is given, or nothing: then slips name no account.
type SlipConfig struct {
	AccountName  string `toml:"account_name" env:"ACCOUNT_NAME"`
	AccountNo    string `toml:"account_no" env:"ACCOUNT_NO"`
	BranchCode   string `toml:"branch_code" env:"BRANCH_CODE"`
	BankName     string `toml:"bank_name" env:"BANK_NAME"`
	Registration string `toml:"registration" env:"REGISTRATION"` // the bank's
}

// beneficiary is the account as slips show it, nil if none is set.
func (c SlipConfig) beneficiary() *xmlvend.Beneficiary {
	if c == (SlipConfig{}) {
		return nil
	}
	return &xmlvend.Beneficiary{AccName: c.AccountName, AccNo: c.AccountNo, BranchCode: c.BranchCode, BankName: c.BankName, BankRegNo: c.Registration}
}

// What the schema of XMLVend has room for.
var (
	holderName = regexp.MustCompile(`^[^0-9\n]{1,40}$`)
	accountNo  = regexp.MustCompile(`^\S{1,20}$`)
	branchCode = regexp.MustCompile(`^[0-9]{1,10}$`)
)

// check refuses half an account, and one that a slip cannot show.
func (c SlipConfig) check() error {
	switch {
	case c == (SlipConfig{}):
		return nil
	case !holderName.MatchString(c.AccountName):
		return errors.New("deposit.account_name must be 1 to 40 characters, none a digit")
	case !accountNo.MatchString(c.AccountNo):
		return errors.New("deposit.account_no must be 1 to 20 characters without spaces")
	case !branchCode.MatchString(c.BranchCode):
		return errors.New("deposit.branch_code must be 1 to 10 digits")
	case c.BankName == "" || len(c.BankName) > 80:
		return errors.New("deposit.bank_name must be 1 to 80 characters")
	case c.Registration == "":
		return errors.New("deposit.registration is missing")
	}
	return nil
}
