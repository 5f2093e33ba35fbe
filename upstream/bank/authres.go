package bank

import "strings"

// authResults is one Authentication-Results field (RFC 8601).
type authResults struct {
	server  string // authserv-id
	methods []authMethod
}

// authMethod is what a server found by one method.
type authMethod struct {
	name, result string
	properties   map[string]string // by ptype.property; names in small letters
}

// parseAuthResults reads a field's value. ok is false for what is not in the form of
// RFC 8601, section 2.2; nothing of it counts then.
func parseAuthResults(value string) (r authResults, ok bool) {
	tokens, ok := authTokens(value)
	if !ok {
		return authResults{}, false
	}
	var parts [][]string // between semicolons
	part := []string{}
	for _, t := range tokens {
		if t == ";" {
			parts, part = append(parts, part), []string{}
			continue
		}
		part = append(part, t)
	}
	parts = append(parts, part)
	head := parts[0] // the server, perhaps the version of the form
	if len(head) == 0 || len(head) > 2 || len(head) == 2 && head[1] != "1" || head[0] == "=" {
		return authResults{}, false
	}
	r.server = unquoted(head[0])
	for _, p := range parts[1:] {
		if len(p) == 0 || len(p) == 1 && strings.EqualFold(p[0], "none") {
			continue // after the last semicolon, or nothing was tried
		}
		m, ok := parseAuthMethod(p)
		if !ok {
			return authResults{}, false
		}
		r.methods = append(r.methods, m)
	}
	return r, true
}

// parseAuthMethod reads method[/version]=result [reason=…] *(ptype.property=value).
func parseAuthMethod(tokens []string) (m authMethod, ok bool) {
	if len(tokens)%3 != 0 {
		return m, false
	}
	m.properties = map[string]string{}
	for i := 0; i < len(tokens); i += 3 {
		name, value := strings.ToLower(tokens[i]), unquoted(tokens[i+2])
		if name == "=" || tokens[i+1] != "=" || tokens[i+2] == "=" || strings.HasPrefix(name, `"`) {
			return m, false
		}
		if i == 0 {
			m.name, _, _ = strings.Cut(name, "/")
			m.result = strings.ToLower(value)
			continue
		}
		if _, twice := m.properties[name]; twice {
			return m, false
		}
		m.properties[name] = value
	}
	return m, true
}

// authTokens splits a value in words, quoted strings, = and ;. Comments, which may
// hold comments, are dropped. ok is false if a quote or a comment does not end.
func authTokens(value string) (tokens []string, ok bool) {
	word := strings.Builder{}
	end := func() {
		if word.Len() > 0 {
			tokens = append(tokens, word.String())
			word.Reset()
		}
	}
	for i := 0; i < len(value); i++ {
		switch c := value[i]; c {
		case ' ', '\t', '\r', '\n':
			end()
		case '=', ';':
			end()
			tokens = append(tokens, string(c))
		case '(':
			end()
			if i = commentEnd(value, i); i < 0 {
				return nil, false
			}
		case '"':
			close := quoteEnd(value, i)
			if close < 0 || word.Len() > 0 {
				return nil, false
			}
			tokens = append(tokens, value[i:close+1])
			i = close
		default:
			word.WriteByte(c)
		}
	}
	end()
	return tokens, true
}

// commentEnd returns where the comment that begins at i ends, or -1.
func commentEnd(value string, i int) int {
	depth := 0
	for ; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// quoteEnd returns where the quoted string that begins at i ends, or -1.
func quoteEnd(value string, i int) int {
	for i++; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// unquoted is a word as it is, and what a quoted string holds.
func unquoted(token string) string {
	if len(token) < 2 || token[0] != '"' {
		return token
	}
	var b strings.Builder
	for i := 1; i < len(token)-1; i++ {
		if token[i] == '\\' && i+1 < len(token)-1 {
			i++
		}
		b.WriteByte(token[i])
	}
	return b.String()
}

// dmarcPassed judges the results that the trusted server wrote: one at least must say
// that DMARC passed for the domain of the From address, and none anything else. why
// says what is missing.
func dmarcPassed(fields []string, server, domain string) (passed bool, why string) {
	why = "no Authentication-Results of " + server
	for _, value := range fields {
		r, ok := parseAuthResults(value)
		if !ok || !strings.EqualFold(r.server, server) {
			continue
		}
		if !passed {
			why = "the Authentication-Results of " + server + " do not tell of DMARC"
		}
		for _, m := range r.methods {
			if m.name != "dmarc" {
				continue
			}
			from := strings.TrimSuffix(m.properties["header.from"], ".")
			switch {
			case m.result != "pass":
				return false, "DMARC is " + m.result
			case !strings.EqualFold(from, domain):
				return false, "DMARC passed for " + from + ", not for " + domain
			}
			passed, why = true, ""
		}
	}
	return passed, why
}
