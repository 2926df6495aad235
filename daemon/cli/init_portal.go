package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"dossier/config"
)

// choosePortal asks which portal it is, and how to sign in there.
func (b *beginning) choosePortal(ctx context.Context) error {
	b.portal = b.opt.portal
	for _, step := range []func(context.Context) error{b.chooseKind, b.chooseAddress, b.chooseWay} {
		if err := step(ctx); err != nil {
			return unasked(err)
		}
	}
	return nil
}

func (b *beginning) chooseKind(ctx context.Context) error {
	known := b.kinds()
	switch {
	case b.opt.kind != "":
		if err := knownKind(b.opt.kind, known); err != nil {
			return err
		}
		b.portal.Kind = config.Kind(b.opt.kind)
		return nil
	case b.opt.yes:
		return usagef("--yes needs --kind: %s", quoted(known))
	}
	fmt.Fprintln(b.Err, "Which portal do your clients use?")
	i, err := b.ask.choose(ctx, "Portal", known)
	if err == nil {
		b.portal.Kind = config.Kind(known[i])
	}
	return err
}

func (b *beginning) chooseAddress(ctx context.Context) (err error) {
	if b.opt.yes || b.portal.URL != "" {
		return nil // the check of the configuration says if one is needed
	}
	question := "Its address (empty: the vendor's own)"
	if b.portal.Kind == config.BackOffice {
		question = "Its address, such as https://office.example.com"
	}
	b.portal.URL, err = b.ask.line(ctx, question, "")
	return err
}

// wayWords are what people call the ways to sign in.
var wayWords = map[config.SignIn]string{
	config.SignInToken:    "with a token or API key",
	config.SignInRefresh:  "with an application of the office's (client_id, client secret) and a refresh token",
	config.SignInApp:      "with an application of the office's (client_id, client secret) that signs in by itself",
	config.SignInPassword: "with an e-mail address and a password",
}

// chooseWay asks how to sign in, for what is no secret, and where the secrets shall lie.
func (b *beginning) chooseWay(ctx context.Context) error {
	way, err := b.way(ctx)
	if err != nil {
		return err
	}
	for _, key := range way.Keys {
		if slices.Contains(way.SignIn.SecretKeys(), key) {
			b.refs[key] = b.reference(key, len(way.SignIn.SecretKeys()) > 1)
			continue
		}
		if err := b.plainKey(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// way is the one that a flag names, the only one, the one that the given secrets amount to, or the one chosen.
func (b *beginning) way(ctx context.Context) (config.Way, error) {
	ways := b.portal.Kind.Ways()
	var names, words []string
	for _, w := range ways {
		if string(w.SignIn) == b.opt.signIn {
			return w, nil
		}
		names, words = append(names, string(w.SignIn)), append(words, wayWords[w.SignIn])
	}
	switch {
	case b.opt.signIn != "":
		return config.Way{}, &usageError{unknownName("way to sign in to "+string(b.portal.Kind), b.opt.signIn, names)}
	case len(ways) == 1:
		return ways[0], nil
	case b.opt.yes || *b.opt.refs["token"] != "" && b.portal.ClientID == "":
		return b.likeliest(ways), nil
	}
	fmt.Fprintln(b.Err, "How do you sign in there?")
	i, err := b.ask.choose(ctx, "Sign in", words)
	return ways[i], err
}

// likeliest is the first way that needs all that flags have given.
func (b *beginning) likeliest(ways []config.Way) config.Way {
	given := map[string]bool{"client_id": b.portal.ClientID != "", "subject": b.portal.Subject != "", "email": b.portal.Email != ""}
	for key, ref := range b.opt.refs {
		given[key] = *ref != ""
	}
	for _, w := range ways {
		fits := true
		for key, is := range given {
			fits = fits && (!is || slices.Contains(w.Keys, key))
		}
		if fits {
			return w
		}
	}
	return ways[0]
}

// plainKey asks for what is no secret.
func (b *beginning) plainKey(ctx context.Context, key string) (err error) {
	to := map[string]*string{"client_id": &b.portal.ClientID, "subject": &b.portal.Subject, "email": &b.portal.Email}[key]
	if *to != "" {
		return nil
	}
	if b.opt.yes {
		return usagef("--yes needs --%s to sign in this way", strings.ReplaceAll(key, "_", "-"))
	}
	question := map[string]string{"client_id": "The application's client_id", "email": "E-mail address to sign in with",
		"subject": "As whom it signs in (enterprise:ID or user:ID)"}[key]
	*to, err = b.ask.line(ctx, question, "")
	return err
}

// reference is where a secret shall lie: where a flag says, else in the keyring if there is one, else in a file beside the configuration.
func (b *beginning) reference(key string, several bool) string {
	if ref := *b.opt.refs[key]; ref != "" {
		return ref
	}
	name := b.opt.name
	if several && key == "client_secret" {
		name += "-app"
	}
	if !config.IsSystem(b.path) && config.TryKeyring() == nil {
		return "keyring:" + name
	}
	return "file:" + filepath.ToSlash(filepath.Join(filepath.Dir(b.path), name+".secret"))
}
