package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Decode reads one JSON value, strictly: a field that T does not have is refused, and so is anything after the value. Nothing at all, or
// null, is T's zero value. Errors have the code BadRequest and say which field is wrong.
func Decode[T any](text []byte) (v T, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return v, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var zero T
	if err := d.Decode(&v); err != nil {
		return zero, faulty(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return zero, Errorf(BadRequest, "", "there is more than one JSON value")
	}
	return v, nil
}

// faulty words what is wrong with a request.
func faulty(err error) *Error {
	what := strings.TrimPrefix(err.Error(), "json: ")
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		what = fmt.Sprintf("field %q cannot be a %s", wrong.Field, wrong.Value)
	}
	return Errorf(BadRequest, "", "the request is faulty: %s", what)
}
