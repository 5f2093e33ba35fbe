// Package deposit turns what banks tell of money into merchants' credit: a message
// that a gateway or a mailbox brings is stored, read, judged, its deposits recorded
// with their fees, and their merchants told.
//
// Take returns nil once the message is committed, which is the gateway's or the
// mailbox's leave to forget it. What then fails, or dies, is taken up again by Run.
// However often and by whichever channel a deposit is told of, on whichever node, it
// is credited once: the ledger decides that under its locks.
package deposit
