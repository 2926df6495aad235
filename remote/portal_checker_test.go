package remote_test

import (
	"context"
	"testing"

	"dossier/remote"
	"dossier/remote/remotetest"
)

// finder is a driver that finds out about its assumptions.
type finder struct {
	*remotetest.Memory
	asked *int
}

func (f finder) Check(_ context.Context, _ remote.ID, write bool) ([]remote.Finding, error) {
	*f.asked++
	if write {
		return []remote.Finding{{ID: "A1"}}, nil
	}
	return nil, nil
}

// A check that may make something is a write: a dry run refuses it, and one that only looks goes through.
func TestACheckThatMayWriteIsRefusedByADryRun(t *testing.T) {
	asked := 0
	memory := remotetest.NewMemory(remotetest.Full())
	if _, can := remote.AsChecker(remote.NewPortal(memory, remote.PortalOptions{})); can {
		t.Error("a driver that cannot find out is said to be able to")
	}
	for _, dry := range []bool{false, true} {
		p := remote.NewPortal(finder{memory, &asked}, remote.PortalOptions{DryRun: dry})
		c, can := remote.AsChecker(p)
		if !can {
			t.Fatal("a driver that can find out is said not to be able to")
		}
		if _, err := c.Check(t.Context(), remotetest.MemoryRoot, false); err != nil {
			t.Errorf("dry %v: a look: %v", dry, err)
		}
		found, err := c.Check(t.Context(), remotetest.MemoryRoot, true)
		if dry != (remote.CodeOf(err) == remote.Unsupported) || dry != (len(found) == 0) {
			t.Errorf("dry %v: %v, %v", dry, found, err)
		}
	}
	if asked != 3 {
		t.Errorf("the driver was asked %d times, want 3", asked)
	}
}
