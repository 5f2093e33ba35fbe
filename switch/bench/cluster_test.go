//go:build bench

package bench_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// clusterSettings are those of a small server of one's own: the databases fit
// into memory, and no checkpoint falls into some figures and not into others.
// Ours and floors alike run under them; durability is as the ledger demands it.
var clusterSettings = []string{
	"shared_buffers = '1GB'",
	"max_wal_size = '4GB'",
	"checkpoint_timeout = '30min'",
}

// cluster is the PostgreSQL server that all databases of a run live in.
type cluster struct {
	*ledgertest.Cluster
	programs   string // folder
	address    *url.URL
	admin      *sql.DB
	postmaster int // process id
	copies     int
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{Cluster: ledgertest.NewCluster(t)}
	var err error
	if c.programs, err = ledgertest.Programs(); err != nil {
		t.Fatal(err)
	}
	if c.address, err = url.Parse(c.Database(t)); err != nil {
		t.Fatal(err)
	}
	c.address.Path = "/postgres"
	c.admin = connect(t, c.address.String())
	for _, setting := range clusterSettings {
		c.do(t, "ALTER SYSTEM SET "+setting)
	}
	c.Stop(t)
	c.Start(t)
	c.postmaster = c.pid(t)
	return c
}

func connect(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (c *cluster) do(t *testing.T, statement string) {
	t.Helper()
	if _, err := c.admin.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (c *cluster) show(t *testing.T, setting string) (value string) {
	t.Helper()
	if err := c.admin.QueryRow("SHOW " + setting).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func (c *cluster) pid(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.show(t, "data_directory"), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// describe names the server and what it was told.
func (c *cluster) describe(t *testing.T) []string {
	t.Helper()
	line := "PostgreSQL  " + c.show(t, "server_version")
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit", "shared_buffers", "max_wal_size", "checkpoint_timeout"} {
		line += fmt.Sprintf(", %s %s", name, c.show(t, name))
	}
	return []string{line}
}

// process is one whose CPU time is told.
type process struct {
	name string
	pid  int
}

// watch measures what work costs: each process, the server, and its log.
func (c *cluster) watch(t *testing.T, processes []process, work func() rate) rate {
	t.Helper()
	own := make([]time.Duration, len(processes))
	for i, p := range processes {
		own[i] = cpuOf(t, p.pid)
	}
	server := cpuOfFamily(t, c.postmaster)
	commits, wal := c.progress(t)
	r := work()
	for i, p := range processes {
		r.cpu = append(r.cpu, spent{p.name, cpuOf(t, p.pid) - own[i]})
	}
	r.cpu = append(r.cpu, spent{"PostgreSQL", cpuOfFamily(t, c.postmaster) - server})
	laterCommits, laterWAL := c.progress(t)
	r.commits, r.wal = laterCommits-commits-1, laterWAL-wal
	return r
}

// progress counts the transactions that have written, this one too, and the
// bytes of the write-ahead log.
func (c *cluster) progress(t *testing.T) (transactions, wal int64) {
	t.Helper()
	err := c.admin.QueryRow("SELECT pg_current_xact_id()::text::bigint, (pg_current_wal_lsn() - '0/0')::bigint").Scan(&transactions, &wal)
	if err != nil {
		t.Fatal(err)
	}
	return transactions, wal
}

// database is one database of the cluster.
type database struct {
	name    string
	address string
	*sql.DB
}

// create makes an empty database.
func (c *cluster) create(t *testing.T) *database {
	t.Helper()
	return c.make(t, "")
}

// copy makes a database like another that nobody is connected to.
func (c *cluster) copy(t *testing.T, of *database) *database {
	t.Helper()
	return c.make(t, " TEMPLATE "+of.name+" STRATEGY file_copy")
}

func (c *cluster) make(t *testing.T, how string) *database {
	t.Helper()
	c.copies++
	d := &database{name: fmt.Sprintf("bench_%d", c.copies)}
	c.do(t, "CREATE DATABASE "+d.name+how)
	t.Cleanup(func() { c.do(t, "DROP DATABASE "+d.name+" WITH (FORCE)") })
	address := *c.address
	address.Path = "/" + d.name
	d.address = address.String()
	d.DB = connect(t, d.address)
	d.SetMaxIdleConns(0) // so that nobody is connected when it is copied
	return d
}
