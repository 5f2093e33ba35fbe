package audit_test
import ("testing";"os")
func TestTmp(t *testing.T) { inEachTown(t, func(t *testing.T, w *town) { w.busyDay(); w.seal(); w.verify().WriteTo(os.Stdout) }) }
