package doctor

import (
	"path/filepath"
	"regexp"
	"strings"
)

// cloudFacts are what tells that another program keeps a folder in step with a cloud.
type cloudFacts struct {
	goos   string
	home   string
	env    func(string) string
	exists func(path string) bool
}

// cloudMarks are files and folders that a program leaves in the top of what it keeps in step.
var cloudMarks = []struct{ name, cloud string }{
	{".dropbox", "Dropbox"}, {".dropbox.cache", "Dropbox"}, {".849C9593-D756-4E56-8D6E-42412F2A707B", "OneDrive"},
	{".tmp.driveupload", "Google Drive"}, {".tmp.drivedownload", "Google Drive"}, {".owncloudsync.log", "Nextcloud or ownCloud"},
	{".sync_journal.db", "Nextcloud or ownCloud"}, {".stfolder", "Syncthing"}, {".SynologyWorkingDirectory", "Synology Drive"},
}

// cloudNames are the usual names of such folders. A name alone proves nothing.
var cloudNames = []struct {
	name  *regexp.Regexp
	cloud string
}{
	{regexp.MustCompile(`(?i)^onedrive( - .+)?$`), "OneDrive"}, {regexp.MustCompile(`(?i)^dropbox( \(.+\))?$`), "Dropbox"},
	{regexp.MustCompile(`(?i)^(google ?drive|my drive)( \(.+\))?$`), "Google Drive"}, {regexp.MustCompile(`(?i)^icloud ?drive$`), "iCloud Drive"},
	{regexp.MustCompile(`(?i)^(nextcloud|owncloud)$`), "Nextcloud or ownCloud"}, {regexp.MustCompile(`(?i)^box( sync|-box)?$`), "Box Drive"},
}

// cloudOf names the program that keeps a folder in step with a cloud; sure is false if only a name says so. Empty: there is none.
func cloudOf(path string, f cloudFacts) (cloud string, sure bool) {
	slashed := slashes(path)
	if f.goos == "darwin" {
		if rest, ok := strings.CutPrefix(slashed, slashes(f.home)+"/Library/CloudStorage/"); ok {
			provider, _, _ := strings.Cut(rest, "/")
			provider, _, _ = strings.Cut(provider, "-")
			return provider, true
		}
		if strings.HasPrefix(slashed, slashes(f.home)+"/Library/Mobile Documents/") {
			return "iCloud Drive", true
		}
	}
	for _, name := range []string{"OneDrive", "OneDriveCommercial", "OneDriveConsumer"} {
		if dir := slashes(f.env(name)); f.goos == "windows" && dir != "" && within(strings.ToLower(slashed), strings.ToLower(dir)) {
			return "OneDrive", true
		}
	}
	for dir := path; ; dir = filepath.Dir(dir) {
		for _, m := range cloudMarks {
			if f.exists(filepath.Join(dir, m.name)) {
				return m.cloud, true
			}
		}
		if filepath.Dir(dir) == dir || slashes(dir) == slashes(f.home) {
			break
		}
	}
	for part := range strings.SplitSeq(slashed, "/") {
		for _, n := range cloudNames {
			if n.name.MatchString(part) {
				return n.cloud, false
			}
		}
	}
	return "", false
}

func slashes(path string) string { return strings.TrimRight(strings.ReplaceAll(path, `\`, "/"), "/") }

func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }
