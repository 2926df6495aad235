package syncer

import (
	"strings"
	"testing"
	"time"
)

// What an upload that broke off has left on Files.ro, under a name that shows that it is not finished, never comes down, and goes into
// the portal's trash after a week: until then another machine may be at it.
func TestUploadsThatBrokeOffAreSweptAfterAWeek(t *testing.T) {
	for _, kind := range portalKinds {
		if kind.name != "files.ro" {
			continue
		}
		inPortalWorld(t, kind, func(w *portalWorld) {
			const half = ".dossier-upload-0123456789abcdef-ABCD2345.pdf"
			w.put("a.txt", "a")
			w.put(half, "half of it")
			w.untilStill(InStep)
			there := func() bool { _, ok := w.server.Tree(kind.portal)[at(half)]; return ok }
			if _, came := w.onDisk()[half]; came || !there() {
				t.Fatalf("it came down, or went at once: %v", w.onDisk())
			}
			time.Sleep(6 * 24 * time.Hour)
			w.run()
			if !there() {
				t.Error("it went before a week was over")
			}
			time.Sleep(2 * 24 * time.Hour)
			w.run()
			if there() || len(w.server.Trashed(kind.portal)) != 1 || !strings.HasPrefix(w.server.Trashed(kind.portal)[0].Name, ".dossier-upload-") {
				t.Errorf("it is not in the trash: %v", w.server.Trashed(kind.portal))
			}
		})
	}
}
