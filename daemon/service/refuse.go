package service

import (
	"fmt"
	"strings"
)

// Refusal is why a service would not work, and what to do about it.
type Refusal struct{ Says, Do string }

func (r Refusal) String() string { return r.Says + "\n  " + r.Do }

// Refusals are the reasons why a service must not be installed as it is defined; missing are the credentials whose file is not there.
func Refusals(k Kind, d Definition, s Sight, missing []Credential) []Refusal {
	var all []Refusal
	all = append(all, refuseUser(k, d)...)
	if s.Fault != "" {
		return append(all, Refusal{fmt.Sprintf("user %s cannot use the configuration: %s", d.User, s.Fault),
			"Put that right, and see that he may read the file. Which file it is, `--config FILE` says."})
	}
	for _, f := range append(append([]Folder(nil), s.Folders...), s.State) {
		all = append(all, refuseFolder(d, f)...)
	}
	for _, r := range s.Secrets {
		all = append(all, refuseSecret(k, d, r)...)
	}
	for _, c := range missing {
		all = append(all, Refusal{fmt.Sprintf("the credential %q is not there: %s", c.Name, c.File),
			fmt.Sprintf("Store it: systemd-ask-password -n %s | install -D -m 600 /dev/stdin %s", c.Name, shell(c.File))})
	}
	return all
}

func refuseUser(k Kind, d Definition) []Refusal {
	privileged := d.User == "" || d.User == "root" || strings.EqualFold(d.User, "LocalSystem") || strings.EqualFold(d.User, `NT AUTHORITY\SYSTEM`)
	switch {
	case !d.System && !k.HasUserServices():
		return []Refusal{{fmt.Sprintf("%s has no services of single users", k), fmt.Sprintf("Install it for the system, as that user: dossier service install --system --as %s", orElse(d.User, "NAME"))}}
	case d.System && privileged:
		return []Refusal{{"a service of the system runs as a named user, so that a fault does not reach everything, and what comes down belongs to somebody",
			"Name the accountant, or a user made for it: --as NAME"}}
	case !d.System && k != Windows && privileged:
		return []Refusal{{"this would be a service of root's own", "Run it as the accountant, without sudo; or for the system, as a named user: --system --as NAME"}}
	}
	return nil
}

func refuseFolder(d Definition, f Folder) []Refusal {
	var all []Refusal
	if d.System && f.Mapped {
		all = append(all, Refusal{fmt.Sprintf("%s: %s is on a mapped drive, which a service of the system does not have", f.Who, f.Path),
			`Write the folder's whole name in the configuration, such as '\\server\share\Clients', or install it for the user: --user`})
	}
	if f.Fault != "" {
		all = append(all, Refusal{fmt.Sprintf("%s: user %s cannot use it: %s", f.Who, d.User, f.Fault),
			fmt.Sprintf("Make the folder %s if it is not there, and let him read and write in it.", orElse(f.House, f.Path))})
	}
	return all
}

func refuseSecret(k Kind, d Definition, r Secret) []Refusal {
	where := "a file that only he may read"
	cure := fmt.Sprintf(`Keep it in %s: set %s = "file:%s" in the configuration, then: dossier login %s`, where, r.Key, secretFile(k, d, r.Portal), r.Portal)
	if k == Systemd && d.System {
		cure += fmt.Sprintf(". Or let systemd hand it over: %q", "credential:"+r.Portal)
	}
	switch {
	case r.Scheme == "keyring" && d.System:
		return []Refusal{{r.Key + " is in the keyring, which no service of the system can open", cure}}
	case r.Scheme == "env":
		return []Refusal{{r.Key + " is in an environment variable of your shell, which no service has", cure}}
	case r.Scheme == "credential" && k != Systemd:
		return []Refusal{{r.Key + " is a credential, which only systemd hands over", cure}}
	case r.Fault != "":
		return []Refusal{{fmt.Sprintf("%s: user %s cannot have it: %s", r.Key, d.User, r.Fault), "Store it: dossier login " + r.Portal}}
	}
	return nil
}

// secretFile is a good place for a secret of this service.
func secretFile(k Kind, d Definition, portal string) string {
	switch {
	case !d.System:
		return "~/.config/dossier/" + portal + ".secret"
	case k == Windows:
		return "C:/ProgramData/dossier/" + portal + ".secret"
	case k == Launchd:
		return "/Library/Application Support/dossier/" + portal + ".secret"
	}
	return "/etc/dossier/" + portal + ".secret"
}
