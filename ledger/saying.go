package ledger

import "fmt"

// said is an error of a known kind in words of its own.
type said struct {
	kind error
	text string
}

func (e said) Error() string        { return e.text }
func (e said) Is(target error) bool { return target == e.kind }

// saying is an error of a kind whose text tells what the kind's would, and more.
func saying(kind error, format string, args ...any) error {
	return said{kind, fmt.Sprintf(format, args...)}
}
