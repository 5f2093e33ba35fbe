// Package xmlvend holds the messages of XMLVend 2.1 (NRS 009-6-10) as Go types.
//
// A message is decoded from, and encoded to, a SOAP document by hand-written
// code, one file per operation: the file declares the message's types and
// registers its element names, and nothing else in the package changes when an
// operation is added. Element names and xsi:type values are matched by
// namespace, never by prefix.
//
// [Handler] serves messages over HTTP, [Client] sends one to a server and never
// sends it twice, and [Dialect] says how a vendor's traffic departs from the
// schema and is brought back to it.
//
// Amounts are exact: a [Decimal] keeps the digits that were on the wire, and
// becomes an int64 of minor units only when it is exactly that. A [Secret]
// (password, token, PIN) prints as "[redacted]" whatever verb prints it.
package xmlvend
