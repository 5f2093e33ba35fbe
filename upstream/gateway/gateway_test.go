package gateway_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/gateway"
)

func TestAMessageIsPrintedWithoutItsText(t *testing.T) {
	m := gateway.Message{ID: "n-1", To: "shop@example.com", Subject: "PIN 1111222233334444", Text: "PIN 1111222233334444"}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("sending", "message", m)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("sending", "message", m)
	all := fmt.Sprintf("%v %+v %#v %s %q", m, m, m, m, m) + fmt.Sprintln(m, &m) + logged.String()
	if strings.Contains(all, "1111") {
		t.Errorf("the PIN shows in %s", all)
	}
	if strings.Count(all, "n-1") < 5 || strings.Count(logged.String(), "shop@example.com") != 2 {
		t.Errorf("which message, and to whom, is not told in %s", all)
	}
}

func TestARefusalKeepsItsCause(t *testing.T) {
	if err := gateway.Refused(io.EOF); !errors.Is(err, gateway.ErrRefused) || !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}
