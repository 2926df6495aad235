package sandbox

import "net/http"

// Visitor returns the handler of the page where somebody who is no user answers a file request.
func (s *Server) Visitor() http.Handler { return http.NotFoundHandler() }
