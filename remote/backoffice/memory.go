package backoffice

import (
	"sync"
	"time"

	"dossier/remote"
)

// memory is what the lists read so far have shown. It lasts as long as the process, which looks at everything before it changes anything.
type memory struct {
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
	emptied time.Time        // when the list was all of a sudden empty; zero: it is not

	asked time.Time         // when the list below was read for a witness
	there map[int64]fileRow // nil: none, or we have changed something since
}

// emptyFor is how long a list must stay empty that was not, to be believed.
const emptyFor = looksApart

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
		s = &sight{gone: map[int64]bool{}}
		m.clients[client] = s
	}
	do(s)
}

// saw takes a complete list in. One that is empty all of a sudden is refused at first: rights that were taken away look the same.
func (m *memory) saw(client int64, rows []fileRow) (err error) {
	m.with(client, func(s *sight) { err = s.saw(rows, time.Now()) })
	return err
}

func (s *sight) saw(rows []fileRow, now time.Time) error {
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
	*s = sight{listed: true, files: len(rows), used: map[int64]bool{}, plain: map[int64]string{}, gone: map[int64]bool{}, asked: s.asked, there: s.there}
	for _, r := range rows {
		s.see(r)
	}
	return nil
}

// see takes one row in.
func (s *sight) see(r fileRow) {
	if r.Directory != 0 && s.used != nil {
		s.used[int64(r.Directory)] = true
	}
	if s.plain == nil {
		s.plain = map[int64]string{}
	}
	if shownName(r) != r.Name {
		s.plain[r.key()] = r.Name
	} else {
		delete(s.plain, r.key())
	}
}

// changed notes that we have changed something, or may have.
func (m *memory) changed(client int64) { m.with(client, func(s *sight) { s.there = nil }) }

// deleted notes that we have deleted a file, or may have.
func (m *memory) deleted(client, file int64) {
	m.with(client, func(s *sight) { s.there, s.gone[file] = nil, true })
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
