package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func checkPortals(r *report, cfg *Config, m machine) {
	if len(cfg.Portals) == 0 {
		r.fault("portal", "there is no portal; add a section such as [portal.office]")
	}
	folded := map[string]string{}
	for _, name := range cfg.PortalNames() {
		p := cfg.Portals[name]
		p.Name = name
		key := "portal." + name
		if !portalName.MatchString(name) || slices.Contains(reserved, strings.ToLower(name)) {
			r.fault(key, "%q cannot be a portal's name; use letters, digits, - and _, and no device name of Windows", name)
		}
		if other, taken := folded[Fold(name)]; taken {
			r.fault(key, "there is [portal.%s] already; names must differ in more than capitals", other)
		}
		folded[Fold(name)] = name
		checkPortal(r, key, &p, m)
		cfg.Portals[name] = p
	}
}

func checkPortal(r *report, key string, p *Portal, m machine) {
	if _, ok := signIns[p.Kind]; !ok {
		r.fault(key+".kind", "%s; write box, mijnklantportaal, filesro or backoffice", missingOr(string(p.Kind), "is no kind of portal"))
	} else {
		checkSignIn(r, key, *p)
	}
	checkAddress(r, key, p)
	r.between(key+".limits.calls", p.Limits.Calls, 0, 1<<20)
	r.between(key+".limits.uploads", p.Limits.Uploads, 0, 1<<20)
	if p.Proxy != "" {
		if err := checkProxy(p.Proxy); err != nil {
			r.fault(key+".proxy", "%v", err)
		}
	}
	if p.CA != "" {
		p.CA = r.certificates(key+".ca", p.CA, m)
	}
	checkDownload(r, key+".download", *p)
	for name, v := range p.Assume {
		switch v.(type) {
		case bool, int64, string:
		default:
			r.fault(key+".assume."+name, "write true, false, a whole number or a text")
		}
	}
}

// checkSignIn wants exactly one of the kind's ways to sign in.
func checkSignIn(r *report, key string, p Portal) {
	for _, secret := range []string{"token", "client_secret", "password"} {
		if r.bad[key+"."+secret] {
			return // what was meant is not known, and the secret's own fault says the cure
		}
	}
	if p.SignIn() == "" {
		r.fault(key, "%s; %s signs in with %s", foundKeys(p.signInGiven()), p.Kind, waysOf(p.Kind))
	}
	if p.Email != "" {
		if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
			r.fault(key+".email", "%q is no e-mail address", p.Email)
		}
	}
	if p.Subject != "" {
		what, id, _ := strings.Cut(p.Subject, ":")
		if (what != "enterprise" && what != "user") || id == "" || strings.Trim(id, "0123456789") != "" {
			r.fault(key+".subject", `%q is not a subject; write "enterprise:ID" or "user:ID" with the number Box gives`, p.Subject)
		}
	}
}

func foundKeys(given []string) string {
	if len(given) == 0 {
		return "nothing says how to sign in"
	}
	return strings.Join(given, ", ") + " together are no way to sign in"
}

func waysOf(k Kind) string {
	var ways []string
	for _, s := range signIns[k] {
		ways = append(ways, strings.Join(s.keys, " + "))
	}
	return strings.Join(ways, ", or ")
}

// checkAddress wants an origin, and makes it canonical: no slash at its end.
func checkAddress(r *report, key string, p *Portal) {
	if p.URL == "" {
		if p.Kind == BackOffice {
			r.fault(key+".url", `missing; a Back Office has no address of its own: write the office's, such as "https://office.example.com"`)
		}
		return
	}
	u, err := parseURL(p.URL)
	if err != nil {
		r.fault(key+".url", "%v", err)
		return
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(p.URL, "?") || strings.HasSuffix(p.URL, "#") {
		r.fault(key+".url", "write only the origin, %s://%s: the portal's own paths are added to it", u.Scheme, u.Host)
		return
	}
	p.URL = u.Scheme + "://" + u.Host
}

// parseURL wants an absolute https address without a user; http is allowed to this machine only.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" {
		return nil, errors.New(`this is no address; write one such as "https://office.example.com"`)
	}
	if u.User != nil {
		return nil, errors.New("a user or password must not stand in an address; take it out")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("tokens and documents would travel in the clear to %s; write https://", u.Host)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func checkProxy(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
		return errors.New(`this is no proxy; write one such as "http://proxy.office.example:3128"`)
	}
	if u.User != nil {
		return errors.New("a password must not stand in this file; leave proxy out and set HTTPS_PROXY for the service instead")
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("write only %s://%s", u.Scheme, u.Host)
	}
	return nil
}

// checkDownload wants a Back Office's template with a placeholder behind the host.
func checkDownload(r *report, key string, p Portal) {
	if p.Download == "" {
		return
	}
	if p.Kind != BackOffice {
		r.fault(key, "only a Back Office needs this; take it out")
		return
	}
	if !strings.Contains(p.Download, "{file}") && !strings.Contains(p.Download, "{id}") {
		r.fault(key, `a placeholder is missing: {file} is the stored path, {id} the file's id, {client} the client's`)
		return
	}
	filled := strings.NewReplacer("{file}", "x", "{id}", "x", "{client}", "x").Replace(p.Download)
	u, err := parseURL(filled)
	if err != nil {
		r.fault(key, "%v", err)
		return
	}
	if strings.ContainsAny(filled, "{}") {
		r.fault(key, "an unknown placeholder; there are {file}, {id} and {client}")
	} else if !strings.HasPrefix(p.Download, u.Scheme+"://"+u.Host) {
		r.fault(key, "placeholders may stand only behind the host: the token goes there")
	}
}

// certificates checks that the file can be read and holds at least one certificate, and returns its whole path.
func (r *report) certificates(key, path string, m machine) string {
	full, err := expandHome(path, m.homeDir)
	if err != nil {
		r.fault(key, "%v", err)
		return path
	}
	if !filepath.IsAbs(full) || strings.ContainsRune(full, 0) {
		r.fault(key, `must be an absolute path, or start with "~/"`)
		return path
	}
	f, err := os.Open(full)
	if err != nil {
		r.fault(key, "%v", err)
		return full
	}
	defer f.Close() // read only
	pem, err := io.ReadAll(io.LimitReader(f, 4<<20))
	if err != nil {
		r.fault(key, "%v", err)
	} else if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		r.fault(key, "%s holds no certificate in PEM form", full)
	}
	return full
}

func missingOr(value, otherwise string) string {
	if value == "" {
		return "missing"
	}
	return fmt.Sprintf("%q %s", value, otherwise)
}
