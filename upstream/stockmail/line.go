package stockmail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxLine is the longest line of a stock file, in bytes.
const MaxLine = 4096

// LineError refuses a file. It holds nothing of the line but what the agreement has too.
type LineError struct {
	Line   int // from 1; 0 if the file as a whole is wrong
	Reason string
}

func (e *LineError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// lines reads a stream line by line.
type lines struct {
	in         *bufio.Reader
	number     int  // of the last line read
	unfinished bool // the last line has no line break
	broken     bool // the error is the stream's
}

func newLines(in io.Reader) *lines {
	return &lines{in: bufio.NewReaderSize(in, 16*MaxLine)}
}

var byteOrderMark = []byte("\ufeff")

// next is the next line, good until the one after, or io.EOF.
func (l *lines) next() ([]byte, error) {
	if l.unfinished {
		return nil, io.EOF
	}
	text, err := l.in.ReadSlice('\n')
	switch {
	case err == nil, errors.Is(err, bufio.ErrBufferFull):
	case err != io.EOF: // and not one that wraps it: that is a stream cut short
		l.broken = true
		return nil, fmt.Errorf("after line %d: %w", l.number, err)
	case len(text) == 0:
		return nil, io.EOF
	default:
		l.unfinished = true
	}
	l.number++
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	if l.number == 1 {
		text = bytes.TrimPrefix(text, byteOrderMark)
	}
	if len(text) > MaxLine {
		return nil, fmt.Errorf("longer than %d bytes", MaxLine)
	}
	return text, checkText(text)
}

// checkText wants UTF-8 without control characters but the tab.
func checkText(text []byte) error {
	ascii := true
	for _, c := range text {
		switch {
		case c >= utf8.RuneSelf:
			ascii = false
		case c == 0:
			return errors.New("has a NUL byte")
		case c < ' ' && c != '\t' || c == 0x7f:
			return errors.New("has a control character")
		}
	}
	if !ascii && !utf8.Valid(text) {
		return errors.New("is not UTF-8")
	}
	return nil
}

// split cuts a line into fields, appended to fields; they share its memory, but for
// those with quotes in quotes.
func (m *form) split(fields [][]byte, line []byte) ([][]byte, error) {
	switch {
	case m.fixed():
		return fields, nil
	case m.quotes && bytes.IndexByte(line, '"') >= 0:
		return m.splitQuoted(fields, line)
	}
	for {
		i := bytes.IndexByte(line, m.delimiter)
		if i < 0 {
			return append(fields, line), nil
		}
		fields = append(fields, line[:i])
		line = line[i+1:]
	}
}

var errQuotes = errors.New("quotes are not in pairs around a whole field")

// splitQuoted cuts at delimiters outside quotes, as in CSV. A field ends in its line.
func (m *form) splitQuoted(fields [][]byte, line []byte) ([][]byte, error) {
	for {
		var field []byte
		if len(line) > 0 && line[0] == '"' {
			var err error
			if field, line, err = unquote(line[1:]); err != nil {
				return nil, err
			}
		} else {
			end := bytes.IndexByte(line, m.delimiter)
			if end < 0 {
				end = len(line)
			}
			field, line = line[:end], line[end:]
			if bytes.IndexByte(field, '"') >= 0 {
				return nil, errQuotes
			}
		}
		fields = append(fields, field)
		if len(line) == 0 {
			return fields, nil
		}
		if line[0] != m.delimiter {
			return nil, errQuotes
		}
		line = line[1:]
	}
}

// unquote returns what is before the closing quote, and what is behind it.
func unquote(line []byte) (field, rest []byte, err error) {
	end := bytes.IndexByte(line, '"')
	if end >= 0 && !bytes.HasPrefix(line[end:], []byte(`""`)) {
		return line[:end], line[end+1:], nil
	}
	for i := 0; i < len(line); i++ {
		if line[i] != '"' {
			field = append(field, line[i])
			continue
		}
		if i+1 == len(line) || line[i+1] != '"' {
			return field, line[i+1:], nil
		}
		field = append(field, '"')
		i++
	}
	return nil, nil, errQuotes
}
