// Package envelope opens the PGP envelope in which a supplier's delivery of stock
// arrives: a mail (PGP/MIME, inline or attached) or a bare file.
//
// The cleartext is full of PINs, so it is only ever a stream: it is written nowhere,
// and never wholly in memory. Who signed it is known only at its end, so whoever
// reads it learns that it is good by io.EOF and by nothing else: if the signature, the
// integrity or the contents are wrong, the last Read returns that error instead. A
// consumer works on what it reads in a transaction, commits after io.EOF, and rolls
// back on any other error. (A bufio.Scanner swallows io.EOF only: look at its Err.)
//
// What authenticates a delivery is the signature by a key that is pinned for the
// supplier. The headers of a mail are what anyone may have written.
package envelope
