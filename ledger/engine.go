package ledger

import (
	"context"
	"errors"
)

// engine is what the two databases do differently.
type engine interface {
	// prepare readies the engine, once the schema is known to be there.
	prepare(context.Context) error

	// begin starts a transaction that may write.
	begin(context.Context) (transaction, error)

	// durable reports settings under which a committed transaction could be
	// lost.
	durable(context.Context) error

	// committed tells whether a transaction whose commit was not answered
	// went through, from the id of an entry it wrote.
	committed(ctx context.Context, mark string, entry ID) (bool, error)

	// diagnose sorts an error of the database.
	diagnose(error) trouble

	close() error
}

// transaction is one transaction of the writer, in the order of its methods.
type transaction interface {
	queryer

	// look locks and reads what the changes need.
	look(context.Context, *needs, *view) error

	// pop locks the next unsold vouchers. With wait it waits for those that
	// other nodes have locked, else it passes over them.
	pop(ctx context.Context, wants map[string]want, wait bool, v *view) error

	write(context.Context, *rows) error

	// load writes vouchers into stock, passing over those whose serial or PIN
	// exists, and returns how many it wrote.
	load(context.Context, []sealedVoucher) (int, error)

	// exec runs a statement with ? for parameters, and returns how many rows it
	// touched.
	exec(ctx context.Context, sql string, args ...any) (int64, error)

	// commit commits. After an error nobody knows whether it did.
	commit() error

	// mark identifies the transaction, for engine.committed.
	mark() string

	rollback()
}

// trouble is a kind of database error.
type trouble int

const (
	troubleOther  trouble = iota
	troubleRace           // lost against another node: look again
	troubleUnique         // a key exists already: look again, it may be visible now
	troubleOrphan         // the row that is referred to does not exist
	troubleGone           // no connection, or a database that is starting or stopping
)

// errMisfit means that a statement touched another number of rows than it
// should have.
var errMisfit = errors.New("rows have changed under the writer's hands")
