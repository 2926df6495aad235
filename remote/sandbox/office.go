package sandbox

import "dossier/remote/sandbox/store"

// The methods in this file are a person at work in those pages that not every portal has. They panic on a portal without them.

// Key makes a key of a portal's API that is limited to scopes.
func (s *Server) Key(portal string, scopes ...string) (key string, err error) {
	return s.must(portal).api.(interface {
		Key(...string) (string, error)
	}).Key(scopes...)
}

// RegisterRedirect registers an address that a portal's OAuth may send codes to.
func (s *Server) RegisterRedirect(portal, uri string) error {
	return s.must(portal).api.(interface{ RegisterRedirect(string) error }).RegisterRedirect(uri)
}

// Share shares an item by a public link, and returns the id of the share.
func (s *Server) Share(portal, path string) (id string, err error) {
	p := s.must(portal)
	item, err := s.at(p, path)
	if err != nil {
		return "", err
	}
	return p.api.(interface {
		Share(store.ID) (string, error)
	}).Share(item)
}

// RequestFiles makes a file request that asks for several files, all required, and returns its id, the path of its form and the ids
// of what it asks for, by which a Submission names one.
func (s *Server) RequestFiles(portal, folder, title string, names ...string) (id, form string, fields []string, err error) {
	p := s.must(portal)
	into, err := s.at(p, folder)
	if err != nil {
		return "", "", nil, err
	}
	return p.api.(interface {
		RequestFiles(store.ID, string, ...string) (string, string, []string, error)
	}).RequestFiles(into, title, names...)
}
