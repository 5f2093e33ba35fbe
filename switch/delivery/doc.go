// Package delivery brings suppliers' stock files into stock: the envelope is opened
// and its signature verified against the supplier's pinned key, the file is read as
// his agreement lays it out, and its vouchers are loaded, all or none, to await a
// second person.
//
// What arrives is written down before anything is done with it, and so is what became
// of it. Cleartext is a stream from the envelope into the sealed rows of a
// transaction; it is written nowhere else. No error, log or record tells a PIN.
package delivery
