package ledger

import (
	"log/slog"
	"time"
)

// Sealer encrypts what must not be readable in the database, and makes keyed
// hashes of what must be unique without being readable. Additional data (aad)
// binds a sealed value to the record it belongs to.
type Sealer interface {
	Seal(plain, aad []byte) (sealed []byte, err error)
	Open(sealed, aad []byte) (plain []byte, err error)
	Hash(domain, value string) []byte
}

// Drivers that Options.Driver may name.
const (
	Postgres = "postgres"
	SQLite   = "sqlite"
)

// DefaultMaxBatch is how many changes are committed as one transaction at the
// most.
const DefaultMaxBatch = 128

// Options of a store.
type Options struct {
	Driver   string // Postgres or SQLite
	DSN      string // connection string with an explicit sslmode, or the path of the SQLite file
	Node     string // this process, the owner of the legs it opens
	Sealer   Sealer
	Now      func() time.Time // nil means time.Now
	Log      *slog.Logger     // nil means slog.Default
	MaxBatch int              // zero means DefaultMaxBatch
}
