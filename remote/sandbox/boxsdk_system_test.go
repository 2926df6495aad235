//go:build system

package sandbox_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dossier/remote/sandbox"
)

// boxSDK is the release of Box's SDK that the test installs, in a directory of its own.
const boxSDK = "box-node-sdk@10.12.0"

func TestBoxsOwnSDKSeesNoDifference(t *testing.T) {
	needs(t, "npm", "npm")
	s, err := sandbox.New(sandbox.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	running, err := s.Serve(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()

	dir := t.TempDir()
	script, err := os.ReadFile("testdata/boxsdk.js")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "boxsdk.js"), string(script))
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--no-save", boxSDK)
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install %s: %v\n%s", boxSDK, err, out)
	}

	box := running.Info.Portals[sandbox.Box]
	node := exec.CommandContext(t.Context(), "node", "boxsdk.js")
	node.Dir = dir
	node.Env = append(os.Environ(), "SANDBOX_URL="+box.URL, "SANDBOX_TOKEN="+box.Token, "SANDBOX_FOLDER="+box.Folder, "SANDBOX_REQUEST="+box.FileRequest,
		"SANDBOX_CLIENT="+box.ClientID, "SANDBOX_SECRET="+box.ClientSecret, "SANDBOX_ENTERPRISE="+box.EnterpriseID)
	node.Stderr = os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("box-node-sdk: %v\n%s", err, out)
	}
	var saw map[string]any
	if err := json.Unmarshal(out, &saw); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"me": "anna@kantoor.example", "service": "Dossier", "sha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
		"stale": "412 precondition_failed", "clash": "409 item_name_in_use", "gone": "404 trashed",
		"versions": 1.0, "content": "hello again", "pinned": "hello", "renamed": "b.txt", "big": true, "bigBack": true,
		"names": []any{"b.txt", "big.bin"}, "trash": []any{"b.txt"}, "restored": "b.txt", "copied": "c.txt", "moved": "0/SDK moved",
		"request": []any{"Papers", "active", true}, "realtime": "realtime_server",
		"events": []any{"ITEM_COPY", "ITEM_CREATE", "ITEM_MOVE", "ITEM_RENAME", "ITEM_TRASH", "ITEM_UNDELETE_VIA_TRASH", "ITEM_UPLOAD"},
	}
	if diff := cmp.Diff(want, saw); diff != "" {
		t.Errorf("Box's SDK saw something else (-want +got):\n%s", diff)
	}
	t.Logf("calls: %v", s.Calls(sandbox.Box))
}
