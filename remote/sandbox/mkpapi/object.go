package mkpapi

import (
	"encoding/json"
	"slices"
	"time"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		name, _ := json.Marshal(m.name)
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// shaped gives an object of the portal's the shape that the quirks ask for.
func (a *API) shaped(o object) object {
	if a.has("mkp-null-absent") {
		o = slices.DeleteFunc(o, func(m member) bool { return m.value == nil })
	}
	if a.has("mkp-extra-fields") {
		o = append(o, member{"updatedAt", nil}, member{"meta", object{{"source", "portal"}}})
	}
	return o
}

// orNull is a text, or null if there is none.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// The vendor's clock, without and with daylight saving, which is taken to begin and end with a month.
var (
	winter = time.FixedZone("", 1*60*60)
	summer = time.FixedZone("", 2*60*60)
)

// stamp writes a time in ATOM form: whole seconds, with an offset.
func (a *API) stamp(t time.Time) any {
	zone := winter
	if month := t.UTC().Month(); month > time.March && month < time.November {
		zone = summer
	}
	layout := "2006-01-02T15:04:05-07:00"
	switch {
	case t.IsZero():
		return nil
	case a.has("mkp-times-zulu"):
		zone, layout = time.UTC, "2006-01-02T15:04:05Z"
	case a.has("mkp-times-fraction"):
		layout = "2006-01-02T15:04:05.000000-07:00"
	case a.has("mkp-times-plain"):
		layout = "2006-01-02 15:04:05"
	}
	return t.In(zone).Format(layout)
}
