package daemon

import (
	"context"
	"testing"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
)

// mute is a portal that does not tell whom the token speaks for, and answers everything else as it is told to.
type mute struct {
	*remotetest.Memory
	get, check error
}

func (m mute) Account(context.Context) (remote.Account, error) {
	return remote.Account{}, &remote.Error{Op: "account", Code: remote.Unsupported}
}

func (m mute) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	if m.get != nil {
		return remote.Entry{}, m.get
	}
	return m.Memory.Get(ctx, id, kind)
}

// inquisitive is a mute portal with a Checker.
type inquisitive struct{ mute }

func (i inquisitive) Check(context.Context, remote.ID, bool) ([]remote.Finding, error) {
	return nil, i.check
}

// A wrong secret is found out even where the portal does not say whom it speaks for: else it would be stored.
func TestAWrongSecretIsFoundOutWherePortalsDoNotSayWhoItIs(t *testing.T) {
	memory := remotetest.NewMemory(remotetest.Full())
	code := func(c remote.Code) error { return &remote.Error{Op: "x", Code: c} }
	for _, c := range []struct {
		name   string
		driver remote.Driver
		want   remote.Code // Unknown: it is accepted
		told   bool
	}{
		{"one that tells", memory, remote.Unknown, true},
		{"accepted, by what is got", mute{Memory: memory}, remote.Unknown, false},
		{"refused, by what is got", mute{Memory: memory, get: code(remote.SignIn)}, remote.SignIn, false},
		{"accepted, of a folder that is not there", mute{Memory: memory, get: code(remote.NotFound)}, remote.Unknown, false},
		{"unreachable", mute{Memory: memory, get: code(remote.Unavailable)}, remote.Unavailable, false},
		{"accepted, by what is found out", inquisitive{mute{Memory: memory, get: code(remote.SignIn)}}, remote.Unknown, false},
		{"refused, by what is found out", inquisitive{mute{Memory: memory, check: code(remote.SignIn)}}, remote.SignIn, false},
	} {
		a, err := ask(Kind{Open: func(rest.Options) (remote.Driver, error) { return c.driver, nil }}, rest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, told, err := a.Who(t.Context(), remotetest.MemoryRoot)
		if told != c.told || (err != nil) != (c.want != remote.Unknown) || remote.CodeOf(err) != c.want {
			t.Errorf("%s: told %v, %v", c.name, told, err)
		}
	}
}

// A question makes no file that it does not need: tokens that do not rotate need none.
func TestAQuestionMakesNoFileItDoesNotNeed(t *testing.T) {
	t.Setenv("SECRET", "s3cret")
	for way, keys := range map[string]string{
		"token":   "token = \"env:SECRET\"\n",
		"app":     "client_id = \"x\"\nclient_secret = \"env:SECRET\"\nsubject = \"user:1\"\n",
		"refresh": "client_id = \"x\"\nclient_secret = \"env:SECRET\"\ntoken = \"env:SECRET\"\n",
	} {
		dir := t.TempDir()
		cfg, err := config.Parse("dossier.toml", []byte("state = \""+dir+"/state\"\n[portal.office]\nkind = \"box\"\n"+keys))
		if err != nil {
			t.Fatal(err)
		}
		opened := false
		_, err = OpenAccount(t.Context(), AskOptions{Config: cfg, Portal: "office", Log: quiet, Drivers: Drivers{config.Box: {Open: func(o rest.Options) (remote.Driver, error) {
			opened = o.Store != nil == (way == "refresh")
			return remotetest.NewMemory(remotetest.Full()), nil
		}}}})
		if err != nil || !opened {
			t.Errorf("%s: %v, opened as it should %v", way, err, opened)
		}
		if made := !missing(AccountPath(cfg, "office")); made != (way == "refresh") {
			t.Errorf("%s: the account's file was made: %v", way, made)
		}
	}
}
