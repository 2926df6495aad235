package service

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// Text is the unit, script or list of properties that says what the service is. A service of Windows has no such file: the text is then the
// commands that would make it.
func (d Definition) Text(k Kind) (string, error) {
	if err := d.check(); err != nil {
		return "", err
	}
	if k == Systemd && strings.ContainsAny(d.Exe, `"'\`) {
		return "", fmt.Errorf("systemd runs no program with a quotation mark or a backslash in its path (%s); put it elsewhere, such as /usr/local/bin", d.Exe)
	}
	if !d.System && !k.HasUserServices() {
		return "", fmt.Errorf("%s has no services of single users", k)
	}
	name := string(k)
	if k == Windows && !d.System {
		name = "task"
	}
	t, err := template.New(name+".tmpl").Funcs(template.FuncMap{
		"word": systemdWord, "path": systemdPath, "text": systemdText, "sh": shell, "xml": xmlText,
		"win": windowsArg, "line": windowsLine, "batch": batch,
	}).ParseFS(templates, "templates/"+name+".tmpl")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, d); err != nil {
		return "", fmt.Errorf("write the definition of service %q: %w", d.Name, err)
	}
	return b.String(), nil
}

// batch writes a percent sign as files of commands of Windows want it.
func batch(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// Writable are the folders that the service writes to, without those that lie in another of them. Clients' houses are named whole, and
// not the clients' folders alone: systemd makes each a mount of its own, and between two mounts nothing can be renamed into the vault.
func (d Definition) Writable() []string {
	var all []string
	for _, p := range append(slices.Clone(d.Houses), d.State) {
		if p != "" && (p != d.State || d.StateName() == "") {
			all = append(all, path.Clean(p))
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(slices.Clone(all), func(p string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return other != p && below(p, other) })
	})
}

// Mounts are the folders whose disks must be there first.
func (d Definition) Mounts() []string {
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(d.Houses), d.State))))
}

// StateName is the name of the state's folder where systemd makes it; empty: it lies elsewhere.
func (d Definition) StateName() string {
	name, in := strings.CutPrefix(d.State, "/var/lib/")
	if !in || CheckName(name) != nil {
		return ""
	}
	return name
}

// NeedsHomes tells whether the service reads or writes anything in a home directory.
func (d Definition) NeedsHomes() bool {
	uses := append(append(slices.Clone(d.Houses), d.Reads...), d.Exe, d.Config, d.State)
	return slices.ContainsFunc(uses, func(p string) bool {
		return below(p, "/home") || below(p, "/root") || below(p, "/run/user")
	})
}

func below(p, dir string) bool {
	p, dir = path.Clean(p), path.Clean(dir)
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

// Account is the user as the services of Windows want him: with the machine or domain in front.
func (d Definition) Account() string {
	if strings.ContainsAny(d.User, `\@`) {
		return d.User
	}
	return `.\` + d.User
}

// Unlocked tells whether the account of Windows has no password that a person knows: a virtual, built-in or managed one.
func (d Definition) Unlocked() bool {
	u := strings.ToUpper(d.User)
	return strings.HasPrefix(u, `NT SERVICE\`) || strings.HasPrefix(u, `NT AUTHORITY\`) || strings.HasSuffix(u, "$")
}
