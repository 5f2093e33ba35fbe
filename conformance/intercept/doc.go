// Package intercept stands between clients and a server, forwards every byte both
// ways as it came, and judges both sides by what went through.
//
// It copies connections, not messages: each connection of a client is given one of
// its own to the server, and what either sends reaches the other unaltered:
// header, body, compression, chunks, keep-alive, pipelining, and the way in which
// the connection ends. A reset is passed on as a reset. The copies are taken apart
// on the side. So nothing that the judge makes of a message, nor its failure, can
// reach the traffic; where it cannot keep up, messages are forwarded and not
// judged, and counted.
//
// Since the header is not touched, a client's Host names the interceptor, and its
// path is the server's: of the upstream URL only scheme, host and port are used.
//
// # Memory
//
// At most [MaxConnections] connections are open at a time. Of each, at most
// [MaxBody] of either message is kept while it is taken apart, and a backlog of
// maxBacklog. What is found is kept in a [conformance.Tally], and what must be
// remembered in a rule.Session; both are bounded.
package intercept
