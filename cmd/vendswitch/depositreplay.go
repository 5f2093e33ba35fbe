package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

type depositReplayCmd struct {
	Templates string `required:"" placeholder:"FOLDER" help:"Folder with the new templates, as deposit.templates would name it."`
	Why       string `required:"" help:"Why the messages are read: they hold names. Written into the journal."`
}

// Help is printed below the flags.
func (depositReplayCmd) Help() string {
	return `Reads all messages that banks ever sent with the templates of the settings and with the new ones, and lists those that are read otherwise. Nothing is credited, and nothing goes live: that is deposit.templates in the settings.
The exit code is 1 if a deposit that is read today would be lost, or be taken for another.

Example:

  vendswitch deposit replay --templates templates.new --why "FNB words instant payments anew"`
}

// differenceRecord is a message that is read otherwise.
type differenceRecord struct {
	ID         ledger.ID      `json:"id"`
	Channel    ledger.Channel `json:"channel"`
	ReceivedAt time.Time      `json:"receivedAt"`
	Before     string         `json:"before"`
	After      string         `json:"after"`
	Losing     bool           `json:"losing"`
}

// replayRecord is what came of a replay.
type replayRecord struct {
	Messages    int                `json:"messages"`
	Gained      int                `json:"gained"`
	Losing      int                `json:"losing"`
	Differences []differenceRecord `json:"differences,omitempty"`
}

// Run reads the messages.
func (c depositReplayCmd) Run(ctx context.Context, s *session) error {
	settings := s.config.Deposit.IntakeConfig
	if len(settings.Bank) == 0 {
		return errors.New("the settings name no bank under [deposit.bank.NAME]: nothing would be believed")
	}
	before, err := settings.reader()
	if err != nil {
		return err
	}
	settings.Templates = c.Templates
	after, err := settings.reader()
	if err != nil {
		return err
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	var r replayRecord
	sum, err := deposit.Replay(ctx, store, by, c.Why, before, after, func(d deposit.Difference) error {
		r.Differences = append(r.Differences, differenceRecord{d.Message.ID, d.Message.Channel, d.Message.ReceivedAt, d.Before, d.After, d.Losing})
		return nil
	})
	if err != nil {
		return err
	}
	r.Messages, r.Gained, r.Losing = sum.Messages, sum.Gained, sum.Losing
	if err := c.show(s, r); err != nil {
		return err
	}
	if r.Losing > 0 {
		return fmt.Errorf("%d messages tell of a deposit that would be lost or be taken for another: these templates must not go live", r.Losing)
	}
	return nil
}

func (c depositReplayCmd) show(s *session, r replayRecord) error {
	if s.cli.JSON {
		return printJSON(s.Stdout, r)
	}
	for _, d := range r.Differences {
		mark := " "
		if d.Losing {
			mark = "!"
		}
		if _, err := fmt.Fprintf(s.Stdout, "%s %s  %s %s\n    now  %s\n    then %s\n", mark, d.ID, s.stamp(d.ReceivedAt), d.Channel, d.Before, d.After); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.Stdout, "%d messages: %d are read otherwise, %d of them tell of a deposit only now, %d would lose one\n", r.Messages, len(r.Differences), r.Gained, r.Losing)
	return err
}

// reader reads banks' messages by the settings.
func (c IntakeConfig) reader() (*bank.Reader, error) {
	templates, policy, err := c.policy()
	if err != nil {
		return nil, err
	}
	reader, err := bank.NewReader(templates, policy)
	if err != nil {
		return nil, fmt.Errorf("deposit: %w", err)
	}
	return reader, nil
}
