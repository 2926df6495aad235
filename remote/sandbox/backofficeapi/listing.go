package backofficeapi

import (
	"cmp"
	"net/http"
	"slices"

	"dossier/remote/sandbox/mischief"
)

// page is the part of a list that was asked for, and plays the faults of listings.
func page[T any](c *call, rows []T, q query) []T {
	if c.active(mischief.EmptyList) {
		return nil
	}
	if c.active(mischief.EndlessList) {
		return around(rows, q)
	}
	if c.active(mischief.ShiftingPages) {
		rows = shifted(rows, q.offset > 0)
	}
	rows = rows[min(q.offset, len(rows)):]
	return rows[:min(q.limit, len(rows))]
}

// around is a page of a list that begins anew where it ends.
func around[T any](rows []T, q query) (full []T) {
	for i := 0; i < q.limit && len(rows) > 0; i++ {
		full = append(full, rows[(q.offset+i)%len(rows)])
	}
	return full
}

// shifted is a list whose last entry moves to the front after the first page was read: that one is lost, another comes twice.
func shifted[T any](rows []T, later bool) []T {
	if len(rows) == 0 {
		return rows
	}
	last := len(rows) - 1
	if !later {
		return rows[:last]
	}
	return append([]T{rows[last]}, rows[:last]...)
}

// answerList writes rows in the envelope that the quirks ask for.
func answerList[T any](c *call, rows []T) error {
	if rows == nil {
		rows = []T{}
	}
	var body any = rows
	switch {
	case c.api.has("bo-envelope-data"):
		body = map[string]any{"data": rows}
	case c.api.has("bo-envelope-unknown"):
		body = map[string]any{"result": rows}
	case c.api.has("bo-envelope-single") && len(rows) == 1:
		body = rows[0]
	}
	return writeJSON(c.w, http.StatusOK, body)
}

// sorted puts rows in the order of a field or, where none is asked for, of their ids.
func sorted[T any](rows []T, q query, fields map[string]func(a, b T) int) {
	compare := fields[q.sortBy]
	slices.SortStableFunc(rows, func(a, b T) int {
		if q.descending {
			return compare(b, a)
		}
		return compare(a, b)
	})
}

// by compares by what a key gives.
func by[T any, K cmp.Ordered](key func(T) K) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(key(a), key(b)) }
}
