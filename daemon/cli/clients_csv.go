package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"dossier/config"
)

// maxCSV bounds a list of clients, bytes.
const maxCSV = 16 << 20

// clientRow is a client with the line that it stands on.
type clientRow struct {
	client config.Client
	line   int
}

// rowFault is what is wrong on a line.
type rowFault struct {
	line int
	text string
}

// clientColumns set a client's fields. Each tells what is wrong with a cell.
var clientColumns = map[string]func(c *config.Client, cell string) error{
	"name":      func(c *config.Client, cell string) error { c.Name = cell; return nil },
	"portal":    func(c *config.Client, cell string) error { c.Portal = cell; return nil },
	"folder":    func(c *config.Client, cell string) error { c.Folder = cell; return roundedID(cell) },
	"path":      func(c *config.Client, cell string) error { c.Path = cell; return nil },
	"mode":      func(c *config.Client, cell string) error { c.Mode = config.Mode(cell); return nil },
	"ignore":    func(c *config.Client, cell string) error { c.Ignore = several(cell); return nil },
	"private":   func(c *config.Client, cell string) error { c.Private = several(cell); return nil },
	"databases": func(c *config.Client, cell string) (err error) { c.Databases, err = yesOrNo(cell); return err },
}

// columnOrder is how the columns are named to people.
var columnOrder = []string{"name", "portal", "folder", "path", "mode", "ignore", "private", "databases"}

var scientific = regexp.MustCompile(`^[0-9][.,][0-9]+E\+[0-9]+$`)

// roundedID refuses what a spreadsheet makes of a long number.
func roundedID(cell string) error {
	if scientific.MatchString(cell) {
		return fmt.Errorf("folder: the spreadsheet has rounded this id (%s); format the column as text and enter it again", cell)
	}
	return nil
}

func several(cell string) []string {
	var list []string
	for part := range strings.SplitSeq(cell, "|") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func yesOrNo(cell string) (bool, error) {
	switch strings.ToLower(cell) {
	case "", "no", "false", "0", "n":
		return false, nil
	case "yes", "true", "1", "y":
		return true, nil
	}
	return false, fmt.Errorf("databases: %q is neither yes nor no", cell)
}

// parseClients reads a list as a spreadsheet saves it: the first line names the columns. All faults are told.
func parseClients(data []byte) (rows []clientRow, faults []rowFault) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > maxCSV:
		return nil, []rowFault{{1, fmt.Sprintf("longer than %d MB", maxCSV>>20)}}
	case !utf8.Valid(data):
		return nil, []rowFault{{1, "not in UTF-8; save it as “CSV UTF-8”"}}
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = delimiter(data), -1
	r.TrimLeadingSpace = r.Comma != '\t' // a tab counts as space, and would swallow empty cells
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, []rowFault{{1, "empty; the first line names the columns: " + strings.Join(columnOrder, ",")}}
	}
	if err != nil {
		return nil, []rowFault{csvFault(err)}
	}
	if faults = checkHeader(header); len(faults) > 0 {
		return nil, faults
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, append(faults, csvFault(err)) // what follows would be guessed
		}
		if line, _ := r.FieldPos(0); strings.TrimSpace(strings.Join(record, "")) != "" {
			row, bad := parseRow(header, record, line)
			rows, faults = append(rows, row), append(faults, bad...)
		}
	}
	if len(rows) == 0 && len(faults) == 0 {
		faults = []rowFault{{1, "there is no client below the names of the columns"}}
	}
	return rows, faults
}

// delimiter is what parts the columns of the first line: where a comma is the decimal sign, spreadsheets write semicolons.
func delimiter(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', 0
	for _, d := range []rune{',', ';', '\t'} {
		if n := bytes.Count(first, []byte(string(d))); n > most {
			best, most = d, n
		}
	}
	return best
}

func csvFault(err error) rowFault {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return rowFault{e.StartLine, fmt.Sprintf("%v: a quotation mark is out of place", e.Err)}
	}
	return rowFault{1, err.Error()}
}

func checkHeader(header []string) (faults []rowFault) {
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		header[i] = name
		switch {
		case name == "":
		case clientColumns[name] == nil:
			faults = append(faults, rowFault{1, fmt.Sprintf("there is no column %q; there are %s", name, strings.Join(columnOrder, ", "))})
		case seen[name]:
			faults = append(faults, rowFault{1, fmt.Sprintf("the column %q is there twice", name)})
		}
		seen[name] = true
	}
	for _, need := range []string{"name", "folder"} {
		if !seen[need] {
			faults = append(faults, rowFault{1, fmt.Sprintf("the column %q is missing; the first line names the columns", need)})
		}
	}
	return faults
}

func parseRow(header, record []string, line int) (row clientRow, faults []rowFault) {
	row.line = line
	for i, cell := range record {
		cell = strings.TrimSpace(cell)
		switch {
		case i >= len(header) || header[i] == "":
			if cell != "" {
				faults = append(faults, rowFault{line, fmt.Sprintf("%q stands in a column without a name", cell)})
			}
		default:
			if err := clientColumns[header[i]](&row.client, cell); err != nil {
				faults = append(faults, rowFault{line, err.Error()})
			}
		}
	}
	return row, faults
}

var clientKey = regexp.MustCompile(`client\[([0-9]+)\]`)

// inTheirWords tells of faults of clients that were to be added: where each was read, and by name, as nobody counts the sections of a file.
func inTheirWords(faults config.Faults, cfg *config.Config, added []config.Client, where func(i int) string) error {
	old := len(cfg.Clients)
	named := func(text string) string {
		return clientKey.ReplaceAllStringFunc(text, func(key string) string {
			n, _ := strconv.Atoi(clientKey.FindStringSubmatch(key)[1])
			switch {
			case n >= 1 && n <= old:
				return fmt.Sprintf("client %q", cfg.Clients[n-1].Name)
			case n > old && n <= old+len(added):
				return fmt.Sprintf("client %q", added[n-1-old].Name)
			}
			return key
		})
	}
	var lines []string
	for _, f := range faults {
		line := f.Key + ": " + named(f.Text)
		if m := clientKey.FindStringSubmatch(f.Key); m != nil {
			who, n := named(m[0]), 0
			n, _ = strconv.Atoi(m[1])
			if i := n - 1 - old; i >= 0 && i < len(added) && where != nil {
				who = where(i)
			}
			line = who + ": "
			if field := strings.TrimPrefix(f.Key[len(m[0]):], "."); field != "" {
				line += field + ": "
			}
			line += named(f.Text)
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return fmt.Errorf("the configuration would not be good any more:\n%s\n%s; nothing was written", indent(strings.Join(lines, "\n")), count(len(lines), "fault"))
}
