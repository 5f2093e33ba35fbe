package ledgertest

import (
	"bufio"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq" // the "postgres" driver
)

const (
	// folders is where clusters are kept: a disk even where /tmp is memory,
	// and short, since a socket's path may have no more than 107 bytes.
	folders = "/var/tmp"

	// port is part of the socket's name. It is given everywhere, so that no
	// PGPORT of the machine's owner is heeded.
	port = "5432"

	maxConnections = 200

	// patience is how long the server may take to come up or go down.
	patience = time.Minute
	// pollInterval is how often a server coming up is asked whether it answers.
	pollInterval = 10 * time.Millisecond
)

// Cluster is a PostgreSQL server of a test's own, to be stopped and killed.
// Its addresses stay good from one start to the next. A Cluster is for one
// goroutine, except for its databases.
type Cluster struct {
	root       string // the folder of the data, the socket and the log
	supervisor *exec.Cmd
	orders     io.WriteCloser
	events     *os.File
	lines      *bufio.Reader // of events
	databases  atomic.Int64
}

// NewCluster starts a cluster that goes when the test ends.
func NewCluster(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.close)
	return c
}

// Database returns the address of a new and empty database, as [EmptyPostgreSQL]
// does. If the server is down when the test ends, the database stays.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	return c.database(tb, "")
}

func (c *Cluster) database(tb testing.TB, like string) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d", c.databases.Add(1))
	if err := c.execute("CREATE DATABASE " + name + like); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if c.answer() != nil {
			return
		}
		if err := c.execute("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return c.address(name)
}

// Start starts the server again after Stop or Kill, and waits until it has
// recovered and answers.
func (c *Cluster) Start(tb testing.TB) {
	tb.Helper()
	if err := c.start(); err != nil {
		tb.Fatal(err)
	}
}

// Stop shuts the server down in good order, disconnecting its clients.
func (c *Cluster) Stop(tb testing.TB) {
	tb.Helper()
	if err := c.stop("INT"); err != nil {
		tb.Fatal(err)
	}
}

// Kill ends the server as kill -9 does, leaving on disk what was there. It
// returns when the last of the server's processes is gone.
func (c *Cluster) Kill(tb testing.TB) {
	tb.Helper()
	if err := c.stop("KILL"); err != nil {
		tb.Fatal(err)
	}
}

//go:embed supervise.sh
var supervise string

// open creates a cluster and starts its server.
func open() (*Cluster, error) {
	programs, err := Programs()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	c := &Cluster{}
	if c.root, err = makeFolder(owner); err != nil {
		return nil, err
	}
	if err := c.supervise(programs, owner); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.root))
	}
	if err = c.expect("made"); err == nil {
		err = c.start()
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// supervise starts the process that creates the cluster and runs its server.
// Being in a session of its own, it is not reached by what ends the tests.
func (c *Cluster) supervise(programs string, owner *syscall.Credential) error {
	args := []string{"-c", supervise, "supervise", programs}
	for _, setting := range []string{
		"fsync=on",
		"full_page_writes=on",
		"synchronous_commit=on",
		"listen_addresses=",
		"unix_socket_directories=" + c.root,
		"port=" + port,
		fmt.Sprintf("max_connections=%d", maxConnections),
	} {
		args = append(args, "-c", setting)
	}
	c.supervisor = exec.Command("/bin/sh", args...)
	c.supervisor.Dir = c.root
	c.supervisor.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	c.supervisor.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: owner}

	events, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirs.Close()
	c.events, c.lines, c.supervisor.Stdout = events, bufio.NewReader(events), theirs
	if c.orders, err = c.supervisor.StdinPipe(); err != nil {
		return errors.Join(err, events.Close())
	}
	if err := c.supervisor.Start(); err != nil {
		return errors.Join(err, events.Close())
	}
	return nil
}

func (c *Cluster) start() error {
	if err := c.order("start"); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; {
		silent := c.answer()
		if silent == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not answer after %v: %w\n%s", patience, silent, c.log())
		}
		switch event, err := c.next(pollInterval); {
		case err == nil:
			return fmt.Errorf("PostgreSQL did not start: %s\n%s", event, c.log())
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		}
	}
}

func (c *Cluster) stop(signal string) error {
	if err := c.order("stop " + signal); err != nil {
		return err
	}
	return c.expect("down")
}

// close ends the supervisor, which takes the server and the folder with it.
func (c *Cluster) close() {
	c.orders.Close()
	c.supervisor.Wait()
	c.events.Close()
}

func (c *Cluster) order(line string) error {
	_, err := io.WriteString(c.orders, line+"\n")
	return err
}

func (c *Cluster) expect(event string) error {
	switch got, err := c.next(patience); {
	case err != nil:
		return fmt.Errorf("waiting for PostgreSQL to be %s: %w\n%s", event, err, c.log())
	case got != event:
		return fmt.Errorf("waiting for PostgreSQL to be %s: %s\n%s", event, got, c.log())
	}
	return nil
}

// next returns the supervisor's next event, or os.ErrDeadlineExceeded if
// there is none in time. An event is written at once, hence read whole.
func (c *Cluster) next(within time.Duration) (string, error) {
	if err := c.events.SetReadDeadline(time.Now().Add(within)); err != nil {
		return "", err
	}
	line, err := c.lines.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (c *Cluster) log() string {
	text, err := os.ReadFile(filepath.Join(c.root, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// answer returns nil if the server takes requests, else why it does not.
func (c *Cluster) answer() error { return c.execute("SELECT") }

// execute runs one statement in the database that every cluster has.
func (c *Cluster) execute(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := sql.Open("postgres", c.address("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func (c *Cluster) address(database string) string {
	return (&url.URL{
		Scheme:   "postgres",
		User:     url.User("postgres"),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.root}, "port": {port}, "sslmode": {"disable"}}.Encode(),
	}).String()
}
