package shelf

import "io"

// A Submission is what a visitor sends through the form of a file request.
type Submission struct {
	Form    string // path of the form
	Field   string // which of the files that are asked for, where a form asks for several; empty: the next
	Email   string
	Text    string
	Name    string
	Content io.Reader
}
