// Package supplier plays a supplier of vouchers: it makes stock files with PINs out of
// nothing, encrypts them to a customer's PGP key, signs them, and puts them into
// mails. It can be made to deliver what no supplier should.
//
// It remembers its PINs, so that a test can search for them where none may be.
package supplier
