// Floors checks the rules of the house on the module it is started in: which
// package may import which, what may stand at the top of the tree, and that
// the sources refer only to what is in the repository. It prints one line for
// each breach, and exits 1 if there is any.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
)

func main() {
	breaches, err := check(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "floors:", err)
		os.Exit(2)
	}
	for _, breach := range breaches {
		fmt.Println(breach)
	}
	if len(breaches) > 0 {
		os.Exit(1)
	}
}

func check(root string) ([]string, error) {
	packages, err := list(root)
	if err != nil {
		return nil, err
	}
	top, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	mentions, err := checkMentions(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	return slices.Concat(checkImports(packages), checkTop(top), mentions), nil
}

// list asks the go command for the packages of the module at root. Imports are
// those of the package itself, without those of its tests.
func list(root string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	packages, err := decode(out)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return packages, nil
}

func decode(out io.Reader) ([]listed, error) {
	var packages []listed
	for dec := json.NewDecoder(out); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}
