package local_test

import (
	"context"
	"testing"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

func TestKeptBytesAreListedAndComeBack(t *testing.T) { // P6
	ctx := context.Background()
	disk := simdisk.New(simdisk.Options{})
	vault, err := local.OpenVault(disk, local.VaultOptions{Client: "jansen"})
	if err != nil {
		t.Fatal(err)
	}
	st, err := local.Stage(ctx, disk, "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Keep(ctx, st, "2026/a.pdf", local.Deleted); err == nil {
		t.Error("bytes that nobody has checked were kept")
	}
	if _, err := st.Write([]byte("from the portal")); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Finish(local.Want{Size: 15}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	id, err := vault.Keep(ctx, st, "a.pdf", local.Deleted)
	if err != nil {
		t.Fatal(err)
	}
	items, err := vault.List()
	if err != nil || len(items) != 1 || items[0].ID != id || items[0].Path != "a.pdf" || items[0].Size != 15 {
		t.Errorf("%+v, %v", items, err)
	}
	if rec, err := local.Recover(ctx, disk, vault); err != nil || len(rec.Back) != 0 {
		t.Errorf("recover put it back: %+v, %v", rec, err)
	}
	if _, err := vault.Restore(ctx, id, local.Path{}); err != nil {
		t.Fatal(err)
	}
	if got, _ := disk.User().ReadFile("a.pdf"); got != "from the portal" {
		t.Errorf("restored %q", got)
	}
}
