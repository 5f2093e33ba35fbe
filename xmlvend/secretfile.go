package xmlvend

import (
	"fmt"
	"os"
	"strings"
)

// shared are the bits of a file's mode by which others than its owner may use it.
const shared = 0o077

// ReadSecret reads a file that holds a password and nothing else: one line. Others than
// its owner must not be able to read it. An error names the file, and nothing of what is
// in it.
func ReadSecret(file string) (Secret, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	if mode := info.Mode().Perm(); mode&shared != 0 {
		return "", fmt.Errorf("%s may be read by others (mode %04o): chmod 600 it", file, mode)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if secret == "" || strings.ContainsAny(secret, "\r\n\x00") {
		return "", fmt.Errorf("%s must hold one line", file)
	}
	return Secret(secret), nil
}
