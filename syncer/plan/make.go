package plan

// Make decides what may be done now.
func Make(w World, p Policy) Plan {
	return Plan{}
}

// Key names a guarded operation and what it believes in, for approval.
func (o Op) Key() string { return "" }
