package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// maxHeadLine is the longest line of a heads file that is read, in bytes. A
// head takes about 250.
const maxHeadLine = 4096

// HeadsFile is where heads are published outside of the database: a file to
// which one line of JSON is added for each head. It is only ever added to, so
// it may lie on a medium that allows nothing else, and copies of it may be
// taken at any time.
//
// A crash may leave a torn line, or one without its end. It is then repeated
// whole, so a line that is the beginning of the next head's or of the last's, or
// that ends the file and is no head, says nothing and is passed over.
type HeadsFile struct {
	path string
	file *os.File
	last Head // N is zero if there is none
	torn bool // the file does not end with a line's end
}

// OpenHeadsFile opens or creates the file at path for publishing.
func OpenHeadsFile(path string) (*HeadsFile, error) {
	h := &HeadsFile{path: path}
	for head, err := range ReadHeads(path) {
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		h.last = head
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("heads file: %w", err)
	}
	h.file = f
	if h.torn, err = endsTorn(f); err != nil {
		return nil, fmt.Errorf("heads file: %w", errors.Join(err, f.Close()))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("heads file: %w", errors.Join(err, f.Close()))
	}
	return h, nil
}

func endsTorn(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	var end [1]byte
	if _, err := f.ReadAt(end[:], info.Size()-1); err != nil {
		return false, err
	}
	return end[0] != '\n', nil
}

// syncDir makes a new file's name durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Last is the last head in the file; its N is zero if there is none.
func (h *HeadsFile) Last() Head { return h.last }

// Append adds heads, in ascending order of N, and returns once they are on
// disk.
func (h *HeadsFile) Append(heads ...Head) error {
	var text bytes.Buffer
	if h.torn {
		text.WriteByte('\n')
	}
	last := h.last
	for _, head := range heads {
		if head.N <= last.N {
			return fmt.Errorf("heads file %s: head %d after head %d", h.path, head.N, last.N)
		}
		line, err := json.Marshal(head)
		if err != nil {
			return err
		}
		text.Write(line)
		text.WriteByte('\n')
		last = head
	}
	if _, err := h.file.Write(text.Bytes()); err != nil {
		h.torn = true
		return fmt.Errorf("heads file: %w", err)
	}
	if err := h.file.Sync(); err != nil {
		return fmt.Errorf("heads file: %w", err)
	}
	h.last, h.torn = last, false
	return nil
}

// Close closes the file.
func (h *HeadsFile) Close() error { return h.file.Close() }

// ReadHeads reads the heads of a heads file in the order in which they were
// added. It ends with the first error; a missing file is fs.ErrNotExist.
func ReadHeads(path string) iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Head{}, fmt.Errorf("heads file: %w", err))
			return
		}
		defer f.Close()
		for head, err := range parseHeads(f) {
			if err != nil {
				yield(Head{}, fmt.Errorf("heads file %s, %w", path, err))
				return
			}
			if !yield(head, nil) {
				return
			}
		}
	}
}

func parseHeads(r io.Reader) iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, maxHeadLine)
		scanner.Split(endedLines)
		var last Head
		var lastLine []byte
		var torn [][]byte // lines that must be beginnings of the next head's, or the last's
		number := 0
		for scanner.Scan() {
			number++
			line := scanner.Bytes()
			head, err := parseHead(line)
			if err != nil {
				torn = append(torn, bytes.Clone(line))
				continue
			}
			for i, t := range torn {
				if !bytes.HasPrefix(line, t) && !bytes.HasPrefix(lastLine, t) {
					yield(Head{}, fmt.Errorf("line %d: not a head", number-len(torn)+i))
					return
				}
			}
			torn = nil
			if bytes.Equal(line, lastLine) {
				continue
			}
			if head.N <= last.N {
				yield(Head{}, fmt.Errorf("line %d: head %d after head %d", number, head.N, last.N))
				return
			}
			last, lastLine = head, bytes.Clone(line)
			if !yield(head, nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield(Head{}, fmt.Errorf("line %d: %w", number+1, err))
		}
	}
}

// endedLines splits into lines and drops a last one that has no end.
func endedLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

func parseHead(line []byte) (Head, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var h Head
	if err := decoder.Decode(&h); err != nil {
		return Head{}, errors.New("not the JSON of a head")
	}
	if decoder.More() || h.N < 1 || len(h.Chain) != HashSize {
		return Head{}, errors.New("not a head")
	}
	return h, nil
}
