package ledger_test

import (
	"errors"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

func TestADatabaseOpensOnlyWithTheKeysItIsSealedWith(t *testing.T) {
	for driver, dsn := range map[string]string{ledger.Postgres: ledgertest.PostgreSQL(t), ledger.SQLite: ledgertest.SQLite(t)} {
		t.Run(driver, func(t *testing.T) {
			keys := vault.Ephemeral()
			for _, c := range []struct {
				sealer ledger.Sealer
				want   error
			}{{keys, nil}, {keys, nil}, {vault.Ephemeral(), ledger.ErrKeys}, {keys, nil}} {
				store, err := ledger.Open(t.Context(), ledger.Options{Driver: driver, DSN: dsn, Node: "a", Sealer: c.sealer})
				if !errors.Is(err, c.want) {
					t.Fatalf("opened with %v, want %v", err, c.want)
				}
				if err == nil {
					if err := store.Close(); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}
