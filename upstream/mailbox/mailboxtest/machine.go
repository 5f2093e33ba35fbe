package mailboxtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// folders is where servers have their things: a disk even where /tmp is memory, and
// short, since a socket's path may have no more than 107 bytes.
const folders = "/var/tmp"

// eximUser is whom Debian's Exim insists that the machine knows, even if it is never
// run as that user. It is shown a list of users that has it.
const eximUser = "Debian-exim"

// unprivileged returns whom to run the servers as: nil, for the current user, unless
// that is root; then the user of Debian's PostgreSQL, whom tests have anyway.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("a mail server is not run as root, and there is no user for it, run make setup: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// makeFolder makes a folder that only the owner of the servers can enter.
func makeFolder(owner *syscall.Credential) (string, error) {
	root, err := os.MkdirTemp(folders, "vendswitch-mail-")
	if err != nil {
		return "", err
	}
	if owner != nil {
		if err := os.Chown(root, int(owner.Uid), int(owner.Gid)); err != nil {
			return "", errors.Join(err, os.RemoveAll(root))
		}
	}
	return root, nil
}

// identity is whom the servers run as.
type identity struct {
	user, group   string
	users, groups string // files as passwd and group, for Exim
}

func (s *Server) people() (identity, error) {
	uid, gid := os.Geteuid(), os.Getegid()
	if s.owner != nil {
		uid, gid = int(s.owner.Uid), int(s.owner.Gid)
	}
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return identity{}, err
	}
	g, err := user.LookupGroupId(strconv.Itoa(gid))
	if err != nil {
		return identity{}, err
	}
	people := identity{user: u.Username, group: g.Name}
	for _, name := range []string{u.Username, eximUser} {
		people.users += fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", name, uid, gid, s.root)
	}
	people.users += "root:x:0:0::/root:/bin/sh\n"
	for _, name := range []string{g.Name, eximUser} {
		people.groups += fmt.Sprintf("%s:x:%d:\n", name, gid)
	}
	people.groups += "root:x:0:\n"
	return people, nil
}

// eximProgram finds Exim: what make setup has unpacked into the user's cache, else the
// machine's own.
func eximProgram() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(cache, "vendswitch", "exim4-*", "usr", "sbin", "exim4"))
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(modified(a), modified(b)) }), nil
	}
	if own, err := exec.LookPath("/usr/sbin/exim4"); err == nil {
		return own, nil
	}
	return "", errors.New("the mail server Exim is missing: run make setup")
}

func modified(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.ModTime().UnixNano()
}

// dovecotProgram finds Dovecot.
func dovecotProgram() (string, error) {
	for _, path := range []string{"/usr/sbin/dovecot", "/usr/local/sbin/dovecot"} {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", errors.New("the mail server Dovecot is missing: run make setup")
}
