package filesroapi

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	maxJSON  = 1 << 20
	maxField = 64 << 10
	maxName  = 255 // characters
)

// input is what a call brought, by field, after Laravel has trimmed texts and made null of empty ones, and what is wrong with it.
type input struct {
	fields map[string]any
	faults map[string][]string
}

// input reads a JSON body. One that is not announced as JSON is not seen: all fields are missing then.
func (c *call) input() (*input, error) {
	in := &input{fields: map[string]any{}}
	kind := c.r.Header.Get("Content-Type")
	if !strings.Contains(kind, "/json") && !strings.Contains(kind, "+json") || c.r.Method == http.MethodDelete && c.api.has("filesro-delete-body-dropped") {
		return in, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxJSON))
	if err != nil {
		return nil, tooLarge
	}
	if json.Unmarshal(raw, &in.fields) != nil || in.fields == nil {
		in.fields = map[string]any{}
	}
	for name, value := range in.fields {
		in.fields[name] = c.api.tidy(name, value)
	}
	return in, nil
}

// tidy trims texts, and makes null of empty ones. Passwords are left alone.
func (a *API) tidy(name string, value any) any {
	text, ok := value.(string)
	switch {
	case !ok || name == "password" && text != "":
		return value
	case a.has("filesro-names-kept") && name == "name" && text != "":
		return text
	}
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return text
}

func (in *input) fault(name, format string, args ...any) {
	if in.faults == nil {
		in.faults = map[string][]string{}
	}
	in.faults[name] = append(in.faults[name], fmt.Sprintf(format, args...))
}

// check refuses the call if anything was found wrong with its input.
func (in *input) check() error {
	if len(in.faults) == 0 {
		return nil
	}
	return invalid(in.faults)
}

func (in *input) has(name string) bool {
	_, ok := in.fields[name]
	return ok
}

// text returns a field that may be missing or null.
func (in *input) text(name string) string {
	switch value := in.fields[name].(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		in.fault(name, "The %s must be a string.", words(name))
		return ""
	}
}

// required returns a field that must be there and not be empty.
func (in *input) required(name string) string {
	if in.fields[name] == nil {
		in.fault(name, "The %s field is required.", words(name))
		return ""
	}
	return in.text(name)
}

// name returns the field for a name that is shown.
func (in *input) name() string {
	name := in.required("name")
	if len([]rune(name)) > maxName {
		in.fault("name", "The name must not be greater than %d characters.", maxName)
	}
	return name
}

// uuid returns an id that may be missing; null, which is also made of empty text, is none.
func (in *input) uuid(name string) string {
	if !in.has(name) {
		return ""
	}
	text, ok := in.fields[name].(string)
	if !ok || !isUUID(text) {
		in.fault(name, "The %s must be a valid UUID.", words(name))
		return ""
	}
	return text
}

// boolean returns a field of which Laravel takes true, false, 1, 0, "1" and "0".
func (in *input) boolean(name string, wordsToo bool) bool {
	switch value := in.fields[name]; {
	case value == true, value == 1.0, value == "1", wordsToo && value == "true":
		return true
	case value == false, value == 0.0, value == "0", wordsToo && value == "false":
		return false
	case value == nil:
		in.fault(name, "The %s field is required.", words(name))
	default:
		in.fault(name, "The %s field must be true or false.", words(name))
	}
	return false
}

// words is how a field is called in refusals.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// entry is one item of a call that takes several.
type entry struct {
	kind, id string
	force    bool
}

// items returns the items that a call is about.
func (in *input) items(withForce bool) []entry {
	list, _ := in.fields["items"].([]any)
	if len(list) == 0 {
		in.fault("items", "The items field is required.")
	}
	entries := make([]entry, len(list))
	for i, one := range list {
		fields, _ := one.(map[string]any)
		item := &input{fields: map[string]any{}}
		for _, name := range []string{"type", "id", "force_delete"} {
			if value, ok := fields[name]; ok {
				item.fields[name] = value
			}
		}
		e := entry{kind: item.required("type"), id: item.required("id")}
		item.uuid("id")
		if withForce {
			e.force = item.boolean("force_delete", false)
		}
		for name, texts := range item.faults {
			in.fault(fmt.Sprintf("items.%d.%s", i, name), "%s", texts[0])
		}
		entries[i] = e
	}
	return entries
}
