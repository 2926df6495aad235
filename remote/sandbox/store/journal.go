package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// journal is the metadata on disk: `snapshot`, the state when it was written, whose first line names the generation
// of the journal that follows it, and `journal.<generation>`, one record a line. A line that does not end was being
// written when the process died, and was not answered: it is cut off.
type journal struct {
	dir     string
	durable bool
	gen     int
	lines   int
	file    *os.File
}

// header is the first line of a snapshot.
type header struct {
	Generation int `json:"generation"`
	Schema     int `json:"schema"`
}

const schema = 1

// compactAbove is how many lines a journal may have before it is replaced by a snapshot at the next start or stop.
const compactAbove = 10_000

func openJournal(dir string, durable bool, x *index) (*journal, error) {
	j := &journal{dir: dir, durable: durable}
	if err := j.readSnapshot(x); err != nil {
		return nil, err
	}
	if err := j.replay(x); err != nil {
		return nil, err
	}
	j.removeOthers()
	if j.lines > compactAbove {
		return j, j.compact(x)
	}
	return j, nil
}

func (j *journal) path(gen int) string { return filepath.Join(j.dir, "journal."+strconv.Itoa(gen)) }

func (j *journal) readSnapshot(x *index) error {
	f, err := os.Open(filepath.Join(j.dir, "snapshot"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	var h header
	if err := dec.Decode(&h); err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	if h.Schema != schema {
		return fmt.Errorf("read snapshot: schema %d, this program knows %d", h.Schema, schema)
	}
	j.gen = h.Generation
	for {
		r := new(record)
		if err := dec.Decode(r); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read snapshot: %w", err)
		}
		x.apply(r)
	}
}

// replay applies the journal, cuts off an unfinished last line, and leaves the file open at its end.
func (j *journal) replay(x *index) error {
	f, err := os.OpenFile(j.path(j.gen), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(f, 1<<20)
	var end int64
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			f.Close()
			return fmt.Errorf("read journal: %w", err)
		}
		r := new(record)
		if err := json.Unmarshal(line, r); err != nil {
			f.Close()
			return fmt.Errorf("read journal line %d: %w", j.lines+1, err)
		}
		x.apply(r)
		end += int64(len(line))
		j.lines++
	}
	if err := f.Truncate(end); err != nil {
		f.Close()
		return err
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		f.Close()
		return err
	}
	j.file = f
	return nil
}

func (j *journal) append(r *record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	j.lines++
	if j.durable {
		return j.file.Sync()
	}
	return nil
}

func (j *journal) close(x *index) error {
	if j.file == nil {
		return nil
	}
	var err error
	if j.lines > compactAbove {
		err = j.compact(x)
	}
	err = errors.Join(err, j.file.Close())
	j.file = nil
	return err
}

// compact writes the state as a new snapshot and begins an empty journal. Until the rename the old pair is valid,
// from then on the new one.
func (j *journal) compact(x *index) error {
	next, err := os.Create(j.path(j.gen + 1))
	if err != nil {
		return err
	}
	if err := j.writeSnapshot(x, j.gen+1); err != nil {
		next.Close()
		return err
	}
	j.file.Close()
	j.file, j.lines = next, 0
	j.gen++
	j.removeOthers()
	return nil
}

func (j *journal) writeSnapshot(x *index, gen int) error {
	tmp, err := os.CreateTemp(j.dir, "snapshot-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails when all went well
	out := bufio.NewWriterSize(tmp, 1<<20)
	enc := json.NewEncoder(out)
	err = enc.Encode(header{Generation: gen, Schema: schema})
	for r := range x.records() {
		if err != nil {
			break
		}
		err = enc.Encode(r)
	}
	err = errors.Join(err, out.Flush(), tmp.Sync(), tmp.Close())
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return os.Rename(tmp.Name(), filepath.Join(j.dir, "snapshot"))
}

// records yields the whole state as records of moderate size, parents before children.
func (x *index) records() func(yield func(*record) bool) {
	return func(yield func(*record) bool) {
		items := make([]*Item, 0, len(x.items))
		for _, it := range x.items {
			items = append(items, it)
		}
		sortParentsFirst(items)
		r := &record{Next: x.next}
		for bucket, docs := range x.docs {
			for key, value := range docs {
				r.Docs = append(r.Docs, doc{bucket, key, value})
			}
		}
		if !yield(r) {
			return
		}
		for chunk := range slices.Chunk(items, 1000) {
			if !yield(&record{Put: chunk}) {
				return
			}
		}
		for chunk := range slices.Chunk(x.changes, 1000) {
			if !yield(&record{Changes: chunk}) {
				return
			}
		}
	}
}

// removeOthers removes journals that no snapshot refers to, left by a death between two steps.
func (j *journal) removeOthers() {
	names, _ := filepath.Glob(filepath.Join(j.dir, "journal.*"))
	for _, name := range names {
		if name != j.path(j.gen) {
			os.Remove(name)
		}
	}
}

// sortParentsFirst orders items so that each comes after the folder it is in. Ids alone would not do: a folder can
// be moved into a younger one.
func sortParentsFirst(items []*Item) {
	byID := make(map[ID]*Item, len(items))
	for _, it := range items {
		byID[it.ID] = it
	}
	depth := func(it *Item) (n int) {
		for it = byID[it.Parent]; it != nil; it = byID[it.Parent] {
			n++
		}
		return n
	}
	depths := make(map[ID]int, len(items))
	for _, it := range items {
		depths[it.ID] = depth(it)
	}
	slices.SortFunc(items, func(a, b *Item) int {
		if d := depths[a.ID] - depths[b.ID]; d != 0 {
			return d
		}
		return int(int64(a.ID) - int64(b.ID))
	})
}
