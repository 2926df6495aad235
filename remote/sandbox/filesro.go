package sandbox

import (
	"dossier/remote/sandbox/filesroapi"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// The methods in this file are people at work with Files.ro's file requests: the user who makes one in the web pages, and the visitor.

func (s *Server) filesRo() *filesroapi.API { return s.portals[FilesRo].api.(*filesroapi.API) }

// AskOnFilesRo makes a file request into a folder, and returns its id, which will be that of the folder it fills, and the path of the
// visitor's page.
func (s *Server) AskOnFilesRo(folder, title string) (id, page string, err error) {
	var into *store.Item
	s.store.View(func(v store.View) { into, err = s.must(FilesRo).find(v, folder) })
	if err != nil {
		return "", "", err
	}
	return s.filesRo().CreateFileRequest(into.ID, title)
}

// SubmitToFilesRo delivers a file as a visitor, and returns the name that it got. If the request is closed, the error wraps fs.ErrNotExist.
func (s *Server) SubmitToFilesRo(sub shelf.Submission) (name string, err error) {
	return s.filesRo().Submit(sub)
}

// FinishOnFilesRo presses "done" as a visitor. If the request is closed, the error wraps fs.ErrNotExist.
func (s *Server) FinishOnFilesRo(page string) error { return s.filesRo().Finish(page) }
