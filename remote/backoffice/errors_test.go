package backoffice

import (
	"net/http"
	"strings"
	"testing"
)

// What people read of a refusal is its message. A page for browsers tells them nothing, and what has another shape is shown as it is.
func TestARefusalIsToldByItsMessage(t *testing.T) {
	long := strings.Repeat("m", 2*keptText)
	for body, want := range map[string]string{
		`{"code":401,"message":"The e-mail or password is wrong"}`: "The e-mail or password is wrong",
		` {"message":" Not Found "} `:                              "Not Found",
		`{"message":17}`:                                           `{"message":17}`,
		`{"errors":["caption"]}`:                                   `{"errors":["caption"]}`,
		`{"message":"` + long + `"}`:                               long[:keptText],
		"\n<!DOCTYPE html><html>Not Found</html>":                  "",
		"<html>":       "",
		"too many\xff": "too many?",
		"":             "",
	} {
		got := ""
		if e := explain(http.StatusNotFound, nil, []byte(body)); e.Err != nil {
			got = e.Err.Error()
		}
		if got != want {
			t.Errorf("%.60q is told as %.60q", body, got)
		}
	}
}
