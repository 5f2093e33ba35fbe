package ledger

import (
	"context"
	"errors"
)

// engine is what the two databases do differently.
type engine interface {
	// prepare readies the engine, once the schema is known to be there.
	prepare(context.Context) error

	// remembers reports whether the writer should decide on what it remembers,
	// where it can, and not look first.
	remembers() bool

	// writers is how many writers the database is best served by.
	writers() int

	// desk makes a place for a writer.
	desk() desk

	// begin starts a transaction beside the writer.
	begin(context.Context) (transaction, error)

	// durable reports settings under which a committed transaction could be
	// lost.
	durable(context.Context) error

	// committed tells whether a round whose commit was not answered went
	// through, from its mark and the id of an entry it wrote.
	committed(ctx context.Context, mark string, entry ID) (bool, error)

	// diagnose sorts an error of the database.
	diagnose(error) trouble

	close() error
}

// desk is where a writer makes its rounds: on PostgreSQL a connection of its own.
type desk interface {
	// round starts a transaction of the writer.
	round(context.Context) (round, error)

	// leave ends the desk.
	leave()
}

// round is one transaction of a writer: look, unless memory serves, then commit
// or rollback.
type round interface {
	queryer

	// look locks and reads what the changes need, the next unsold vouchers among
	// it. With wait it waits for those that other nodes have locked, else it
	// passes over them.
	look(ctx context.Context, n *needs, wait bool, v *view) error

	// commit writes all rows and commits. An errDoubt means that nobody knows
	// whether it did; any other error, that it did not.
	commit(context.Context, *rows) error

	// rollback gives up. After commit it does nothing.
	rollback()

	// mark identifies the transaction, for engine.committed.
	mark() string
}

// transaction is one beside the writer, for what moves no float.
type transaction interface {
	queryer

	// exec runs a statement with ? for parameters, and returns how many rows it
	// touched.
	exec(ctx context.Context, sql string, args ...any) (int64, error)

	// load writes vouchers into stock, passing over those whose serial or PIN
	// exists, and returns how many it wrote.
	load(context.Context, []sealedVoucher) (int, error)

	write(context.Context, *rows) error
	commit() error
	rollback()
}

// trouble is a kind of database error.
type trouble int

const (
	troubleOther    trouble = iota
	troubleRace             // lost against another node: look again
	troubleUnique           // a key exists already: look again, it may be visible now
	troubleUpstream         // so does one of our own message ids: the same
	troubleOrphan           // the row that is referred to does not exist
	troubleLocked           // somebody else has held a row for too long
	troubleGone             // no connection, or a database that is starting or stopping
)

// errMisfit means that a statement touched another number of rows than it
// should have.
var errMisfit = errors.New("rows have changed under the writer's hands")

// errMemory means that a round cannot be decided on what is remembered.
var errMemory = errors.New("not decided on memory")

// errDoubt means that a commit was not answered.
var errDoubt = errors.New("commit was not answered")
