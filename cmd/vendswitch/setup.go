package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

type migrateCmd struct{}

// Help is printed below the flags.
func (migrateCmd) Help() string { return "Example:\n\n  vendswitch migrate" }

// Run migrates the database.
func (migrateCmd) Run(ctx context.Context, s *session) error {
	if s.config.Database.Driver == ledger.SQLite {
		if err := os.MkdirAll(filepath.Dir(s.config.Database.DSN), 0o700); err != nil {
			return err
		}
	}
	from, to, err := ledger.Migrate(ctx, s.config.Database.Driver, s.config.Database.DSN)
	if err != nil {
		return err
	}
	if from == to {
		return s.done(map[string]int64{"from": from, "to": to}, "schema is at version %d already", to)
	}
	return s.done(map[string]int64{"from": from, "to": to}, "schema migrated from version %d to %d", from, to)
}

type keysCmd struct {
	Init   keysInitCmd   `cmd:"" help:"Make the key file, if there is none."`
	CA     keysCACmd     `cmd:"" name:"ca" help:"Make an authority that signs certificates for development."`
	Server keysServerCmd `cmd:"" help:"Make a server's certificate for development."`
	Client keysClientCmd `cmd:"" help:"Make a client's certificate for development."`
	PGP    keysPGPCmd    `cmd:"" name:"pgp" help:"Make the key pair that suppliers encrypt stock files to."`
	Show   keysShowCmd   `cmd:"" help:"Show the certificates in a file."`
}

type keysInitCmd struct{}

// Help is printed below the flags.
func (keysInitCmd) Help() string {
	return `PINs and tokens are sealed with these keys. Without the file they are lost: keep a copy, apart from the database's.

Example:

  vendswitch keys init`
}

// Run makes the key file. An existing one is never overwritten.
func (keysInitCmd) Run(s *session) error {
	file := s.config.Keys.File
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(file); err == nil {
		return s.done(map[string]string{"file": file}, "keys are there already: %s", file)
	}
	if err := vault.Generate(file); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return s.done(map[string]string{"file": file}, "keys made: %s", file)
}
