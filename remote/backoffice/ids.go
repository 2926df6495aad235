package backoffice

import (
	"fmt"
	"strconv"
	"strings"

	"dossier/remote"
)

// rootID is the folder of all clients.
const rootID = Root

// ref is an id taken apart: clients, a client "17", his folder "17/d5", his file "17/f9". The portal numbers folders and files of all
// clients, but answers about them only below their client.
type ref struct {
	client int64 // 0: the folder of all clients
	folder int64 // 0: none
	file   int64 // 0: none
}

// parse takes an id apart. Nothing that does not pass here becomes part of an address.
func parse(id remote.ID) (ref, error) {
	if id == rootID {
		return ref{}, nil
	}
	client, item, below := strings.Cut(string(id), "/")
	var r ref
	ok := numeral(client, &r.client)
	switch {
	case !below:
	case strings.HasPrefix(item, "d"):
		ok = ok && numeral(item[1:], &r.folder)
	case strings.HasPrefix(item, "f"):
		ok = ok && numeral(item[1:], &r.file)
	default:
		ok = false
	}
	if !ok {
		return ref{}, corrupt("address", fmt.Sprintf("%q is no id of a Back Office", id))
	}
	return r, nil
}

// numeral reads a positive number that is written in one way only.
func numeral(text string, n *int64) bool {
	const longest = 18 // digits
	if text == "" || len(text) > longest || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		return false
	}
	*n, _ = strconv.ParseInt(text, 10, 64)
	return true
}

// isClient says whether an id is that of a client himself.
func (r ref) isClient() bool { return r.client != 0 && r.folder == 0 && r.file == 0 }

// parent is the client or folder that something may be put into.
func parent(id remote.ID) (ref, error) {
	r, err := parse(id)
	switch {
	case err != nil:
		return ref{}, err
	case r.client == 0:
		return ref{}, denied("address", "clients are made in the Back Office itself, and never from here")
	case r.file != 0:
		return ref{}, corrupt("address", fmt.Sprintf("%q is a file, not a folder", id))
	}
	return r, nil
}

func clientID(client int64) remote.ID { return remote.ID(strconv.FormatInt(client, 10)) }

// folderID is a client's folder, or the client for folder 0, which is none.
func folderID(client, folder int64) remote.ID {
	if folder == 0 {
		return clientID(client)
	}
	return remote.ID(fmt.Sprintf("%d/d%d", client, folder))
}

func fileID(client, file int64) remote.ID { return remote.ID(fmt.Sprintf("%d/f%d", client, file)) }

// Root is what holds all clients that an account sees.
const Root remote.ID = "clients"
