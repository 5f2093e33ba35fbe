package suite

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/BurntSushi/toml"

	"github.com/vendswitch/vendswitch/schemas"
)

const (
	requestsFile = "cases/requests.toml"
	reasonsFile  = "cases/reasons.toml"
)

// templates reads the payloads by name.
func templates() (map[string]string, error) {
	var all map[string]string
	if _, err := toml.DecodeFS(files, requestsFile, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", requestsFile, err)
	}
	for name, text := range all {
		if name != "head" {
			all[name] = strings.ReplaceAll(text, "{{head}}", all["head"])
		}
	}
	return all, nil
}

var placeholder = regexp.MustCompile(`\{\{([a-zA-Z0-9.]+)\}\}`)

// fill puts values in the places held for them.
func fill(text string, values map[string]string) (string, error) {
	var missing string
	text = placeholder.ReplaceAllStringFunc(text, func(held string) string {
		value, ok := values[held[2:len(held)-2]]
		if !ok {
			missing = held
		}
		return value
	})
	if missing != "" {
		return "", fmt.Errorf("nothing is known of %s", missing)
	}
	return text, nil
}

const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// document is the step's request as text, before it is encoded.
func (s Step) document(templates, values map[string]string) (string, error) {
	text := s.Raw
	if text == "" && s.Request != "" {
		space, prolog := schemas.NSSOAP11, declaration
		if s.SOAP == "1.2" {
			space = schemas.NSSOAP12
		}
		if s.Prolog != nil {
			prolog = *s.Prolog
		}
		text = prolog + `<soap:Envelope xmlns:soap="` + space + `" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:b="` + schemas.NSBase +
			`" xmlns:r="` + schemas.NSRevenue + `" xmlns:m="` + schemas.NSMeter + `" xmlns:v="` + schemas.NSVoucher + `"><soap:Body>` + templates[s.Request] + `</soap:Body></soap:Envelope>`
	}
	for _, edit := range s.Edit {
		if !strings.Contains(text, edit[0]) {
			return "", fmt.Errorf("there is no %q to replace", edit[0])
		}
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	text, err := fill(text, values)
	if err == nil && len(text) < s.Pad {
		text += strings.Repeat(" ", s.Pad-len(text))
	}
	return text, err
}

// encode puts text into the bytes that go on the wire, before compression.
func (s Step) encode(text string) ([]byte, error) {
	switch s.Encoding {
	case "", "utf-8":
		return []byte(text), nil
	case "bom":
		return []byte("\xef\xbb\xbf" + text), nil
	case "latin1":
		var b []byte
		for _, r := range text {
			b = append(b, byte(r))
		}
		return b, nil
	case "utf-16":
		b := []byte{0xfe, 0xff}
		for _, unit := range utf16.Encode([]rune(text)) {
			b = binary.BigEndian.AppendUint16(b, unit)
		}
		return b, nil
	}
	return nil, fmt.Errorf("there is no encoding %q", s.Encoding)
}

// header is what HTTP says of the request.
func (s Step) header() http.Header {
	h := http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`""`}, "User-Agent": {"vendconform"}}
	if s.ContentType != "" {
		h.Set("Content-Type", s.ContentType)
	}
	if s.Action != nil {
		h.Del("Soapaction")
		if *s.Action != "absent" {
			h.Set("Soapaction", *s.Action)
		}
	}
	if s.Gzip {
		h.Set("Content-Encoding", "gzip")
	}
	if s.AcceptGzip {
		h.Set("Accept-Encoding", "gzip")
	} else {
		h.Set("Accept-Encoding", "identity")
	}
	return h
}
