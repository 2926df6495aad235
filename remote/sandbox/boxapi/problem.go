package boxapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"dossier/remote/sandbox/mischief"
)

// problem is an answer that refuses, in the shape that Box calls ClientError.
type problem struct {
	status  int
	code    string
	message string
	info    json.RawMessage // context_info
	header  map[string]string
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s", p.status, p.code) }

var (
	notFound           = &problem{status: 404, code: "not_found", message: "Not Found"}
	trashed            = &problem{status: 404, code: "trashed", message: "Item is trashed"}
	malformedID        = &problem{status: 405, code: "method_not_allowed", message: "Method Not Allowed"}
	preconditionFailed = &problem{status: 412, code: "precondition_failed", message: "The resource has been modified. Please retrieve the resource again and retry"}
	notModified        = &problem{status: 304}
	forbidden          = &problem{status: 403, code: "access_denied_insufficient_permissions", message: "Access denied - insufficient permission"}
	itemLocked         = &problem{status: 403, code: "access_denied_item_locked", message: "Access denied - item locked"}
	blocked            = &problem{status: 409, code: "operation_blocked_temporary", message: "The operation is blocked by another on-going operation"}
	quotaExceeded      = &problem{status: 403, code: "storage_limit_exceeded", message: "Account storage limit reached"}
	fileTooLarge       = &problem{status: 403, code: "file_size_limit_exceeded", message: "File size exceeds the folder owner's file size limit"}
)

func bad(code, message string) *problem { return &problem{status: 400, code: code, message: message} }

// badParameter is a 400 that names the parameter it is about.
func badParameter(name, message string) *problem {
	info, _ := json.Marshal(map[string]any{"errors": []map[string]string{{"reason": "invalid_parameter", "name": name, "message": message}}})
	return &problem{status: 400, code: "bad_request", message: "Bad Request", info: info}
}

// refuse writes a refusal.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		a.opts.Log.Error("sandbox call failed", "method", r.Method, "path", r.URL.Path, "error", err)
		p = &problem{status: 500, code: "internal_server_error", message: "Internal Server Error"}
	}
	for name, value := range p.header {
		w.Header().Set(name, value)
	}
	if p.status < 400 { // "not modified" and "not yet" have no body
		if p.status == http.StatusAccepted {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(p.status)
		return
	}
	body := map[string]any{
		"type": "error", "status": p.status, "code": p.code, "message": p.message,
		"help_url":   "http://developers.box.com/docs/#errors",
		"request_id": "r" + w.Header().Get("Box-Request-Id"),
	}
	if p.info != nil {
		body["context_info"] = p.info
	}
	writeJSON(w, p.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return writeRaw(w, status, b)
}

func writeRaw(w http.ResponseWriter, status int, b []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	w.Write(b) // an error means that nobody listens any more
	return nil
}

// failing is how faults speak Box's language.
func (a *API) failing() mischief.Portal {
	return mischief.Portal{
		Name: Name,
		Error: func(w http.ResponseWriter, status int, code string) {
			if code == "" {
				code = usualCode[status]
			}
			a.refuse(w, nil, &problem{status: status, code: code, message: http.StatusText(status)})
		},
		Expired: func(w http.ResponseWriter) {
			a.refuse(w, nil, unauthorized("expired_token", "The access token has expired"))
		},
	}
}

var usualCode = map[int]string{
	400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 409: "conflict",
	412: "precondition_failed", 413: "request_entity_too_large", 429: "rate_limit_exceeded", 500: "internal_server_error",
	502: "bad_gateway", 503: "unavailable", 504: "gateway_timeout",
}
