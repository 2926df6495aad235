package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestNoticesAreChecked(t *testing.T) {
	for _, c := range []struct{ name, lines, key, want string }{
		{"everything", "desktop = false\nwebhook = \"https://hooks.example.com/a?b=c\"\nwebhook_secret = \"env:S\"\ncommand = [\"/bin/tell\", \"\"]\ndigest = \"\"\nevery = \"5m\"\nremind = \"0\"\nout_of_step = \"1h\"\nquiet = { from = \"20:00\", until = \"07:00\" }", "", ""},
		{"a webhook on this machine", `webhook = "http://127.0.0.1:8080/notices"`, "", ""},
		{"a webhook in the clear", `webhook = "http://hooks.example.com/a"`, "notices.webhook", "travel in the clear"},
		{"a webhook with a password", `webhook = "https://anna:hunter2@hooks.example.com/a"`, "notices.webhook", "must not stand in an address"},
		{"a webhook that is none", `webhook = "hooks"`, "notices.webhook", "this is no address"},
		{"a secret for nobody", `webhook_secret = "env:S"`, "notices.webhook_secret", "there is no webhook"},
		{"a secret in the file", "webhook = \"https://hooks.example.com\"\nwebhook_secret = \"hunter2\"", "notices.webhook_secret", "must not stand in this file"},
		{"a command without a path", `command = ["tell-me"]`, "notices.command", "write the program's whole path"},
		{"a command that is empty", `command = []`, "notices.command", "name a program"},
		{"a command in the home directory", `command = ["~/bin/tell"]`, "", ""},
		{"a command with a NUL byte", `command = ["/bin/tell", "a\u0000"]`, "notices.command", "NUL byte"},
		{"a digest at no time", `digest = "8:30"`, "notices.digest", "is no time of day"},
		{"a digest at a number", `digest = 0`, "notices.digest", "is no time of day"},
		{"a digest after midnight's end", `digest = "24:00"`, "notices.digest", "is no time of day"},
		{"too often", `every = "1s"`, "notices.every", "out of range; at least 1m0s"},
		{"late news", `out_of_step = "31d"`, "notices.out_of_step", "at most 30d"},
		{"reminders sooner than news", "every = \"2h\"\nremind = \"1h\"", "notices.remind", "a reminder cannot come sooner"},
		{"half a quiet time", `quiet = { from = "20:00" }`, "notices.quiet", "give both"},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := faultsOf(t, office+"[notices]\n"+c.lines+"\n")
			one(t, faults, c.key, c.want)
			if strings.Contains(faults.Error(), "hunter2") {
				t.Errorf("the secret is repeated: %v", faults)
			}
		})
	}
}

func TestTheNoticesCommandIsAWholePath(t *testing.T) {
	m := testMachine(t)
	cfg, err := parse("dossier.toml", []byte(office+"[notices]\ncommand = [\"~/bin/../tell\"]\n"), m)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(m.home, "tell"); cfg.Notices.Command[0] != want {
		t.Errorf("command = %q, want %q", cfg.Notices.Command[0], want)
	}
}
