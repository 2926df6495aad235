package filesroapi

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"dossier/remote/sandbox/store"
)

// Chunks are added to a file that is called what the sender calls his part: all who send parts of one name add to one file. There
// is no number, no place and no digest; what is sent twice is in it twice. The file ends with the last chunk, if that is taken.

const (
	chunksBucket = "filesro/chunks" // when the latest came, by the name of the part
	chunksKept   = 24 * time.Hour   // where the bytes are not on the portal's own disk; there, left-over chunks stay
)

// stageOf is where the chunks of parts of this name are.
func stageOf(part string) string {
	sum := sha1.Sum([]byte(part))
	return Name + "-" + hex.EncodeToString(sum[:])
}

func (a *API) takeChunk(c *call, s scope, up *upload) error {
	a.chunks.Lock()
	defer a.chunks.Unlock()
	if err := a.appendChunk(up); err != nil {
		return err
	}
	if a.desk.First("filesro-chunk-500-stored", up.fileName, 1) {
		return serverError
	}
	if !up.boolean("is_last_chunk", true) {
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	it, err := a.assemble(s, up)
	if err != nil {
		return err
	}
	a.store.Forget(stageOf(up.fileName))
	return a.answerItem(c, s, http.StatusCreated, it)
}

func (a *API) appendChunk(up *upload) error {
	if err := a.noteChunk(up.fileName); err != nil {
		return err
	}
	stage, err := a.store.Stage(stageOf(up.fileName))
	if err != nil {
		return err
	}
	defer stage.Release()
	if a.desk.First("filesro-chunk-twice", up.fileName, 1) {
		if err := up.content.AppendTo(stage); err != nil {
			return err
		}
	}
	return up.content.AppendTo(stage)
}

// noteChunk forgets what has been left over for too long, where that is done, and notes that there is something new.
func (a *API) noteChunk(part string) error {
	stale := false
	err := a.store.Update(func(tx *store.Tx) error {
		var latest time.Time
		if raw := tx.Doc(chunksBucket, part); raw != nil {
			if err := json.Unmarshal(raw, &latest); err != nil {
				return err
			}
			stale = tx.Now.Sub(latest) > chunksKept
		}
		raw, err := json.Marshal(tx.Now)
		tx.SetDoc(chunksBucket, part, raw)
		return err
	})
	if err == nil && stale && a.has("filesro-s3") {
		a.store.Forget(stageOf(part))
	}
	return err
}

// assemble makes a file of all chunks.
func (a *API) assemble(s scope, up *upload) (*store.Item, error) {
	stage, err := a.store.Stage(stageOf(up.fileName))
	if err != nil {
		return nil, err
	}
	sum, size, err := stage.Sum()
	if err != nil {
		stage.Release()
		return nil, err
	}
	kept := false
	it, err := a.publish(s, up, store.Version{SHA1: sum, Size: size, By: s.by()}, func(tx *store.Tx) error {
		kept = true
		tx.SetDoc(chunksBucket, up.fileName, nil)
		return stage.Keep(sum)
	})
	if !kept {
		stage.Release()
	}
	return it, err
}
