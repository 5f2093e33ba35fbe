// Package certificate is who the two ends of a TLS connection are. XMLVend has them
// show each other certificates of X.509 whose subjects are the client and the server
// that the messages name: a client whose message names another is refused with
// ClientIDSSLEx.
//
// A [Source] reads the files, and reads them again when they change: what is made of
// them holds from the next handshake on, connections that exist go on. An [Authority]
// signs certificates for development.
package certificate
