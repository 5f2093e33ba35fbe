// Package audit makes the ledger's journal tamper-evident, and checks the
// ledger's promises on a live database.
//
// # The seal
//
// A Sealer gives each committed entry a number and chains their hashes, behind
// the sales and not in their transactions. With || for joining, every integer
// as eight bytes big-endian, every time as microseconds since 1970 in such an
// integer, every text after its length in bytes, and ids as their sixteen bytes
// (zeros if NULL):
//
//	entry hash = SHA-256("vendswitch entry 1" || id || at || kind || sale_id || leg_id || actor || body
//	                     || number of postings || for each: line || at || account || amount || currency)
//	chain[n]   = SHA-256("vendswitch chain 1" || chain[n-1] || n || entry hash)     chain[0] is 32 zero bytes
//
// The labels are texts, so their lengths come first; hashes and chain values are
// joined as they are. A head says that the chain had a value after n entries. It
// is signed with Ed25519 over
//
//	vendswitch head 1 || n || chain[n] || signed_at || key id
//
// in which the label and the key id stand without their lengths. Heads are kept
// in the table seal_head and published outside of the database (see HeadsFile):
// who can write to the database and has the signing key can compute another
// chain, but cannot take back what was published. So copies of the heads file
// belong where the operator of the database cannot change them.
//
// What was committed and is not sealed yet is not protected: by default that of
// the last five seconds, the interval of the Sealer.
//
// # The invariants
//
// Verify reads the whole ledger in one snapshot and reports on each of its eight
// invariants what was checked, what was found, and what a database cannot show.
package audit
