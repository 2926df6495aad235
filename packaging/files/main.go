// Command files writes what goes into the packages beside the program: manual pages, completions, the unit, the example of a
// configuration and the changelog. The same sources and date give the same bytes.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"dossier/config"
	"dossier/daemon/cli"
	"dossier/daemon/service"
)

func main() {
	to := flag.String("to", "", "`folder` to write to")
	version := flag.String("version", "", "`version` of the packages")
	date := flag.Int64("date", 0, "date of all files, `seconds` since 1970")
	flag.Parse()
	if *to == "" || *version == "" {
		flag.Usage()
		os.Exit(2)
	}
	os.Unsetenv("DOSSIER_VERBOSE") // defaults of flags stand in the manual
	os.Unsetenv("DOSSIER_LOG_FORMAT")
	if err := write(*to, *version, time.Unix(*date, 0).UTC()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(dir, version string, date time.Time) error {
	unit, err := packaged.Text(service.Systemd)
	if err != nil {
		return err
	}
	log, err := changelog(version, date)
	if err != nil {
		return err
	}
	root := cli.Commands()
	return errors.Join(
		manuals(root, filepath.Join(dir, "man"), version, date),
		file(dir, "completions/dossier.bash", func(w io.Writer) error { return root.GenBashCompletionV2(w, true) }),
		file(dir, "completions/_dossier", root.GenZshCompletion),
		file(dir, "completions/dossier.fish", func(w io.Writer) error { return root.GenFishCompletion(w, true) }),
		file(dir, "dossier.service", text(unit)),
		file(dir, "dossier.toml", text(config.Example())),
		file(dir, "changelog.yaml", text(log)),
	)
}

// packaged is the service that the packages bring: as a user made for it, with clients' folders at the place for what a computer serves.
var packaged = service.Definition{
	Name: service.DefaultName, System: true, Exe: "/usr/bin/dossier", Config: "/etc/dossier/dossier.toml",
	User: "dossier", Group: "dossier", Home: "/var/lib/dossier", State: "/var/lib/dossier", Houses: []string{"/srv/clients"},
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func file(dir, name string, write func(io.Writer) error) error {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// manuals writes a page for each command, packed as manual pages are.
func manuals(root *cobra.Command, dir, version string, date time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	plain, err := os.MkdirTemp("", "dossier-man-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(plain)
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Title: "DOSSIER", Section: "1", Date: &date, Source: "dossier " + version, Manual: "dossier"}
	if err := doc.GenManTree(root, header, plain); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(plain, "*.1"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err == nil {
			err = file(dir, filepath.Base(page)+".gz", packed(text))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func packed(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		_, err = z.Write(text)
		return cmp.Or(err, z.Close())
	}
}

// changelog is what nfpm makes the packages' changelogs of.
func changelog(version string, date time.Time) (string, error) {
	type change struct {
		Note string `json:"note"`
	}
	type release struct {
		Version  string    `json:"semver"`
		Date     time.Time `json:"date"`
		Packager string    `json:"packager"`
		Changes  []change  `json:"changes"`
	}
	r := release{Version: version, Date: date, Packager: "dossier", Changes: []change{}}
	notes, err := filepath.Glob("packaging/changelog/unreleased/*.md")
	if err != nil {
		return "", err
	}
	for _, note := range notes {
		text, err := os.ReadFile(note)
		if err != nil {
			return "", err
		}
		title, _, _ := bytes.Cut(text, []byte("\n"))
		r.Changes = append(r.Changes, change{string(title)})
	}
	out, err := json.MarshalIndent([]release{r}, "", "  ") // JSON is YAML
	return string(out) + "\n", err
}
