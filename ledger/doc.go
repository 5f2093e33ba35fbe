// Package ledger keeps the money and the memory of the switch: parties,
// float accounts, append-only entries with their postings, the journal of
// sales and legs, claimed message ids, sealed outcomes, voucher stock, and
// deposits with the banks' messages that tell of them and the outbox of what
// merchants are told, in one SQL database.
//
// It takes and gives plain records. It knows nothing of XML, mail or HTTP, and
// it decides only what must be decided under a lock: is this message id free,
// do the funds suffice, which voucher is next, is this leg still open.
//
// Two databases behave alike: PostgreSQL, for production with many nodes, and
// SQLite, embedded, for one node. Every change to money goes through a writer
// of its merchant's, which commits whatever queued up during the previous
// commit as one transaction (see writer.go and writers.go).
//
// Amounts are int64 minor units (cents) of the account's currency. Times are
// UTC. Ids are UUIDs of version 7, so that they sort by the time they were
// made.
package ledger
