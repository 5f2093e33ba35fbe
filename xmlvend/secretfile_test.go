package xmlvend_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestASecretIsTheOneLineOfAFileThatOthersCannotRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	for name, row := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
		says    string
	}{
		"a line":              {"sample-Password 1\n", 0o600, "sample-Password 1", ""},
		"without an end":      {"sample-Password", 0o400, "sample-Password", ""},
		"as Windows ends it":  {"sample-Password\r\n", 0o600, "sample-Password", ""},
		"spaces are part":     {" sample-Password \n", 0o600, " sample-Password ", ""},
		"two lines":           {"sample-Password\nsample-Other\n", 0o600, "", "must hold one line"},
		"an empty line after": {"sample-Password\n\n", 0o600, "", "must hold one line"},
		"nothing":             {"", 0o600, "", "must hold one line"},
		"an empty line":       {"\n", 0o600, "", "must hold one line"},
		"a NUL":               {"sample-\x00\n", 0o600, "", "must hold one line"},
		"the group reads it":  {"sample-Password\n", 0o640, "", "mode 0640): chmod 600"},
		"all read it":         {"sample-Password\n", 0o604, "", "may be read by others"},
	} {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(row.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, row.mode); err != nil {
			t.Fatal(err)
		}
		secret, err := xmlvend.ReadSecret(file)
		if secret.Reveal() != row.want || (err != nil) != (row.says != "") {
			t.Errorf("%s: %q, %v", name, secret.Reveal(), err)
		}
		if err != nil && (!strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "sample-")) {
			t.Errorf("%s: %v, want it to say %q", name, err, row.says)
		}
	}
	if _, err := xmlvend.ReadSecret(file + ".none"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("%v", err)
	}
}
