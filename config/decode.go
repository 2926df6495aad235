package config

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// decode reads the file into cfg, which holds the defaults. It tells whether cfg is worth further checks.
func decode(r *report, data []byte, cfg *Config) bool {
	blanked, sound := r.walk(data)
	if !sound {
		return false
	}
	err := toml.NewDecoder(bytes.NewReader(blanked)).DisallowUnknownFields().Decode(cfg)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case err == nil:
		return true
	case errors.As(err, &unknown):
		for i := range unknown.Errors {
			r.unknown(&unknown.Errors[i])
		}
		return true
	case errors.As(err, &wrong):
		line, col := wrong.Position()
		r.add("", position{line, col}, "%s", plainTOML(wrong))
	default:
		r.add("", position{1, 1}, "%s", plainTOML(err))
	}
	return false
}

// unknown reports a key that means nothing, unless the walk found it already and said which ones would.
func (r *report) unknown(e *toml.DecodeError) {
	line, col := e.Position()
	for _, f := range r.faults {
		if f.Line == line && f.Col == col {
			return
		}
	}
	r.add(strings.Join(e.Key(), "."), position{line, col}, "unknown key")
}

// plainTOML takes the library's name off its message, and adds the cure for what people on Windows run into first.
// The message alone is used, never the library's picture of the lines: a secret may stand in them.
func plainTOML(err error) string {
	message := strings.TrimPrefix(err.Error(), "toml: ")
	if strings.Contains(message, "escape") {
		message += `; write Windows paths in single quotes: 'C:\Clients'`
	}
	return message
}
