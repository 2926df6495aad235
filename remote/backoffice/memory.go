package backoffice

import (
	"hash/fnv"
	"sync"
	"time"

	"dossier/remote"
)

// memory is what the lists read so far have shown. It lasts as long as the process, which looks at everything before it changes anything.
type memory struct {
	emptyFor time.Duration // how long a list must stay empty that was not, to be believed

	mu      sync.Mutex
	clients map[int64]*sight // guarded by mu
}

// sight is the last complete list of one client's files.
type sight struct {
	listed  bool
	files   int
	used    map[int64]bool   // folders in which something lies
	plain   map[int64]string // by file: the caption, where it is shown under another name
	gone    map[int64]bool   // files that we have deleted since
	tokens  map[uint64]int64 // by the token that a stored path shows: the file
	doubt   map[uint64]bool  // tokens of uploads of which it is not known whether they were done
	fresh   map[int64]fresh  // files that we have made and that the list may not have yet (B-26)
	emptied time.Time        // when the list was all of a sudden empty; zero: it is not

	asked time.Time         // when the list below was read for a witness
	there map[int64]fileRow // nil: none, or we have changed something since
}

// witnessFor is how long a list that was read for one witness serves others: each would need the same list.
const witnessFor = 30 * time.Second

func (m *memory) with(client int64, do func(*sight)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.clients == nil {
		m.clients = map[int64]*sight{}
	}
	s := m.clients[client]
	if s == nil {
		s = newSight()
		m.clients[client] = s
	}
	do(s)
}

// saw takes a complete list in. One that is empty all of a sudden is refused at first: rights that were taken away look the same.
func (m *memory) saw(client int64, rows []fileRow) (err error) {
	m.with(client, func(s *sight) { err = s.saw(rows, time.Now(), m.emptyFor) })
	return err
}

func (s *sight) saw(rows []fileRow, now time.Time, emptyFor time.Duration) error {
	if len(rows) == 0 && s.files > len(s.gone) {
		if s.emptied.IsZero() {
			s.emptied = now
		}
		if left := emptyFor - now.Sub(s.emptied); left > 0 {
			e := failure("list files", remote.Unknown, "the list is empty all of a sudden: that is not believed until it has been so for a minute")
			e.RetryAfter = left
			return e
		}
	}
	next := newSight()
	next.listed, next.files = true, len(rows)
	next.doubt, next.fresh, next.asked, next.there = s.doubt, s.fresh, s.asked, s.there
	*s = *next
	for _, r := range rows {
		s.see(r)
	}
	return nil
}

func newSight() *sight {
	return &sight{used: map[int64]bool{}, plain: map[int64]string{}, gone: map[int64]bool{}, tokens: map[uint64]int64{}, doubt: map[uint64]bool{}, fresh: map[int64]fresh{}}
}

// fresh is a file that we have made.
type fresh struct {
	row   fileRow
	until time.Time // from then on the list knows better
}

// see takes one row in.
func (s *sight) see(r fileRow) {
	if r.Directory != 0 {
		s.used[int64(r.Directory)] = true
	}
	if part := tokenPart.FindStringSubmatch(r.File); part != nil {
		s.tokens[digestOf(part[1])] = r.key()
	}
	if shownName(r) != r.text() {
		s.plain[r.key()] = r.text()
	} else {
		delete(s.plain, r.key())
	}
}

// changed notes that we have changed something, or may have.
func (m *memory) changed(client int64) { m.with(client, func(s *sight) { s.there = nil }) }

// deleted notes that we have deleted a file, or may have.
func (m *memory) deleted(client, file int64) {
	m.with(client, func(s *sight) {
		s.there, s.gone[file] = nil, true
		delete(s.fresh, file)
	})
}

// digestOf keeps a token in eight bytes: a client may have a million files.
func digestOf(token string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(token))
	return h.Sum64()
}

// tried says whether an upload of this token is or may be there already.
func (m *memory) tried(client int64, token string) (tried bool) {
	m.with(client, func(s *sight) {
		_, seen := s.tokens[digestOf(token)]
		tried = seen || s.doubt[digestOf(token)]
	})
	return tried
}

// doubted notes whether it is unknown that an upload was done.
func (m *memory) doubted(client int64, token string, doubt bool) {
	m.with(client, func(s *sight) {
		if delete(s.doubt, digestOf(token)); doubt {
			s.doubt[digestOf(token)] = true
		}
	})
}

// made notes a file as we have made or changed it.
func (m *memory) made(client int64, r fileRow, lag time.Duration) {
	m.with(client, func(s *sight) {
		s.see(r)
		if s.there = nil; lag > 0 {
			s.fresh[r.key()] = fresh{r, time.Now().Add(lag)}
		}
	})
}

// unlisted is what we have made and a list has not got yet.
func (m *memory) unlisted(client int64, rows []fileRow) []fileRow {
	m.with(client, func(s *sight) {
		for _, r := range rows {
			delete(s.fresh, r.key())
		}
		for _, f := range s.fresh {
			if time.Now().Before(f.until) {
				rows = append(rows, f.row)
			} else {
				delete(s.fresh, f.row.key())
			}
		}
	})
	return rows
}

// witness is what a list that was read for another witness says of a file; asked is false if there is none.
func (m *memory) witness(client, file int64) (row fileRow, there, asked bool) {
	m.with(client, func(s *sight) {
		if asked = s.there != nil && time.Since(s.asked) < witnessFor; asked {
			row, there = s.there[file]
		}
	})
	return row, there, asked
}

func (m *memory) keepWitness(client int64, rows []fileRow) {
	there := make(map[int64]fileRow, len(rows))
	for _, r := range rows {
		there[r.key()] = r
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.clients {
		other.there = nil // one at a time: they are as large as a client
	}
	m.clients[client].asked, m.clients[client].there = time.Now(), there
}

// caption is what a file is called on the portal that is shown under a name; known is false if it has not been looked at.
func (m *memory) caption(client int64, old remote.Entry, file int64) (caption string, known bool) {
	m.with(client, func(s *sight) {
		plain, adapted := s.plain[file]
		switch known = s.listed; {
		case adapted:
			caption, known = plain, true
		default:
			caption = old.Name
		}
	})
	return caption, known
}

// inUse says whether something lies in a folder; listed is false if the client has not been looked at.
func (m *memory) inUse(client, folder int64) (used, listed bool) {
	m.with(client, func(s *sight) { used, listed = s.used[folder], s.listed })
	return used, listed
}
