package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// look hands over each mail that is in the folder, once, oldest first and a round at a
// time; but first those behind the one that the last connection broke at, for if it
// always does, they would never be come to. It returns what was wrong with those that
// stayed, and what was wrong with the mailbox, which may still have handed over mails.
func (s *session) look(ctx context.Context, handle Handler) (failed []error, err error) {
	// What is marked as deleted is gone, for whoever did it: see move.
	found, err := s.client.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return nil, cause(ctx, fmt.Errorf("look for mails: %w", err))
	}
	if n := listed(found.All); n > maxListed {
		return nil, fmt.Errorf("the server lists %d mails, and no more than %d can be in the folder", n, maxListed)
	}
	uids := found.AllUIDs()
	slices.Sort(uids)
	behind, _ := slices.BinarySearch(uids, s.brokeAt+1)
	uids = slices.Concat(uids[behind:], uids[:behind])
	var stuck []error // mails that were taken, and could not be moved
	for round := range slices.Chunk(uids, s.config.Round) {
		mails, err := s.describe(round)
		if err != nil {
			return failed, cause(ctx, fmt.Errorf("ask about mails: %w", err))
		}
		for _, m := range mails {
			s.brokeAt = imap.UID(m.UID)
			problem, err := s.take(ctx, m, handle)
			if problem != nil {
				failed = append(failed, fmt.Errorf("mail %d: %w", m.UID, problem))
			}
			if err != nil && (!answered(err) || ctx.Err() != nil) {
				return failed, cause(ctx, err)
			}
			s.brokeAt = 0
			if errors.Is(problem, ErrLater) {
				return failed, errors.Join(stuck...)
			}
			if err != nil {
				stuck = append(stuck, err)
			}
		}
	}
	return failed, errors.Join(stuck...)
}

// maxListed is how many mails a folder may hold. A server may list them as ranges, of
// which a few octets would be all there can be.
const maxListed = 1_000_000

// listed counts the mails in a list that has not been written out.
func listed(found imap.NumSet) (n uint64) {
	ranges, _ := found.(imap.UIDSet)
	for _, r := range ranges {
		n += uint64(max(r.Start, r.Stop)) - uint64(min(r.Start, r.Stop)) + 1
	}
	return n
}

// describe asks how large mails are, and since when they are there, and lists them in
// the order given. Those that are gone by now are not among them.
func (s *session) describe(uids []imap.UID) ([]Mail, error) {
	found, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true}).Collect()
	if err != nil {
		return nil, err
	}
	mails := make([]Mail, 0, len(found))
	for _, f := range found {
		if f.UID == 0 {
			continue // news of another mail's flags
		}
		mails = append(mails, Mail{UID: uint32(f.UID), ReceivedAt: f.InternalDate.UTC(), Size: f.RFC822Size})
	}
	slices.SortFunc(mails, func(a, b Mail) int {
		return slices.Index(uids, imap.UID(a.UID)) - slices.Index(uids, imap.UID(b.UID))
	})
	return mails, nil
}

// take hands one mail over and moves it. problem is why it stays where it is, err what
// was wrong with the mailbox.
func (s *session) take(ctx context.Context, m Mail, handle Handler) (problem, err error) {
	switch {
	case m.ReceivedAt.IsZero():
		err = errNoAnswer
	case m.Size > s.config.MaxSize:
		err = s.tooLarge(m.Size)
	default:
		m.Raw, err = s.fetch(m.UID)
	}
	var refusal error
	switch {
	case errors.Is(err, ErrTooLarge):
		refusal, problem = err, s.refuse(ctx, m, err)
	case errors.Is(err, errNoContent), errors.Is(err, errNoAnswer):
		problem = err
	case answered(err) && ctx.Err() == nil:
		problem = fmt.Errorf("fetch it: %w", err) // which the server says of this mail alone
	case err != nil:
		return nil, fmt.Errorf("fetch mail %d: %w", m.UID, err)
	case m.Raw == nil:
		return nil, nil // another node was faster
	default:
		if problem = s.pause(func() error { return handle(ctx, m) }); errors.Is(problem, ErrRefuse) {
			refusal, problem = problem, nil
		}
	}
	if problem != nil {
		s.count(func(st *Status) *uint64 { return &st.Failed })
		s.log.Error("mail could not be taken, it stays and is tried again", "mail", m, "error", problem)
		return problem, nil
	}
	folder, counted := s.config.Done, func(st *Status) *uint64 { return &st.Taken }
	if refusal != nil {
		folder, counted = s.config.Refused, func(st *Status) *uint64 { return &st.Refused }
		s.log.Warn("mail refused", "mail", m, "folder", folder, "why", refusal)
	}
	if err := s.move(m.UID, folder); err != nil {
		return nil, fmt.Errorf("move mail %d to %s: %w", m.UID, folder, err)
	}
	s.count(counted)
	return nil, nil
}

func (s *session) tooLarge(size int64) error {
	return fmt.Errorf("%w: %d octets, and no more than %d are taken", ErrTooLarge, size, s.config.MaxSize)
}

// refuse tells of a mail that was not handed over.
func (s *session) refuse(ctx context.Context, m Mail, why error) error {
	if s.config.OnRefused == nil {
		return nil
	}
	m.Raw = nil
	return s.pause(func() error { return s.config.OnRefused(ctx, m, why) })
}

// pause runs what may take long, while the server owes us nothing.
func (s *session) pause(work func() error) error {
	s.wire.expect(false)
	defer s.wire.expect(true)
	return work()
}

// fetch reads a mail, without marking it as seen; nil if there is none any more. That
// the server said how large it is is not relied on.
func (s *session) fetch(uid uint32) ([]byte, error) {
	whole := &imap.FetchItemBodySection{Peek: true}
	command := s.client.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}})
	var raw []byte
	var unfit error
	for message := command.Next(); message != nil; message = command.Next() {
		unfit = errNoContent
		for item := message.Next(); item != nil; item = message.Next() {
			section, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || section.Literal == nil {
				continue
			}
			size := section.Literal.Size()
			if size > s.config.MaxSize {
				unfit = s.tooLarge(size)
				continue // which reads on to what is after it
			}
			raw, unfit = make([]byte, size), nil
			if _, err := io.ReadFull(section.Literal, raw); err != nil {
				// The connection is at its end. Command must not be closed: that would
				// read while the client does.
				return nil, err
			}
		}
	}
	if err := command.Close(); err != nil {
		return nil, s.unlessGone(uid, err)
	}
	if errors.Is(unfit, errNoContent) {
		return nil, s.unlessGone(uid, unfit)
	}
	return raw, unfit
}

// What a server may answer about a mail that it lists. News of its flags can take the
// place of what was asked for; then the next look is answered.
var (
	errNoAnswer  = errors.New("the server does not say since when it has the mail")
	errNoContent = errors.New("the server shows nothing of the mail")
)

// move puts a mail into another folder. That it is there no more is no error: another
// node was faster.
//
// A server that cannot move (RFC 6851) copies. Only when it has done so is the mail
// marked as deleted, and removed if that can be had for this mail alone (RFC 4315);
// otherwise it stays, marked.
func (s *session) move(uid uint32, folder string) error {
	caps, set := s.client.Caps(), imap.UIDSetNum(imap.UID(uid))
	if caps.Has(imap.CapMove) {
		_, err := s.client.Move(set, folder).Wait()
		return s.unlessGone(uid, err)
	}
	if _, err := s.client.Copy(set, folder).Wait(); err != nil {
		return s.unlessGone(uid, err)
	}
	mark := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := s.client.Store(set, mark, nil).Close(); err != nil {
		return s.unlessGone(uid, err)
	}
	if !caps.Has(imap.CapUIDPlus) {
		return nil
	}
	return s.client.UIDExpunge(set).Close()
}

// unlessGone is err, unless it is the server's answer about a mail that is gone. A
// server tells of that when nothing is asked for (RFC 9051, 7.5.1).
func (s *session) unlessGone(uid uint32, err error) error {
	if err == nil || !answered(err) && !errors.Is(err, errNoContent) {
		return err
	}
	if ended := s.client.Noop().Wait(); ended != nil {
		return ended
	}
	switch left, failed := s.describe([]imap.UID{imap.UID(uid)}); {
	case failed != nil:
		return failed
	case len(left) > 0:
		return err
	}
	return nil
}
