package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/vendswitch/vendswitch/ledger/audit"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check every invariant of the books on the live database."`
}

type auditVerifyCmd struct {
	Heads string `placeholder:"FILE" help:"Published heads of the chain to compare with. Default: audit.heads of the settings, if it is there."`
}

// Help is printed below the flags.
func (auditVerifyCmd) Help() string {
	return "Example:\n\n  vendswitch audit verify --json"
}

// Run verifies the ledger. It fails if an invariant does not hold.
func (c auditVerifyCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	heads := c.Heads
	if heads == "" {
		heads = s.config.Audit.Heads
		if _, err := os.Stat(heads); errors.Is(err, fs.ErrNotExist) {
			heads = ""
		}
	}
	report, err := audit.Verify(ctx, store, audit.Options{Keys: s.keyring, HeadsFile: heads})
	if err != nil {
		return err
	}
	if s.cli.JSON {
		err = printJSON(s.Stdout, report)
	} else {
		_, err = report.WriteTo(s.Stdout)
	}
	if err == nil && !report.OK {
		return errReported
	}
	return err
}
