package config

// Kind is which portal an account is at.
type Kind string

const (
	// Box is box.com.
	Box Kind = "box"
	// MijnKlantportaal is mijnklantportaal.nl.
	MijnKlantportaal Kind = "mijnklantportaal"
	// FilesRo is files.ro, or another installation of the same program.
	FilesRo Kind = "filesro"
	// BackOffice is an installation of the Back Office, API version 2.
	BackOffice Kind = "backoffice"
)

// Portal is one account at one portal. How it signs in is one of the ways that its kind knows (see SignIn).
type Portal struct {
	// Name is the section's name: [portal.NAME].
	Name string `toml:"-"`
	// Kind is box, mijnklantportaal, filesro or backoffice.
	Kind Kind `toml:"kind"`
	// URL is the portal's origin, such as "https://office.example.com", without a path. Left out, it is the
	// vendor's own; a Back Office has none, so it must be given. https, except on this machine itself.
	URL string `toml:"url"`
	// Token refers to the access token or API key. With ClientID and ClientSecret it refers to the refresh
	// token to begin with; the ones that follow are kept in the account's state.
	Token Secret `toml:"token"`
	// ClientID is the id of the office's own application at the portal (Box, MijnKlantportaal).
	ClientID string `toml:"client_id"`
	// ClientSecret refers to that application's secret.
	ClientSecret Secret `toml:"client_secret"`
	// Subject is as whom a Box application signs in by itself: "enterprise:ID" or "user:ID".
	Subject string `toml:"subject"`
	// Email is the address to sign in with (Files.ro, Back Office).
	Email string `toml:"email"`
	// Password refers to the password that belongs to Email.
	Password Secret `toml:"password"`
	// Limits are the calls this account may make. Left out, the vendor's published budget holds at the
	// vendor's own address, and none elsewhere until the portal asks to slow down.
	Limits Limits `toml:"limits"`
	// Proxy is the proxy to go through, such as "http://proxy.office.example:3128". Left out, the system's settings hold.
	Proxy string `toml:"proxy"`
	// CA is a file of certificates (PEM) to trust besides the system's own. Absolute, or with "~".
	CA string `toml:"ca"`
	// Download is how a Back Office hands out files: an address with {file} (the stored path), {id} or {client}
	// in it. Left out, nothing can be downloaded from a Back Office, and dossier only sends.
	Download string `toml:"download"`
	// Assume settles what the vendor's documentation leaves open, for this portal. Which names
	// there are is the driver's matter; values are true, false, a whole number or text.
	Assume map[string]any `toml:"assume"`
}

// Limits are calls a minute; 0 means not given.
type Limits struct {
	// Calls a minute, uploads included.
	Calls int `toml:"calls"`
	// Uploads a minute.
	Uploads int `toml:"uploads"`
}

// SignIn is a way to sign in.
type SignIn string

const (
	// SignInToken sends Token with each call.
	SignInToken SignIn = "token"
	// SignInRefresh fetches access tokens with ClientID, ClientSecret and a refresh token that starts as Token.
	SignInRefresh SignIn = "refresh"
	// SignInApp fetches access tokens with ClientID and ClientSecret, as Subject.
	SignInApp SignIn = "app"
	// SignInPassword fetches access tokens with Email and Password.
	SignInPassword SignIn = "password"
)

// signIns lists, for each kind, the keys that together are a way to sign in. Exactly one set must be given.
var signIns = map[Kind][]signInKeys{
	Box: {
		{SignInToken, []string{"token"}},
		{SignInRefresh, []string{"client_id", "client_secret", "token"}},
		{SignInApp, []string{"client_id", "client_secret", "subject"}},
	},
	MijnKlantportaal: {
		{SignInToken, []string{"token"}},
		{SignInRefresh, []string{"client_id", "client_secret", "token"}},
	},
	FilesRo: {
		{SignInToken, []string{"token"}},
		{SignInPassword, []string{"email", "password"}},
	},
	BackOffice: {
		{SignInPassword, []string{"email", "password"}},
	},
}

type signInKeys struct {
	way  SignIn
	keys []string
}

// SignIn tells which way this portal signs in; "" for a portal that was not checked.
func (p Portal) SignIn() SignIn {
	given := p.signInGiven()
	for _, s := range signIns[p.Kind] {
		if sameSet(s.keys, given) {
			return s.way
		}
	}
	return ""
}

// signInGiven lists the sign-in keys that are set, in the order in which the manual names them.
func (p Portal) signInGiven() []string {
	var given []string
	for _, f := range []struct {
		key string
		set bool
	}{
		{"client_id", p.ClientID != ""}, {"client_secret", !p.ClientSecret.IsZero()},
		{"token", !p.Token.IsZero()}, {"subject", p.Subject != ""},
		{"email", p.Email != ""}, {"password", !p.Password.IsZero()},
	} {
		if f.set {
			given = append(given, f.key)
		}
	}
	return given
}

func sameSet(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	has := make(map[string]bool, len(a))
	for _, k := range a {
		has[k] = true
	}
	for _, k := range b {
		if !has[k] {
			return false
		}
	}
	return true
}
