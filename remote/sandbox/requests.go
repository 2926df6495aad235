package sandbox

import (
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"net/http"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// A Submission is what a visitor sends through the form of a file request.
type Submission = shelf.Submission

// visited is a portal that has file requests. Forms of different portals have different paths.
type visited interface {
	CreateFileRequest(into store.ID, title string) (id, form string, err error)
	Form(path string) (title string, needsEmail, needsText bool, err error)
	Submit(Submission) (name string, err error)
}

// CreateFileRequest makes a file request into a folder, as a person can in the portal's own pages, and returns its
// id and the path of its form on the visitor origin. It panics if the portal has no file requests.
func (s *Server) CreateFileRequest(portal, folder, title string) (id, form string, err error) {
	p := s.must(portal)
	into, err := s.at(p, folder)
	if err != nil {
		return "", "", err
	}
	return p.api.(visited).CreateFileRequest(into, title)
}

// at finds what a person sees at a path.
func (s *Server) at(p *portal, path string) (id store.ID, err error) {
	s.store.View(func(v store.View) {
		var it *store.Item
		if it, err = p.find(v, path); err == nil {
			id = it.ID
		}
	})
	return id, err
}

// whose finds the portal that a form is of; Box, if it is nobody's.
func (s *Server) whose(form string) visited {
	for _, p := range s.portals {
		if v, ok := p.api.(visited); ok {
			if _, _, _, err := v.Form(form); err == nil {
				return v
			}
		}
	}
	return s.portals[Box].api.(visited)
}

// Submit delivers a file as a visitor, and returns the name that it got.
func (s *Server) Submit(sub Submission) (name string, err error) {
	return s.whose(sub.Form).Submit(sub)
}

// templatesFolder lies beside the clients' folders, not among them.
const templatesFolder = "Templates"

// templateRequest returns the file request that Info names, which is made once.
func (s *Server) templateRequest() (id string, err error) {
	s.store.View(func(v store.View) { json.Unmarshal(v.Doc("sandbox", "template"), &id) })
	if id != "" {
		return id, nil
	}
	if _, err := s.MkdirAll(Box, templatesFolder); err != nil {
		return "", err
	}
	if id, _, err = s.CreateFileRequest(Box, templatesFolder, "Documents for your accountant"); err != nil {
		return "", err
	}
	raw, err := json.Marshal(id)
	if err != nil {
		return "", err
	}
	return id, s.store.Update(func(tx *store.Tx) error {
		tx.SetDoc("sandbox", "template", raw)
		return nil
	})
}

var formPage = template.Must(template.New("form").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body><h1>{{.Title}}</h1>{{with .Done}}<p>Thank you: {{.}} has arrived.</p>{{end}}
<form method="post" enctype="multipart/form-data">
<p><label>Your e-mail <input type="email" name="email"{{if .NeedsEmail}} required{{end}}></label></p>
<p><label>What is it? <input name="text"{{if .NeedsText}} required{{end}}></label></p>
<p><input type="file" name="file" required></p>
<p><button>Send</button></p>
</form></body></html>`))

type formData struct {
	Title, Done           string
	NeedsEmail, NeedsText bool
}

// Visitor returns the handler of the page where somebody who is no user answers a file request. A form that is
// closed answers 404, as Box's does.
func (s *Server) Visitor() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /f/{form}", func(w http.ResponseWriter, r *http.Request) { s.showForm(w, r, "") })
	mux.HandleFunc("POST /f/{form}", s.takeForm)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (s *Server) showForm(w http.ResponseWriter, r *http.Request, done string) {
	title, needsEmail, needsText, err := s.whose(r.URL.Path).Form(r.URL.Path)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	formPage.Execute(w, formData{title, done, needsEmail, needsText}) // an error means that nobody listens any more
}

// takeForm reads the fields before the file, as browsers send them, and streams the file.
func (s *Server) takeForm(w http.ResponseWriter, r *http.Request) {
	parts, err := r.MultipartReader()
	if err != nil {
		http.Error(w, "no form", http.StatusBadRequest)
		return
	}
	sub := Submission{Form: r.URL.Path}
	for {
		part, err := parts.NextPart()
		if err != nil {
			http.Error(w, "no file", http.StatusBadRequest)
			return
		}
		if part.FormName() == "file" {
			sub.Name, sub.Content = part.FileName(), part
			break
		}
		value, _ := io.ReadAll(io.LimitReader(part, 1<<16))
		switch part.FormName() {
		case "field":
			sub.Field = string(value)
		case "email":
			sub.Email = string(value)
		case "text":
			sub.Text = string(value)
		}
	}
	name, err := s.Submit(sub)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		s.showForm(w, r, name)
	}
}
