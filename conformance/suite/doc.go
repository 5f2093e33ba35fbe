// Package suite drives an XMLVend server through cases and judges its answers.
//
// A case is data, in a TOML file below cases/: steps, each a request and what must
// hold of the answer. An unknown key is an error.
//
//	[[case]]
//	name = "vend-replayed"
//	title = "A repeated vend sells once"
//	operation = "creditVendReq"     # what the profile must support; also a row of the coverage
//	rule = "message-id"             # column of the coverage besides fault classes: success, header, message-id, encoding or envelope
//	clause = "XMLVend 2.1, UC creditVend"
//	needs = ["meter:good", "duplicates:replay"]
//	[[case.step]]
//	request = "creditVendReq"       # a template of cases/requests.toml
//	expect = { answer = "creditVendResp", token = "new" }
//	[[case.step]]
//	request = "creditVendReq"
//	id = "same:1"
//	expect = { answer = "creditVendResp", same = 1 }
//
// # What a case needs
//
// meter:KIND, amount:below or amount:above, duplicates:replay or duplicates:refuse,
// feature:NAME, product, and unsupported: that the profile does not list the
// operation. What is missing makes the case not applicable.
//
// # What a step says of its request
//
// request names a template, or raw is the whole body. set gives placeholders other
// values, edit replaces text of the finished document and fails if it is not there.
// id is "same:N" for the message id of step N, "zeros:N" for the same with leading
// zeros. soap is "1.1" or "1.2", prolog replaces the XML declaration, encoding is
// utf-8, bom, latin1 or utf-16, gzip compresses, accept_gzip asks for compression,
// pad fills up to so many bytes; method, content_type and action say what HTTP says.
//
// Placeholders: {{client}}, {{terminal}}, {{operator}}, {{password}}, {{date}},
// {{number}}, {{amount}}, {{amount.other}}, {{amount.below}}, {{amount.above}},
// {{currency}}, {{product}}, {{meter.KIND}}, and of an earlier step {{date.N}},
// {{number.N}}, {{token.N}}.
//
// # What must hold
//
//	answer   local name of the response; the status is 200
//	fault    one of these classes, or soap:CODE for a fault without XMLVend detail, or "any"; the status is not 2xx
//	status   one of these HTTP statuses; alone, of an answer that need hold no document
//	token    new: real, and of no earlier step; zeros: all of them; none
//	equal    value of a path, such as "r:receipt/@no"; a leading // finds the first anywhere
//	present, absent  paths
//	same     the number of the step whose payload, outer header apart, is equal under exclusive C14N
//
// Besides, each exchange goes through the server rules of package rule: schema,
// echo of the header, sums of receipts, tokens, SOAP version, content type. A case
// names in waive those rules that cannot hold because of what it sends.
package suite
