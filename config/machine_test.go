package config

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testMachine is a computer with one user, whose home is a fresh folder.
func testMachine(t testing.TB) machine {
	home := filepath.Join(t.TempDir(), "anna")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	return machine{home: home, homes: locateAll([]string{home}), state: filepath.Join(home, ".local", "state", "dossier")}
}

const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBkTCCATegAwIBAgIUEZKdqJrDsGuZLI56v6IdmY4lyYMwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSb2ZmaWNlLmV4YW1wbGUuY29tMCAXDTI2MTEyMjAwMTc1N1oY
DzIxMjYxMDI5MDAxNzU3WjAdMRswGQYDVQQDDBJvZmZpY2UuZXhhbXBsZS5jb20w
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARG8b2Eni/SqMoeJyNCiAtXCaFmvAYb
yt5Lsnbc9VK+fBaOvqj3VMwHtjxnm7aQI2PNl9y6VcW8u6M0K4po+gt7o1MwUTAd
BgNVHQ4EFgQUmTZovXYfL5X6gD8n0aeSRDqQMb8wHwYDVR0jBBgwFoAUmTZovXYf
L5X6gD8n0aeSRDqQMb8wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBF
AiEA/iDg6K9YeBAe7UbRrt+rI0GQEbTfz9FXA+fJWP3JGFICIFWfHHtcmCQGJ0pu
5PGvrwVqi1FMcdVPO6Y/87J4qGUg
-----END CERTIFICATE-----
`

func TestHomesOfPersonsAreReadFromPasswd(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n" +
		"anna:x:1000:1000:Anna:/srv/home/anna:/bin/bash\nnobody:x:65534:65534::/nonexistent:/bin/false\nbroken line\n"
	got := passwdHomes(bufio.NewScanner(strings.NewReader(passwd)))
	if want := []string{"/root", "/srv/home/anna"}; !slices.Equal(got, want) {
		t.Errorf("homes = %q, want %q", got, want)
	}
}
