package doctor

import (
	"fmt"
	"os"
	"os/user"
	"runtime"
	"slices"
	"strings"

	"dossier/config"
)

// person is as whom dossier runs.
type person struct {
	name       string
	root       bool // root, or an account of Windows itself
	service    bool // a service of the system, not somebody's own
	credential bool // systemd has handed credentials over
}

// reference is where one secret of a portal lies.
type reference struct{ portal, key, scheme string }

func (x *examination) people() []Line {
	lines := whoRuns(thisPerson(x.system), references(x.Config), mappedDrives(x.Config))
	if uses(references(x.Config), "keyring") {
		lines = append(lines, keyringLine(config.TryKeyring()))
	}
	return lines
}

func thisPerson(service bool) person {
	p := person{name: "a user without a name", service: service, credential: os.Getenv("CREDENTIALS_DIRECTORY") != ""}
	if u, err := user.Current(); err == nil {
		p.name = u.Username
		// LocalSystem, LocalService and NetworkService
		p.root = u.Uid == "0" || slices.Contains([]string{"S-1-5-18", "S-1-5-19", "S-1-5-20"}, u.Uid)
	}
	return p
}

func references(cfg *config.Config) []reference {
	var all []reference
	for _, name := range cfg.PortalNames() {
		p := cfg.Portals[name]
		for _, key := range p.SignIn().SecretKeys() {
			all = append(all, reference{portal: name, key: key, scheme: p.Secret(key).Scheme()})
		}
	}
	return all
}

func uses(refs []reference, scheme string) bool {
	return slices.ContainsFunc(refs, func(r reference) bool { return r.scheme == scheme })
}

// mappedDrives are the drive letters of Windows that stand for a folder of another machine.
func mappedDrives(cfg *config.Config) []string {
	var drives []string
	for _, path := range paths(cfg) {
		if kind, network := driveOf(path); network && kind == "mapped drive" {
			drives = append(drives, strings.ToUpper(path[:2]))
		}
	}
	slices.Sort(drives)
	return slices.Compact(drives)
}

// whoRuns tells as whom dossier runs, and what of the configuration that person cannot reach.
func whoRuns(p person, refs []reference, mapped []string) []Line {
	lines := []Line{{Check: "user", Level: Well, Says: "runs as " + p.name}}
	if p.root {
		lines[0] = Line{Check: "user", Level: Note, Says: "runs as " + p.name + ": what comes down belongs to that account, and a fault reaches everything",
			Do: "Better run it as the accountant, or as a user made for it."}
	}
	for _, r := range refs {
		if l, ok := unreachable(p, r); ok {
			lines = append(lines, l)
		}
	}
	if p.service && len(mapped) > 0 {
		lines = append(lines, Line{Check: "mapped-drive", Level: Wrong, Says: fmt.Sprintf("a service has no drive %s: drives are mapped for the user who signs in", strings.Join(mapped, ", ")),
			Do: `Write the folder's whole name in the configuration, such as '\\server\share\Clients', or run dossier as the accountant.`})
	}
	return lines
}

// unreachable tells of a secret that whoever runs dossier does not get at.
func unreachable(p person, r reference) (Line, bool) {
	what := fmt.Sprintf("portal %s: its %s", r.portal, r.key)
	l := Line{Check: "secret"}
	switch {
	case r.scheme == "keyring" && p.service:
		l.Level, l.Says = Wrong, what+" is in the keyring, which no service of the system can open"
		l.Do = "Refer to a file that only the service's user may read, and store the secret there: dossier login " + r.portal
		l.Set = fmt.Sprintf("%s = %q", r.key, secretFile(runtime.GOOS, r.portal))
	case r.scheme == "env" && p.service:
		l.Level, l.Says = Note, what+" is in an environment variable, which must be part of the service's definition"
	case r.scheme == "env":
		l.Level, l.Says = Note, what+" is in an environment variable: a service or a scheduled task does not have those of your shell"
	case r.scheme == "credential" && !p.credential:
		l.Level, l.Says = Note, what+" is a credential of systemd, which only the service has"
		l.Do = "Ask again as the service: systemd-run --wait --pipe -p LoadCredential=… dossier doctor"
	default:
		return l, false
	}
	return l, true
}

func secretFile(goos, portal string) string {
	switch goos {
	case "windows":
		return "file:C:/ProgramData/dossier/" + portal + ".secret"
	case "darwin":
		return "file:/Library/Application Support/dossier/" + portal + ".secret"
	}
	return "file:/etc/dossier/" + portal + ".secret"
}

// keyringLine tells whether the keyring, in which secrets lie, can be asked.
func keyringLine(err error) Line {
	if err == nil {
		return Line{Check: "keyring", Level: Well, Says: "the keyring answers"}
	}
	return Line{Check: "keyring", Level: Wrong, signIn: true, Says: fmt.Sprintf("the keyring, in which secrets lie, cannot be asked: %v", err),
		Do: "Unlock it, or sign in to the desktop. Where there is none, refer to a file instead (file:/PATH, mode 0600)."}
}
