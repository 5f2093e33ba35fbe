// Package stockmail reads suppliers' stock files, as their agreements lay them out.
//
// What was agreed with a supplier is data: one strict TOML file (ParseAgreement)
// that names the products, their prices, and how the columns of a file lie, which
// may differ by product within one file. Read takes such a file as a stream and
// yields vouchers; the first thing that is not as agreed refuses the file, with the
// number of its line and without anything that could be a PIN. Whoever reads must
// keep nothing before the stream has ended well: counts, sums and the end of the
// file are checked last. It stores nothing.
package stockmail
