package box

import (
	"encoding/json"
	"errors"
	"net/http"

	"dossier/remote"
)

// refusal is the body of an error, of which any part may be missing. The token call has a shape of its own.
type refusal struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
	Context   struct {
		Conflicts json.RawMessage `json:"conflicts"`
	} `json:"context_info"`
}

// explain reads an error answer. Members of an unexpected type cost us that member only.
func explain(status int, header http.Header, body []byte) remote.Error {
	var r refusal
	var loose struct {
		Code      json.RawMessage `json:"code"`
		Message   json.RawMessage `json:"message"`
		RequestID json.RawMessage `json:"request_id"`
		Context   json.RawMessage `json:"context_info"`
	}
	if json.Unmarshal(body, &loose) == nil {
		_ = json.Unmarshal(loose.Code, &r.Code)
		_ = json.Unmarshal(loose.Message, &r.Message)
		_ = json.Unmarshal(loose.RequestID, &r.RequestID)
		_ = json.Unmarshal(loose.Context, &r.Context)
	}
	e := remote.Error{Code: codes[r.Code], Reason: r.Code, RequestID: header.Get("Box-Request-Id")}
	if e.RequestID == "" {
		e.RequestID = r.RequestID
	}
	if r.Message != "" {
		e.Err = errors.New(r.Message)
	}
	if status == http.StatusConflict {
		e.Existing = conflict(r.Context.Conflicts)
		if e.Code == remote.Unknown && e.Existing != nil {
			e.Code = remote.NameTaken
		}
	}
	return e
}

// codes is what Box's codes amount to; for all others the status decides.
var codes = map[string]remote.Code{
	ancestorTrashed:                              remote.Trashed,
	"not_found":                                  remote.NotFound,
	"not_trashed":                                remote.NotFound,
	"item_name_in_use":                           remote.NameTaken,
	"name_temporarily_reserved":                  remote.Busy,
	"operation_blocked_temporary":                remote.Busy,
	"access_denied_item_locked":                  remote.Busy,
	"folder_not_empty":                           remote.Busy,
	"precondition_failed":                        remote.Stale,
	"sync_state_precondition_failed":             remote.Stale,
	"cyclical_folder_structure":                  remote.Stale,
	"item_name_invalid":                          remote.BadName,
	"item_name_too_long":                         remote.BadName,
	"file_size_limit_exceeded":                   remote.TooBig,
	"request_entity_too_large":                   remote.TooBig,
	"storage_limit_exceeded":                     remote.Quota,
	"bad_digest":                                 remote.Changed,
	"access_denied_insufficient_permissions":     remote.Denied,
	"insufficient_scope":                         remote.Denied,
	"forbidden_by_policy":                        remote.Denied,
	"forbidden":                                  remote.Denied,
	"cannot_make_collaborated_subfolder_private": remote.Denied,
	"unauthorized":                               remote.SignIn,
	"rate_limit_exceeded":                        remote.Throttled,
	"too_many_requests":                          remote.Throttled,
}

// conflict is who has the name: Box writes one item, a list of them, or nothing.
func conflict(raw json.RawMessage) *remote.Entry {
	var one item
	var many []item
	if json.Unmarshal(raw, &many) == nil && len(many) > 0 {
		one = many[0]
	} else if json.Unmarshal(raw, &one) != nil {
		return nil
	}
	if one.ID == "" {
		return nil
	}
	e := one.entry()
	return &e
}

// is says whether err is a refusal with one of these codes of Box's.
func is(err error, reasons ...string) bool {
	e, ok := errors.AsType[*remote.Error](err)
	if !ok {
		return false
	}
	for _, r := range reasons {
		if e.Reason == r {
			return true
		}
	}
	return false
}

func status(err error) int {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return e.Status
	}
	return 0
}

// undone says of an error that nothing was done, whatever became of the call: it only prepared what takes effect later.
func undone(err error) error {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		e.Outcome = remote.NotDone
	}
	return err
}
