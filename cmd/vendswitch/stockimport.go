package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/delivery"
)

type stockImportCmd struct {
	File     string `arg:"" help:"A mail (.eml) or an encrypted file (.pgp, .gpg, .asc) of a supplier's."`
	Supplier string `help:"Supplier code. Default: whose stock mails come from the mail's address."`
	Batch    string `help:"Batch number, where the file does not say it; a file that says another is refused."`
	Quiet    bool   `help:"No progress on standard error."`
}

// Help is printed below the flags.
func (stockImportCmd) Help() string {
	return `The file is decrypted with our key ([[stock.pgp]]), its signature verified against the supplier's pinned key, and read as the agreement lays it out, without being written anywhere in the clear. All of it is loaded, or nothing; it is on sale once a second operator has approved it.

Examples:

  vendswitch stock import delivery.eml
  vendswitch stock import CX-0042.txt.pgp --supplier CELLX --batch 0042`
}

// Run imports the file. A refusal names the line and the reason, never a PIN.
func (c stockImportCmd) Run(ctx context.Context, s *session) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if len(s.config.Stock.PGP) == 0 {
		return errors.New(`no key of ours to open it with: make one with "vendswitch keys pgp", and name it in [[stock.pgp]]`)
	}
	importer, err := s.importer(store, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	bar := progress{to: s.Stderr, quiet: c.Quiet || s.cli.JSON}
	out, err := importer.Take(ctx, delivery.Arrival{Source: filepath.Base(c.File), Content: f, Actor: by, Supplier: c.Supplier, Batch: c.Batch, Progress: bar.show})
	bar.end()
	if err != nil {
		return fmt.Errorf("%s: nothing loaded: %w", c.File, err)
	}
	return s.done(importRecord{out.Delivery.ID, out.Delivery.Supplier, out.Delivery.Batch, out.Loaded.Lines},
		"batch %s of %s is loaded: %s. A second operator approves it with \"vendswitch stock approve %s %s\"",
		out.Delivery.Batch, out.Delivery.Supplier, stockSums(out.Loaded.Lines), out.Delivery.Supplier, out.Delivery.Batch)
}

// importRecord is a delivery that was loaded.
type importRecord struct {
	ID       ledger.ID          `json:"id"` // of the delivery
	Supplier string             `json:"supplier"`
	Batch    string             `json:"batch"`
	Lines    []ledger.StockLine `json:"lines"`
}

// stockSums says what was loaded: "20 CELLX10 of 200.00".
func stockSums(lines []ledger.StockLine) string {
	text := ""
	for i, l := range lines {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%d %s of %s %s", l.Count, l.Product, formatMinor(l.Face), l.Currency)
	}
	return text
}

// progress tells on one line how far an import is, a few times a second.
type progress struct {
	to     io.Writer
	quiet  bool
	begun  time.Time
	shown  time.Time
	drawn  bool
	latest int
}

// Intervals of progress: short imports show none.
const (
	progressAfter = time.Second
	progressEvery = 250 * time.Millisecond
)

func (p *progress) show(n int) {
	now := time.Now()
	if p.begun.IsZero() {
		p.begun = now
	}
	p.latest = n
	if p.quiet || now.Sub(p.begun) < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown, p.drawn = now, true
	fmt.Fprintf(p.to, "\r%d vouchers, %.0f a second ", n, float64(n)/now.Sub(p.begun).Seconds())
}

func (p *progress) end() {
	if p.drawn {
		fmt.Fprintf(p.to, "\r%d vouchers in %s        \n", p.latest, time.Since(p.begun).Round(time.Second))
	}
}
