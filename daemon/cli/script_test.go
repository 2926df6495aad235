package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"

	"dossier/config"
	"dossier/daemon"
	"dossier/daemon/cli"
	"dossier/remote/box"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
	"dossier/state"
	"dossier/syncer/local"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dossier": dossier})
}

// dossier is what main does.
func dossier() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, daemon.Drivers{
		config.Box: {Open: box.Open, Assumptions: box.Assumptions, Top: box.Root},
	}))
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "interrupts": interrupts, "portal": onPortal, "newer": newer, "alter": alter, "hold": hold,
			"files": files, "same": same, "lives": lives, "settled": settled,
		},
	})
}

// world is what a script plays in: a portal in the test's process, with the folders of three clients.
type world struct {
	*sandbox.Server
	token string
}

var clients = []string{"Jansen", "De Vries", "Café Zonnig"}

type worldKey struct{}

func setup(env *testscript.Env) error {
	s, err := sandbox.New(sandbox.Options{})
	if err != nil {
		return err
	}
	r, err := s.Serve(context.Background(), "")
	if err != nil {
		return err
	}
	env.Defer(func() { r.Close(); s.Close() })
	info := r.Info.Portals[sandbox.Box]
	env.Values[worldKey{}] = &world{s, info.Token}
	env.Setenv("BOX_TOKEN", info.Token)
	env.Setenv("BOX_URL", info.URL)
	other, err := s.AddAccount(sandbox.Box, "Bas", false)
	if err != nil {
		return err
	}
	env.Setenv("BOX_OTHER", other.Token)
	env.Setenv("BOX_CLIENT", info.ClientID)
	env.Setenv("BOX_SECRET", info.ClientSecret)
	env.Setenv("BOX_REFRESH", info.RefreshToken)
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("DOSSIER_CONFIG", filepath.Join(env.WorkDir, "dossier.toml"))
	text := fmt.Sprintf("root = %q\nstate = %q\n[disk]\nreserve = \"0\"\nreserve_percent = 0\n[portal.office]\nkind = \"box\"\nurl = %q\ntoken = \"env:BOX_TOKEN\"\n",
		filepath.Join(env.WorkDir, "Clients"), filepath.Join(env.WorkDir, "state"), info.URL)
	for _, c := range clients {
		id, err := s.MkdirAll(sandbox.Box, path.Join(sandbox.ClientsFolder, c))
		if err != nil {
			return err
		}
		env.Setenv(strings.ToUpper(strings.Fields(c)[0])+"_ID", id)
		text += fmt.Sprintf("[[client]]\nname = %q\nportal = \"office\"\nfolder = %q\n", c, id)
	}
	env.Setenv("CLIENTS_ID", info.Folder)
	return os.WriteFile(filepath.Join(env.WorkDir, "dossier.toml"), []byte(text), 0o600)
}

func of(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// exits runs a command that must end with the given code: exits 3 dossier reconcile. No command ever prints the token.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	if got := strconv.Itoa(code(err)); got != args[0] {
		ts.Fatalf("%s ended with exit code %s, not %s (%v)", strings.Join(args[1:], " "), got, args[0], err)
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if strings.Contains(ts.ReadFile(stream), of(ts).token) {
			ts.Fatalf("%s holds the token", stream)
		}
	}
}

func code(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// interrupts runs a command, interrupts it as soon as the portal has had a download, and wants the given code. Its output is the
// file "lived".
func interrupts(ts *testscript.TestScript, _ bool, args []string) {
	of(ts).ResetCalls()
	out, err := os.Create(ts.MkAbs("lived"))
	ts.Check(err)
	defer out.Close()
	cmd := start(ts, args[1:], out)
	until(ts, "a download", func() bool { return of(ts).Calls(sandbox.Box).Sum("/content") > 0 })
	ts.Check(cmd.Process.Signal(os.Interrupt))
	if got := strconv.Itoa(code(cmd.Wait())); got != args[0] {
		ts.Fatalf("interrupted: exit code %s, not %s", got, args[0])
	}
}

// lives runs a command that lives until a signal: lives 0 TEXT dossier sandbox. As soon as it has written the text it is
// interrupted, and must end with the given code. Its output is the file "lived". A sandbox must answer by then.
func lives(ts *testscript.TestScript, _ bool, args []string) {
	out, err := os.Create(ts.MkAbs("lived"))
	ts.Check(err)
	defer out.Close()
	cmd := start(ts, args[2:], out)
	until(ts, args[1], func() bool { return strings.Contains(ts.ReadFile("lived"), args[1]) })
	var info sandbox.Info
	if json.Unmarshal([]byte(ts.ReadFile("lived")), &info) == nil {
		resp, err := http.Get(info.Portals[sandbox.Box].URL + "/2.0/users/me")
		ts.Check(err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			ts.Fatalf("without a token, the sandbox answers %s", resp.Status)
		}
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	if got := strconv.Itoa(code(cmd.Wait())); got != args[0] {
		ts.Fatalf("interrupted: exit code %s, not %s: %s", got, args[0], ts.ReadFile("lived"))
	}
}

// start starts a command in the script's surroundings.
func start(ts *testscript.TestScript, args []string, out io.Writer) *exec.Cmd {
	bin, err := exec.LookPath(filepath.Join(firstPath(ts.Getenv("PATH")), args[0]))
	ts.Check(err)
	cmd := exec.Command(bin, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "DOSSIER_CONFIG", "BOX_TOKEN", "WORK", "GOCOVERDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Stdout, cmd.Stderr = out, out
	ts.Check(cmd.Start())
	return cmd
}

func firstPath(list string) string { return filepath.SplitList(list)[0] }

// until polls another process.
func until(ts *testscript.TestScript, what string, ok func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 4000 {
		if ok() {
			return
		}
		<-tick.C
	}
	ts.Fatalf("waited in vain for %s", what)
}

// onPortal is a person at work on the portal: portal put PATH TEXT, mkdir PATH, rm PATH, mv FROM TO, has PATH, holds PATH TEXT, calls N (calls
// that change something since the last reset), reset, slow (downloads take long), well (no more), quirk NAME.
func onPortal(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	at := func(p string) string { return sandbox.ClientsFolder + "/" + p }
	switch args[0] {
	case "put":
		_, err := s.Put(sandbox.Box, at(args[1]), strings.NewReader(args[2]), time.Now().Add(-time.Hour))
		ts.Check(err)
	case "mkdir": // the folder's id is the file "id"
		id, err := s.MkdirAll(sandbox.Box, at(args[1]))
		ts.Check(errors.Join(err, os.WriteFile(ts.MkAbs("id"), []byte(id), 0o644)))
	case "rm":
		ts.Check(s.Trash(sandbox.Box, at(args[1])))
	case "mv":
		ts.Check(s.Move(sandbox.Box, at(args[1]), at(args[2])))
	case "has":
		if _, there := s.Tree(sandbox.Box)[at(args[1])]; there == neg {
			ts.Fatalf("on the portal: %v", s.Tree(sandbox.Box))
		}
	case "holds":
		r, err := s.Open(sandbox.Box, at(args[1]))
		ts.Check(err)
		got, err := io.ReadAll(r)
		ts.Check(errors.Join(err, r.Close()))
		if (string(got) == args[2]) == neg {
			ts.Fatalf("%s holds %q", args[1], got)
		}
	case "calls":
		if got := s.Calls(sandbox.Box); strconv.Itoa(got.Mutating()) != args[1] {
			ts.Fatalf("%d changing calls: %v", got.Mutating(), got)
		}
	case "reset":
		s.ResetCalls()
	case "slow":
		_, err := s.Fault(mischief.Fault{Do: mischief.Slow, Route: "/content", Delay: time.Minute})
		ts.Check(err)
	case "quirk":
		ts.Check(s.SetQuirk(args[1:]...))
	case "well":
		s.ClearFaults()
	default:
		ts.Fatalf("portal %s?", args[0])
	}
}

// same compares a client's folder with the portal's.
func same(ts *testscript.TestScript, _ bool, args []string) {
	client := args[0]
	root := ts.MkAbs(filepath.Join("Clients", client))
	portal := map[string]int64{}
	for p, e := range of(ts).Tree(sandbox.Box) {
		if rel, ok := strings.CutPrefix(p, sandbox.ClientsFolder+"/"+client+"/"); ok && e.Kind == "file" {
			portal[rel] = e.Size
		}
	}
	ts.Check(filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".dossier") {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		info, err := d.Info()
		if portal[filepath.ToSlash(rel)] != info.Size() {
			return fmt.Errorf("%s is not on the portal, or differs", rel)
		}
		delete(portal, filepath.ToSlash(rel))
		return err
	}))
	if len(portal) > 0 {
		ts.Fatalf("only on the portal: %v", portal)
	}
}

// files makes files on disk: files DIR COUNT.
func files(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	for i := range n {
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), fmt.Sprintf("%03d.txt", i)), fmt.Appendf(nil, "paper %d of %s", i, args[0]), 0o644))
	}
}

// settled waits until all that was written so far has been left alone for so long that it counts as saved.
func settled(ts *testscript.TestScript, _ bool, _ []string) {
	seen := time.Now()
	until(ts, "files to settle", func() bool { return time.Since(seen) > local.SettleFree+50*time.Millisecond })
}

// stateFile is the state file of a client.
func stateFile(ts *testscript.TestScript, client string) string {
	found, err := filepath.Glob(ts.MkAbs(filepath.Join("state", "clients", strings.ToLower(client)+"-*.db")))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("state of %q: %v", client, found)
	}
	return found[0]
}

// hold keeps a client's state open until the script ends, as another process at work would.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	st, err := state.OpenClient(stateFile(ts, args[0]), state.Options{})
	ts.Check(err)
	ts.Defer(func() { st.Close() })
}

// newer gives a client's state a schema from the future.
func newer(ts *testscript.TestScript, _ bool, args []string) {
	inState(ts, args[0], func(tx *bbolt.Tx) error {
		key := []byte("schema")
		return tx.Bucket([]byte("meta")).Put(key, sealed(key, 1, 99))
	})
}

// alter changes a letter in the first entry of a client's record.
func alter(ts *testscript.TestScript, _ bool, args []string) {
	inState(ts, args[0], func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("record"))
		k, v := b.Cursor().First()
		return b.Put(k, []byte(strings.Replace(string(v), args[1], args[2], 1)))
	})
}

func inState(ts *testscript.TestScript, client string, fn func(*bbolt.Tx) error) {
	db, err := bbolt.Open(stateFile(ts, client), 0o600, nil)
	ts.Check(err)
	ts.Check(errors.Join(db.Update(fn), db.Close()))
}
