package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
)

// chooseClients takes the clients that flags name, or shows the portal's folders and has some chosen.
func (b *beginning) chooseClients(ctx context.Context, acct *daemon.Account) error {
	mode := config.Mode(b.opt.mode)
	for _, pair := range b.opt.clients {
		c, ok := b.pair(pair)
		if !ok {
			return usagef("--client %q: write NAME=ID", pair)
		}
		b.clients = append(b.clients, c)
	}
	if b.opt.discover != "" {
		b.discover = append(b.discover, config.Discover{Portal: b.opt.name, Under: b.opt.discover, Mode: mode})
	}
	if b.opt.yes || len(b.clients)+len(b.discover) > 0 {
		return nil
	}
	choose := b.browse
	if !acct.Features().Listing {
		choose = b.nameClients
	}
	if err := choose(ctx, acct, b.drivers[b.portal.Kind].Top); err != nil {
		return err
	}
	return b.chooseMode(ctx)
}

// pair reads a client as NAME=ID.
func (b *beginning) pair(text string) (config.Client, bool) {
	i := strings.LastIndexByte(text, '=')
	if i < 1 || i == len(text)-1 {
		return config.Client{}, false
	}
	return config.Client{Name: strings.TrimSpace(text[:i]), Portal: b.opt.name, Folder: strings.TrimSpace(text[i+1:]), Mode: config.Mode(b.opt.mode)}, true
}

// nameClients asks for clients where the portal does not show its folders.
func (b *beginning) nameClients(ctx context.Context, _ *daemon.Account, _ remote.ID) error {
	fmt.Fprintln(b.Err, "This portal does not show its folders. Name the clients, each as NAME=ID of its folder there; nothing ends the list.")
	for {
		text, err := b.ask.line(ctx, "Client", "")
		if errors.Is(err, errNoAnswer) || err == nil && text == "" {
			return nil
		}
		if err != nil {
			return err
		}
		if c, ok := b.pair(text); ok {
			b.add(c)
		} else {
			fmt.Fprintln(b.Err, "Write NAME=ID.")
		}
	}
}

// modeWords are what the modes do.
var modeWords = []string{
	"two-way: what changes on either side is carried to the other",
	"up: this disk is right; changes on the portal are reported only",
	"down: the portal is right; changes here are not sent",
	"collect: each item of the portal comes down once; nothing is sent",
}

// chooseMode asks which way changes flow, once for all that was chosen.
func (b *beginning) chooseMode(ctx context.Context) error {
	if b.opt.mode != "" || !b.ask.interactive() || len(b.clients)+len(b.discover) == 0 {
		return nil
	}
	fmt.Fprintln(b.Err, "Which way shall changes flow?")
	i, err := b.ask.choose(ctx, "Mode", modeWords)
	if err != nil || i == 0 {
		return err // two-way need not be written down
	}
	mode, _, _ := strings.Cut(modeWords[i], ":")
	for j := range b.clients {
		b.clients[j].Mode = config.Mode(mode)
	}
	for j := range b.discover {
		b.discover[j].Mode = config.Mode(mode)
	}
	return nil
}

const browseHelp = `Which of these are clients' folders? Write their numbers (1,3-5), "all" for each folder here, also those that
come later, "open 2" to look into one, or nothing to add clients later.`

// browse shows the folders in one, and has some chosen or another one opened.
func (b *beginning) browse(ctx context.Context, acct *daemon.Account, at remote.ID) error {
	for {
		folders, err := foldersIn(ctx, acct, at)
		if err != nil {
			return err
		}
		fmt.Fprintln(b.Err, "\nFolders on the portal:")
		for i, f := range folders {
			fmt.Fprintf(b.Err, "  %3d  %s\n", i+1, plain(f.Name))
		}
		if len(folders) == 0 {
			fmt.Fprintln(b.Err, "  there are none here")
		}
		fmt.Fprintln(b.Err, browseHelp)
		next, err := b.pick(ctx, folders, at)
		if err != nil || next == "" {
			return err
		}
		at = next
	}
}

// mostShown bounds what is listed of one folder.
const mostShown = 2000

func foldersIn(ctx context.Context, acct *daemon.Account, at remote.ID) ([]remote.Entry, error) {
	var folders []remote.Entry
	for e, err := range acct.Children(ctx, at) {
		if err != nil {
			return nil, fmt.Errorf("list the portal's folders: %w", err)
		}
		if e.Kind == remote.Folder && len(folders) < mostShown {
			folders = append(folders, e)
		}
	}
	return folders, nil
}

// pick reads an answer to browseHelp, until there is one that makes sense. next is the folder to look into; empty: none.
func (b *beginning) pick(ctx context.Context, folders []remote.Entry, at remote.ID) (next remote.ID, err error) {
	for {
		text, err := b.ask.line(ctx, "Clients", "")
		if errors.Is(err, errNoAnswer) || err == nil && text == "" {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		next, err = b.picked(text, folders, at)
		if err == nil {
			return next, nil
		}
		fmt.Fprintln(b.Err, err)
		if !b.ask.interactive() {
			return "", &usageError{err}
		}
	}
}

func (b *beginning) picked(text string, folders []remote.Entry, at remote.ID) (next remote.ID, err error) {
	mode := config.Mode(b.opt.mode)
	if strings.EqualFold(text, "all") {
		b.discover = append(b.discover, config.Discover{Portal: b.opt.name, Under: string(at), Mode: mode})
		return "", nil
	}
	if rest, ok := strings.CutPrefix(strings.ToLower(text), "open "); ok {
		chosen, err := numbers(rest, len(folders))
		if err != nil || len(chosen) != 1 {
			return "", errors.Join(err, errors.New("open one folder at a time"))
		}
		return folders[chosen[0]].ID, nil
	}
	chosen, err := numbers(text, len(folders))
	if err != nil {
		return "", err
	}
	for _, i := range chosen {
		b.add(config.Client{Name: folders[i].Name, Portal: b.opt.name, Folder: string(folders[i].ID), Mode: mode})
	}
	return "", nil
}

// add takes a client, unless the configuration would not be good any more: then why is said, and the others are taken all the same.
func (b *beginning) add(c config.Client) {
	b.clients = append(b.clients, c)
	err := b.faults()
	if err == nil {
		return
	}
	b.clients = b.clients[:len(b.clients)-1]
	fmt.Fprintf(b.Err, "Left out %s: %s. Add it later, under another name: dossier clients add NAME --folder %s\n", plain(c.Name), firstFault(err), c.Folder)
}

// numbers reads "1,3-5" as places in a list of n, from 0.
func numbers(text string, n int) ([]int, error) {
	var list []int
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || from < 1 || to < from || to > n {
			return nil, fmt.Errorf("%q is no number from 1 to %d", part, n)
		}
		for i := from; i <= to; i++ {
			list = append(list, i-1)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("write numbers, such as 1,3-5")
	}
	return list, nil
}

// mostPreviewed is for how many clients both sides are looked at.
const mostPreviewed = 20

// show tells what either side will see of each client at the first run.
func (b *beginning) show(ctx context.Context, cfg *config.Config, acct *daemon.Account) {
	if len(cfg.Clients)+len(cfg.Discover) == 0 {
		fmt.Fprintln(b.Out, "There is no client yet. Add one: dossier clients add NAME --folder ID")
		return
	}
	fmt.Fprintln(b.Out, "\nWhat either side will see:")
	rows := [][]string{}
	for i, c := range cfg.Clients {
		if i == mostPreviewed {
			rows = append(rows, []string{fmt.Sprintf("  and %d more", len(cfg.Clients)-i)})
			break
		}
		rows = append(rows, []string{"  " + plain(c.Name), string(c.Mode), "here: " + hereNow(c.Path), "there: " + thereNow(ctx, acct, remote.ID(c.Folder)), plain(c.Path)})
	}
	for _, d := range cfg.Discover {
		rows = append(rows, []string{"  each folder in " + plain(d.Under), string(d.Mode), "here: " + hereNow(d.Path), "there: " + thereNow(ctx, acct, remote.ID(d.Under)), plain(d.Path)})
	}
	table(b.Out, rows)
	fmt.Fprintln(b.Out, "What is here goes up, and what is there comes down, as the mode says; nothing is deleted at the first run.")
}

// hereNow counts what lies directly in a folder of this disk.
func hereNow(path string) string {
	entries, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) {
		return "made at the first run"
	}
	if err != nil {
		return "cannot be read"
	}
	return count(len(entries), "item")
}

// thereNow counts what lies directly in a folder on the portal.
func thereNow(ctx context.Context, acct *daemon.Account, folder remote.ID) string {
	if !acct.Features().Listing {
		return "not shown"
	}
	n := 0
	for _, err := range acct.Children(ctx, folder) {
		if err != nil {
			return "cannot be read: " + texts[remote.CodeOf(err).String()].what
		}
		n++
	}
	return count(n, "item")
}
