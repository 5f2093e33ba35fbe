package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/vendswitch/vendswitch/ledger"
)

// lockDatabase makes sure that one process serves an SQLite database: a second
// writer would slow both, and both would have one node's name. The lock goes with
// the process, however that ends. PostgreSQL serves many.
func (s *session) lockDatabase() (release func(), err error) {
	if s.config.Database.Driver != ledger.SQLite {
		return func() {}, nil
	}
	f, err := os.OpenFile(s.config.Database.DSN+".serving", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another process serves %s", s.config.Database.DSN)
		}
		return nil, fmt.Errorf("lock of %s: %w", s.config.Database.DSN, err)
	}
	return func() { f.Close() }, nil
}
