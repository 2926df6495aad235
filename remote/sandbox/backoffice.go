package sandbox

import "dossier/remote/sandbox/backofficeapi"

// The methods in this file are an administrator at work in the Back Office, and the mailbox of its users.

func (s *Server) backOffice() *backofficeapi.API {
	return s.portals[BackOffice].api.(*backofficeapi.API)
}

// AddDefaultFolder adds a folder to the Back Office's default tree, below another (0: at the top), and returns its id there. It
// appears in every client, those to come included; a folder of that name that a client had is renamed with the postfix "_Custom".
func (s *Server) AddDefaultFolder(parent int64, name string) (id int64, err error) {
	return s.backOffice().AddDefaultFolder(parent, name)
}

// TagClient gives a client of the Back Office a tag. An account with a tree of his own sees the clients tagged with his name.
func (s *Server) TagClient(client, tag string) error { return s.backOffice().TagClient(client, tag) }

// MailedCode returns the latest code that the Back Office mailed to a user, empty if there is none.
func (s *Server) MailedCode(email string) string { return s.backOffice().MailedCode(email) }
