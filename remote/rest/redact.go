package rest

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const redacted = "[redacted]"

// Secret is a token or password. It prints as [redacted] everywhere; Reveal gives it away.
type Secret string

// Reveal is the secret itself, for the request that needs it and for the store that keeps it.
func (s Secret) Reveal() string { return string(s) }

func (Secret) String() string             { return redacted }
func (Secret) GoString() string           { return redacted }
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }
func (Secret) LogValue() slog.Value       { return slog.StringValue(redacted) }

// MarshalText fails: a secret printed as [redacted] into a store would be lost, and one printed in clear would be known.
func (Secret) MarshalText() ([]byte, error) {
	return nil, errors.New("marshal secret: secrets are written with Reveal only")
}

var (
	bearer    = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[^\s"',;]+`)
	link      = regexp.MustCompile(`(?i)(https?://)(?:[^\s/"'@?#]*@)?([^\s/"'?#]*)([/?#][^\s"']*)?`)
	userInfo  = regexp.MustCompile(`(?i)(//)[^\s/"'@?#]*@`)
	parameter = regexp.MustCompile(`(?i)\b((?:access_|refresh_|id_|download_|upload_|auth_)?token|client_secret|password|secret|signature|sig|api_?key)(["']?\s*[=:]\s*["']?)[^\s&"',;}]+`)
)

// scrub takes out of a text what looks like a secret: bearer tokens, all of a link but its host, for signed links carry their
// permission in the path as well, and the values of telling parameters.
func scrub(text string) string {
	text = bearer.ReplaceAllString(text, "$1 "+redacted)
	text = link.ReplaceAllStringFunc(text, func(s string) string {
		part := link.FindStringSubmatch(s)
		if part[3] == "" || part[3] == "/" {
			return part[1] + part[2]
		}
		return part[1] + part[2] + "/" + redacted
	})
	return parameter.ReplaceAllString(text, "$1$2"+redacted)
}

// scrubAddress takes a password out of an address that a person wrote.
func scrubAddress(address string) string {
	return userInfo.ReplaceAllString(address, "$1"+redacted+"@")
}

// shortestSecret is the length below which a known secret is not searched for in texts: it would take out innocent words.
const shortestSecret = 6

// knownSecrets bounds how many secrets are remembered: access tokens come and go.
const knownSecrets = 64

// redactor takes secrets that it was told of out of texts.
type redactor struct {
	mu    sync.Mutex
	known []Secret // guarded by mu
}

func (r *redactor) add(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s) < shortestSecret || slices.Contains(r.known, s) {
			continue
		}
		r.known = append(r.known, s)
		if len(r.known) > knownSecrets {
			r.known = slices.Delete(r.known, 0, len(r.known)-knownSecrets)
		}
	}
}

func (r *redactor) clean(text string) string {
	r.mu.Lock()
	known := slices.Clone(r.known)
	r.mu.Unlock()
	for _, s := range known {
		text = strings.ReplaceAll(text, s.Reveal(), redacted)
	}
	return scrub(text)
}
