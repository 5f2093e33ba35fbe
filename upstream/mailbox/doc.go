// Package mailbox takes mails out of a mailbox on an IMAP server, each exactly as it
// came.
//
// A mail is handed over, and when that returned without an error, which means that it
// has been committed, moved to another folder. Whatever happens between the two, the
// mail stays and is handed over again: whoever takes it must recognise it. Nothing is
// remembered from one connection to the next but what is in the folders, so neither
// new numbers of mails (UIDVALIDITY) nor a second node at the same mailbox matter.
package mailbox
