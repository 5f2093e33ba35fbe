package mailbox_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vendswitch/vendswitch/upstream/mailbox"
	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

func TestAServerThatCannotMoveCopies(t *testing.T) {
	s := mailboxtest.New(t)
	for _, capabilities := range []string{"IMAP4rev1 UIDPLUS", "IMAP4rev1"} { // in this order: the last leaves the mail there
		t.Run(capabilities, func(t *testing.T) {
			s.RestartIMAP(t, "imap_capability = "+capabilities)
			s.Deliver(t, mailboxtest.Stock, mail(1))
			var k taker
			for range 2 {
				if err := open(t, settings(s)).Once(t.Context(), k.take); err != nil {
					t.Fatal(err)
				}
			}
			if len(k.taken) != 1 {
				t.Errorf("taken %d times", len(k.taken))
			}
			has(t, s, done, mail(1))
			if strings.Contains(capabilities, "UIDPLUS") {
				has(t, s, inbox)
			} else {
				has(t, s, inbox, mail(1)) // marked as deleted
			}
			s.Remove(t, mailboxtest.Stock, done)
		})
	}
}

func TestAServerThatCannotTellOfMailIsLookedAtFromTimeToTime(t *testing.T) {
	s := mailboxtest.New(t)
	s.RestartIMAP(t, "imap_capability = IMAP4rev1 MOVE")
	c := settings(s)
	c.Poll = 20 * time.Millisecond
	m := open(t, c)
	var k taker
	run(t, m, k.take)
	until(t, "the first look", func() bool { return m.Status().Up })
	s.Deliver(t, mailboxtest.Stock, mail(1))
	until(t, "the mail to be taken", func() bool { return m.Status().Taken == 1 })
	has(t, s, done, mail(1))
}

// passwordFile is one that any server may have.
func passwordFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("secret\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAServerThatIsDownIsTriedLessAndLessOften(t *testing.T) {
	file := passwordFile(t)
	synctest.Test(t, func(t *testing.T) {
		var tries []time.Time
		m := open(t, mailbox.Config{Address: "mail.example:993", User: "stock", PasswordFile: file, Done: done, Refused: refused,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				tries = append(tries, time.Now())
				return nil, errors.New("no route")
			}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- m.Run(ctx, nil) }()
		time.Sleep(time.Hour)
		cancel()
		stopped := time.Now()
		if err := <-ended; err != nil || time.Since(stopped) != 0 {
			t.Errorf("%v, after %v", err, time.Since(stopped))
		}
		longest := time.Second
		for i := 1; i < len(tries); i++ {
			if gap := tries[i].Sub(tries[i-1]); gap > longest || gap < longest/2 {
				t.Errorf("wait %d is %v, want %v or up to half of it less", i, gap, longest)
			}
			longest = min(2*longest, 5*time.Minute)
		}
		if len(tries) < 15 {
			t.Errorf("tried %d times in an hour", len(tries))
		}
		if st := m.Status(); st.Up || st.LastError == nil || !st.LastErrorAt.Equal(tries[len(tries)-1]) {
			t.Errorf("%+v", st)
		}
	})
}

func TestEachReasonForNotBeingReadIsLoggedOnce(t *testing.T) {
	file := passwordFile(t)
	synctest.Test(t, func(t *testing.T) {
		var log record
		try := 0
		m := open(t, mailbox.Config{Address: "mail.example:993", User: "stock", PasswordFile: file, Done: done, Refused: refused,
			Log: slog.New(slog.NewTextHandler(&log, nil)),
			Dial: func(context.Context, string, string) (net.Conn, error) {
				if try++; try < 10 {
					return nil, fmt.Errorf("no route from port %d", 50000+try)
				}
				return nil, errors.New("the server hangs up")
			}})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		if err := m.Run(ctx, nil); err != nil {
			t.Error(err)
		}
		if log.count("mailbox cannot be read") != 2 || log.count("no route from port 50001") != 1 || log.count("the server hangs up") != 1 {
			t.Errorf("logged are %s", log.text.String())
		}
	})
}

// identity is what a server shows, and how it is trusted.
type identity struct {
	own     tls.Certificate
	trusted *x509.CertPool
	made    time.Time
}

// identify is for before a bubble, in which it is another year.
func identify(t *testing.T) identity {
	ca := certificatetest.New(t, "ca")
	return identity{certificatetest.TLS(ca.ServerFor("mail")), ca.Pool(), time.Now()}
}

// scripted answers an IMAP client line by line, with what is after the tag of each
// command; "" is silence, and hangUp that. It returns the client's settings.
func scripted(shown identity, answer func(command string) string) mailbox.Config {
	return mailbox.Config{Address: "127.0.0.1:993", User: "stock", Done: done, Refused: refused,
		TLS: func() *tls.Config {
			return &tls.Config{RootCAs: shown.trusted, Time: func() time.Time { return shown.made }}
		},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				conn := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{shown.own}})
				defer conn.Close()
				fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1 MOVE] ready\r\n")
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					tag, command, _ := strings.Cut(lines.Text(), " ")
					said := answer(command)
					if said == hangUp {
						return
					}
					if said != "" {
						fmt.Fprint(conn, strings.NewReplacer(`(TAG "TAG")`, `(TAG "`+tag+`")`, "TAG", tag).Replace(said))
					}
				}
			}()
			return near, nil
		}}
}

const hangUp = "hang up"

func TestAMailThatBreaksTheConnectionHoldsUpNoOther(t *testing.T) {
	c := scripted(identify(t), func(command string) string {
		switch {
		case strings.HasPrefix(command, "LOGIN"):
			return "TAG OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"
		case strings.HasPrefix(command, "UID SEARCH"):
			return "* SEARCH 7 8 9 10\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "UID FETCH") && strings.Contains(command, "RFC822.SIZE"):
			return "* 1 FETCH (UID 7 RFC822.SIZE 1 INTERNALDATE \"25-Nov-2026 08:15:00 +0200\")\r\n* 2 FETCH (UID 8 RFC822.SIZE 1 INTERNALDATE \"25-Nov-2026 08:15:00 +0200\")\r\n* 3 FETCH (UID 9 RFC822.SIZE 1 INTERNALDATE \"25-Nov-2026 08:15:00 +0200\")\r\n* 4 FETCH (UID 10 FLAGS (\\Seen))\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "UID FETCH 7 "):
			return hangUp
		case strings.HasPrefix(command, "UID FETCH 8 "):
			return "* 2 FETCH (UID 8 BODY[] NIL)\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "UID FETCH 9 "):
			return "* 3 FETCH (UID 9 BODY[] {1}\r\nx)\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "STATUS"):
			return "* STATUS Done (UIDNEXT 1)\r\nTAG OK\r\n"
		}
		return "TAG OK\r\n"
	})
	c.PasswordFile = passwordFile(t)
	m := open(t, c)
	var k taker
	for n, want := range []struct{ taken, failed uint64 }{{0, 0}, {1, 2}} {
		if err := m.Once(t.Context(), k.take); err == nil || !strings.Contains(err.Error(), "fetch mail 7") {
			t.Errorf("%d: %v", n, err)
		}
		if st := m.Status(); st.Taken != want.taken || st.Failed != want.failed {
			t.Errorf("%d: %+v", n, st)
		}
	}
	if len(k.taken) != 1 || k.taken[0].UID != 9 {
		t.Errorf("%v", k.taken)
	}
}

// one is a server with a few mails, of which it answers in one way.
func one(found, fetched string) func(string) string {
	return func(command string) string {
		switch {
		case strings.HasPrefix(command, "LOGIN"):
			return "TAG OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"
		case strings.HasPrefix(command, "UID SEARCH"):
			return found
		case strings.HasPrefix(command, "UID FETCH") && strings.Contains(command, "RFC822.SIZE"):
			return "* 1 FETCH (UID 7 RFC822.SIZE 1 INTERNALDATE \"25-Nov-2026 08:15:00 +0200\")\r\n* 2 FETCH (UID 8 RFC822.SIZE 1 INTERNALDATE \"25-Nov-2026 08:15:00 +0200\")\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "UID FETCH 7 "):
			return fetched
		case strings.HasPrefix(command, "UID FETCH 8 "):
			return "* 2 FETCH (UID 8 BODY[] {1}\r\nx)\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "STATUS"):
			return "* STATUS Done (UIDNEXT 1)\r\nTAG OK\r\n"
		}
		return "TAG OK\r\n"
	}
}

func TestAMailThatTheServerDoesNotGiveOutIsNoTroubleOfTheMailbox(t *testing.T) {
	c := scripted(identify(t), one("* SEARCH 7 8\r\nTAG OK\r\n", "TAG NO [SERVERBUG] this one is damaged\r\n"))
	c.PasswordFile = passwordFile(t)
	m := open(t, c)
	var k taker
	if err := m.Once(t.Context(), k.take); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%v", err)
	}
	if st := m.Status(); !st.Up || st.Failed != 1 || st.Taken != 1 {
		t.Errorf("%+v", st)
	}
}

func TestAServerThatListsMoreMailsThanThereCanBeIsNotBelieved(t *testing.T) {
	for _, all := range []string{"1:4294967295", "4294967295:1", "1:600000,700000:1200000"} {
		c := scripted(identify(t), one("* ESEARCH (TAG \"TAG\") UID ALL "+all+"\r\nTAG OK\r\n", ""))
		c.PasswordFile = passwordFile(t)
		m := open(t, c)
		if err := m.Once(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "the server lists ") {
			t.Errorf("%s: %v", all, err)
		}
		if m.Status().Up {
			t.Errorf("%s: it is up", all)
		}
	}
}

func TestAMailThatAnotherNodeTookMeanwhileIsNoTrouble(t *testing.T) {
	for name, answer := range map[string]string{
		"shown as nothing": "* 1 FETCH (UID 7 BODY[] NIL)\r\nTAG OK\r\n",
		"not shown":        "TAG OK\r\n",
		"refused":          "TAG NO [EXPUNGEISSUED] gone\r\n",
		"not moved":        "* 1 FETCH (UID 7 BODY[] {1}\r\nx)\r\nTAG OK\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			gone := false
			c := scripted(identify(t), func(command string) string {
				switch {
				case strings.HasPrefix(command, "LOGIN"):
					return "TAG OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"
				case strings.HasPrefix(command, "UID SEARCH"):
					return "* SEARCH 7\r\nTAG OK\r\n"
				case strings.HasPrefix(command, "UID FETCH") && strings.Contains(command, "RFC822.SIZE") && !gone:
					return "* 1 FETCH (UID 7 RFC822.SIZE 1 INTERNALDATE \"25-Nov-2026 08:15:00 +0200\")\r\nTAG OK\r\n"
				case strings.HasPrefix(command, "UID FETCH") && strings.Contains(command, "BODY"):
					return answer
				case strings.HasPrefix(command, "UID MOVE"):
					return "TAG NO no such message\r\n"
				case command == "NOOP" && !gone:
					gone = true
					return "* 1 EXPUNGE\r\nTAG OK\r\n"
				case strings.HasPrefix(command, "STATUS"):
					return "* STATUS Done (UIDNEXT 1)\r\nTAG OK\r\n"
				}
				return "TAG OK\r\n"
			})
			c.PasswordFile = passwordFile(t)
			m := open(t, c)
			var k taker
			if err := m.Once(t.Context(), k.take); err != nil {
				t.Error(err)
			}
			if st := m.Status(); st.Failed != 0 || !st.Up {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestAServerThatIsBusyHasNotRefusedThePassword(t *testing.T) {
	c := scripted(identify(t), func(string) string { return "TAG NO [UNAVAILABLE] later\r\n" })
	c.PasswordFile = passwordFile(t)
	if err := open(t, c).Once(t.Context(), nil); err == nil || errors.Is(err, mailbox.ErrAuthentication) || !strings.Contains(err.Error(), "later") {
		t.Errorf("%v", err)
	}
}

func TestAServerThatHangsUpAfterEachLookIsPolled(t *testing.T) {
	file, server := passwordFile(t), identify(t)
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		c := scripted(server, func(command string) string {
			switch {
			case strings.HasPrefix(command, "LOGIN"):
				return "TAG OK [CAPABILITY IMAP4rev1 MOVE IDLE] in\r\n"
			case strings.HasPrefix(command, "UID SEARCH"):
				looks++
				return "* SEARCH\r\nTAG OK\r\n"
			case strings.HasPrefix(command, "STATUS"):
				return "* STATUS Done (UIDNEXT 1)\r\nTAG OK\r\n"
			case command == "IDLE":
				return hangUp
			}
			return "TAG OK\r\n"
		})
		c.PasswordFile = file
		m := open(t, c)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := m.Run(ctx, nil); err != nil {
			t.Error(err)
		}
		if looks < 60 || looks > 140 {
			t.Errorf("%d looks in an hour, and one a minute is enough", looks)
		}
		if st := m.Status(); st.LastError != nil {
			t.Errorf("%+v", st)
		}
	})
}

func TestAServerThatFallsSilentIsGivenUp(t *testing.T) {
	file, server := passwordFile(t), identify(t)
	synctest.Test(t, func(t *testing.T) {
		c := scripted(server, func(command string) string {
			if strings.HasPrefix(command, "LOGIN") {
				return "TAG OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"
			}
			return ""
		})
		c.PasswordFile = file
		start := time.Now()
		err := open(t, c).Once(t.Context(), nil)
		if took := time.Since(start); err == nil || !strings.Contains(err.Error(), "timeout") || took != time.Minute {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestAServerThatBelittlesAMailIsNotBelieved(t *testing.T) {
	file, server := passwordFile(t), identify(t)
	var moved string
	c := scripted(server, func(command string) string {
		switch {
		case strings.HasPrefix(command, "LOGIN"):
			return "TAG OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"
		case strings.HasPrefix(command, "UID SEARCH"):
			return "* SEARCH 7\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "UID FETCH") && strings.Contains(command, "RFC822.SIZE"):
			return "* 1 FETCH (UID 7 RFC822.SIZE 10 INTERNALDATE \"25-Nov-2026 08:15:00 +0200\")\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "UID FETCH"):
			return "* 1 FETCH (UID 7 BODY[] {2000}\r\n" + strings.Repeat("x", 2000) + ")\r\nTAG OK\r\n"
		case strings.HasPrefix(command, "UID MOVE"):
			moved = command
		case strings.HasPrefix(command, "STATUS"):
			return "* STATUS Done (UIDNEXT 1)\r\nTAG OK\r\n"
		}
		return "TAG OK\r\n"
	})
	c.PasswordFile, c.MaxSize = file, 1000
	var why error
	c.OnRefused = func(_ context.Context, m mailbox.Mail, w error) error {
		if want := time.Date(2026, 11, 25, 6, 15, 0, 0, time.UTC); !m.ReceivedAt.Equal(want) {
			t.Errorf("received %v", m.ReceivedAt)
		}
		why = w
		return nil
	}
	var k taker
	if err := open(t, c).Once(t.Context(), k.take); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(why, mailbox.ErrTooLarge) || len(k.taken) != 0 || !strings.Contains(moved, `7 "Refused"`) && !strings.Contains(moved, "7 Refused") {
		t.Errorf("%v, %d taken, %q", why, len(k.taken), moved)
	}
}

func TestSettingsThatDoNotGoTogetherAreRefused(t *testing.T) {
	good := mailbox.Config{Address: "mail.example:993", User: "u", PasswordFile: "p", Done: done, Refused: refused}
	open(t, good)
	for says, change := range map[string]func(*mailbox.Config){
		"a host and a port":         func(c *mailbox.Config) { c.Address = "mail.example" },
		"a user and a file":         func(c *mailbox.Config) { c.PasswordFile = "" },
		"for those that were ref":   func(c *mailbox.Config) { c.Refused = "" },
		"mails cannot stay in INBO": func(c *mailbox.Config) { c.Done = "Inbox" },
		"mails cannot stay in Stoc": func(c *mailbox.Config) { c.Folder, c.Refused = "Stock", "Stock" },
		"looked at every":           func(c *mailbox.Config) { c.Poll = mailbox.MaxPoll + 1 },
		"not negative":              func(c *mailbox.Config) { c.MaxSize = -1 },
	} {
		c := good
		change(&c)
		if _, err := mailbox.New(c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}

func TestAMailIsPrintedWithoutItsContent(t *testing.T) {
	m := mailbox.Mail{UID: 7, Size: 4, Raw: []byte("1111")}
	if all := fmt.Sprintf("%v %+v %#v %s", m, m, m, m); strings.Contains(all, "1111") || strings.Contains(all, "49") || strings.Count(all, "UID:7") != 4 {
		t.Error(all)
	}
}
