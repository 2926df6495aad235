package backoffice

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"strconv"

	"dossier/remote"
	"dossier/remote/rest"
)

// body is what is sent (B-25): a form, or JSON with the content in base64. Either is made while it is sent.
func (d *Driver) body(u remote.Upload, up ref) (*rest.Body, error) {
	sent := sentName(u.Token, u.At.Name)
	caption := d.captionFor(u.At.Name, sent)
	about := d.about(caption, up.folder)
	switch d.set.upload {
	case byBase64:
		return encoded(u, about, "")
	case byDataURI:
		return encoded(u, about, "data:;base64,")
	}
	return form(u, d.set.title, caption, up.folder, sent)
}

// form is a multipart form: texts first, then the content. The folder is left out where there is none.
func form(u remote.Upload, title, caption string, folder int64, name string) (*rest.Body, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField(title, caption); err != nil {
		return nil, err
	}
	if folder != 0 {
		if err := w.WriteField("directoryId", strconv.FormatInt(folder, 10)); err != nil {
			return nil, err
		}
	}
	if _, err := w.CreateFormFile("file", name); err != nil {
		return nil, err
	}
	cut := b.Len()
	if err := w.Close(); err != nil {
		return nil, err
	}
	return framed(u, b.Bytes()[:cut], b.Bytes()[cut:], w.FormDataContentType(), u.Source.Size(), func(r io.Reader) io.Reader { return r }), nil
}

// encoded is JSON with the content in base64, after what says so.
func encoded(u remote.Upload, about map[string]any, prefix string) (*rest.Body, error) {
	head, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	head = append(bytes.TrimSuffix(head, []byte("}")), `,"file":"`+prefix...)
	length := (u.Source.Size() + 2) / 3 * 4
	return framed(u, head, []byte(`"}`), "application/json", length, func(r io.Reader) io.Reader { return &encoder{r: r} }), nil
}

// framed is a body with the content in the middle, which is length bytes long once it has passed through how.
func framed(u remote.Upload, head, tail []byte, kind string, length int64, how func(io.Reader) io.Reader) *rest.Body {
	progress := rest.NewProgress(u.Progress)
	return &rest.Body{Type: kind, Length: int64(len(head)) + length + int64(len(tail)), Open: func() (io.ReadCloser, error) {
		progress.Undo()
		content, err := rest.Sent(u.Source, 0, u.Source.Size(), u.Source.Check, progress)
		if err != nil {
			return nil, err
		}
		return frame{io.MultiReader(bytes.NewReader(head), how(content), bytes.NewReader(tail)), content}, nil
	}}
}

type frame struct {
	io.Reader
	io.Closer
}

// encoder gives what it reads in base64.
type encoder struct {
	r       io.Reader
	pending []byte // encoded, and not yet given
	err     error  // what ended the reading
	buf     [3 << 10]byte
}

func (e *encoder) Read(p []byte) (int, error) {
	for len(e.pending) == 0 {
		if e.err != nil {
			return 0, e.err
		}
		n, err := io.ReadFull(e.r, e.buf[:])
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		if e.err = err; err != nil && err != io.EOF {
			return 0, err
		}
		e.pending = base64.StdEncoding.AppendEncode(nil, e.buf[:n])
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	return n, nil
}
