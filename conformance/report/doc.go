// Package report turns what was found out into what people and machines read: a
// page of HTML that needs nothing else, JUnit XML for a build server, or one JSON
// report made of several.
//
// Everything in a report may come from a hostile server or client. In HTML it is
// text and nothing else: html/template escapes it, the page has no script, and its
// policy allows none, nor anything from elsewhere.
package report
