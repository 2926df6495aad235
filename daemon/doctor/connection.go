package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"dossier/remote"
)

// connection is what requests showed of the way to a portal.
type connection struct {
	host  string
	proxy string // empty: none
	plain bool   // not encrypted
	chain []*x509.Certificate
	date  time.Time // the portal's, of its first answer; zero: it told none
	at    time.Time // ours, then
	err   error     // why no answer came; nil: one came
	asked bool
}

// witness is a transport that notes what it sees of the first answer, or of the last failure before it.
type witness struct {
	under http.RoundTripper
	proxy func(*http.Request) (*url.URL, error)

	mu   *sync.Mutex
	seen *connection // guarded by mu
}

func (w witness) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.under.RoundTrip(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen.asked && w.seen.err == nil {
		return resp, err
	}
	c := connection{asked: true, host: r.URL.Host, plain: r.URL.Scheme == "http", err: err, at: time.Now()}
	if u, err := w.proxy(r); err == nil && u != nil {
		c.proxy = u.Scheme + "://" + u.Host // a password may stand before the host
	}
	if err == nil {
		c.date, _ = http.ParseTime(resp.Header.Get("Date"))
		if resp.TLS != nil {
			c.chain = chainOf(resp.TLS)
		}
	}
	*w.seen = c
	return resp, err
}

func chainOf(s *tls.ConnectionState) []*x509.Certificate {
	if len(s.VerifiedChains) > 0 {
		return s.VerifiedChains[0]
	}
	return s.PeerCertificates
}

// proxyOf is which proxy requests go through: the configuration's, else the environment's.
func proxyOf(setting string) func(*http.Request) (*url.URL, error) {
	if u, err := url.Parse(setting); setting != "" && err == nil {
		return http.ProxyURL(u)
	}
	return http.ProxyFromEnvironment
}

// way tells of the way to a portal: proxy, encryption and clock.
func way(c connection) []Line {
	if !c.asked {
		return nil
	}
	through := ""
	if c.proxy != "" {
		through = " through the proxy " + c.proxy
	}
	if c.err != nil {
		return []Line{noWay(c, through)}
	}
	lines := []Line{{Check: "way", Level: Well, Says: c.host + " answers" + through}}
	if c.plain {
		lines = append(lines, Line{Check: "certificate", Level: Well, Says: "not encrypted, which is fine within this computer"})
	} else {
		lines = append(lines, certificate(c.chain, c.at))
	}
	if !c.date.IsZero() {
		lines = append(lines, skew(c.at, c.date))
	}
	return lines
}

// noWay words why a portal cannot be reached.
func noWay(c connection, through string) Line {
	l := Line{Check: "way", Level: Wrong, Says: c.host + " cannot be reached" + through + ": ", Do: "Check the connection, and `url` and `proxy` in the configuration."}
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(c.err, &unknown):
		l.Check, l.Says = "certificate", l.Says+"nobody whom this computer trusts vouches for its certificate"
		l.Do, l.Set = "If the office's own firewall or CA signs it, get its certificate from the administrator and name the file.", `ca = "/etc/ssl/office.pem"`
	case errors.As(c.err, &name):
		l.Check, l.Says, l.Do = "certificate", l.Says+"its certificate is for another name", "Check `url`. If it is right, somebody stands in between: ask the administrator."
	case errors.As(c.err, &invalid) && invalid.Reason == x509.Expired:
		l.Check, l.Says, l.Do = "certificate", l.Says+"its certificate has expired or is not valid yet", "Check this computer's clock. If it is right, the portal's keeper must renew the certificate."
	case errors.As(c.err, &dns):
		l.Says, l.Do = l.Says+"there is no such host, or names cannot be looked up", "Check `url`, and whether this computer is connected."
	case errors.As(c.err, &op) && op.Op == "proxyconnect", strings.Contains(c.err.Error(), "Proxy Authentication"):
		l.Check, l.Says, l.Do = "proxy", l.Says+"the proxy does not let us through", "Check `proxy` in the configuration, or HTTPS_PROXY where dossier runs."
	case errors.As(c.err, &op) && op.Op == "dial":
		l.Says += "nobody listens there"
	default:
		l.Says += fmt.Sprintf("no answer came (%v)", c.err)
	}
	return l
}

// renewal is how long before its end a certificate should have been renewed.
const renewal = 14 * 24 * time.Hour

// certificate tells for how long a portal's certificate is good, and who vouches for it. That it is good now shows in the answer.
func certificate(chain []*x509.Certificate, now time.Time) Line {
	if len(chain) == 0 {
		return Line{Check: "certificate", Level: Unknown, Says: "the portal's certificate was not shown"}
	}
	end, by := chain[0].NotAfter, chain[len(chain)-1].Subject.CommonName
	for _, c := range chain {
		if c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	left := end.Sub(now)
	l := Line{Check: "certificate", Level: Well, Says: fmt.Sprintf("encrypted; the certificate, vouched for by %s, is good for %d days", orElse(by, "somebody without a name"), int(left/(24*time.Hour)))}
	switch {
	case left <= 0:
		l.Level, l.Says, l.Do = Wrong, "the portal's certificate has expired on "+end.Format(time.DateOnly), "Its keeper must renew it."
	case left < renewal:
		l.Level, l.Do = Note, "Its keeper must renew it by "+end.Format(time.DateOnly)+"."
	}
	return l
}

// Differences between our clock and a portal's.
const (
	noteSkew  = time.Minute
	wrongSkew = 5 * time.Minute // sign-in with signed tokens ends about there
)

// skew compares the clocks.
func skew(ours, theirs time.Time) Line {
	d := ours.Sub(theirs).Round(time.Second)
	l := Line{Check: "clock", Level: Well, Says: "this computer's clock agrees with the portal's"}
	if d.Abs() > noteSkew {
		where := "behind"
		if d > 0 {
			where = "ahead"
		}
		l.Level, l.Says, l.Do = Note, fmt.Sprintf("this computer's clock is %v %s of the portal's", d.Abs(), where), "Let the system keep its clock right (NTP)."
	}
	if d.Abs() > wrongSkew {
		l.Level = Wrong
	}
	return l
}

// isUnreachable tells whether an error is about the way, which the line on the way has told of.
func isUnreachable(err error) bool { return remote.CodeOf(err) == remote.Unavailable }
