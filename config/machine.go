package config

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// machine is what the checks ask of the computer they run on.
type machine struct {
	home  string  // this user's home directory; empty: he has none
	homes []place // home directories of this and other users
	tops  []place // folders whose children are home directories
	state string  // where the state lies if the file does not say
}

// thisMachine asks the system, for the configuration at file.
func thisMachine(file string) machine {
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		home = ""
	}
	homes := []string{"/root", "/var/root"}
	if home != "" {
		homes = append(homes, home)
	}
	if f, err := os.Open("/etc/passwd"); err == nil { // there is none on Windows; on macOS it lists no persons
		defer f.Close()
		homes = append(homes, passwdHomes(bufio.NewScanner(f))...)
	}
	return machine{
		home:  home,
		homes: locateAll(homes),
		tops:  locateAll([]string{"/home", "/Users", `C:\Users`}),
		state: defaultState(file, home),
	}
}

// passwdHomes reads the home directories of persons: accounts of the system have small numbers and live in /usr/sbin or /dev.
func passwdHomes(lines *bufio.Scanner) []string {
	var homes []string
	for lines.Scan() {
		field := strings.Split(lines.Text(), ":")
		if len(field) < 7 {
			continue
		}
		uid, err := strconv.Atoi(field[2])
		if err == nil && (uid == 0 || (uid >= 500 && uid < 65534)) && filepath.IsAbs(field[5]) && field[5] != "/" {
			homes = append(homes, filepath.Clean(field[5]))
		}
	}
	return homes
}

func (m machine) homeDir() (string, error) {
	if m.home == "" {
		return "", errors.New("no home directory")
	}
	return m.home, nil
}

// locate finds out where a path really leads: links are followed as far as it exists.
func locate(path string) place {
	p := place{path: path, real: resolve(path)}
	p.folded = Fold(p.real)
	if info, err := os.Stat(path); err == nil {
		p.info = info
	}
	return p
}

func locateAll(paths []string) []place {
	var places []place
	for _, p := range paths {
		if filepath.IsAbs(p) { // /root is no path on Windows
			places = append(places, locate(p))
		}
	}
	return places
}

// resolve follows symlinks in the part of the path that exists, and keeps the rest.
func resolve(path string) string {
	for head, rest := path, ""; ; head, rest = filepath.Dir(head), filepath.Join(filepath.Base(head), rest) {
		if real, err := filepath.EvalSymlinks(head); err == nil {
			return filepath.Join(real, rest)
		}
		if filepath.Dir(head) == head {
			return path
		}
	}
}

// unfit tells why a folder can be neither a root nor a client's; "" if it can.
func (m machine) unfit(p place) string {
	if filepath.Dir(p.real) == p.real {
		return fmt.Sprintf("%s is a whole disk; choose a folder on it", p.path)
	}
	for _, home := range m.homes {
		if sameFolder(p, home) {
			return fmt.Sprintf("%s is a home directory; choose a folder in it", p.path)
		}
		if within(home.folded, p.folded) {
			return fmt.Sprintf("%s holds the home directory %s; choose a folder in that", p.path, home.path)
		}
	}
	for _, top := range m.tops {
		if sameFolder(p, top) || filepath.Dir(p.folded) == top.folded {
			return fmt.Sprintf("%s is, or holds, a home directory; choose a folder in it", p.path)
		}
	}
	if slices.Contains(strings.Split(p.folded, string(filepath.Separator)), vaultName) {
		return fmt.Sprintf("%s lies in %s, where dossier keeps deleted files; choose another folder", p.path, vaultName)
	}
	if p.info != nil && !p.info.IsDir() {
		return fmt.Sprintf("%s is no folder; name a folder", p.path)
	}
	return ""
}
