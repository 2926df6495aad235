package config

import _ "embed"

//go:embed example.toml
var example string

// Example returns the example configuration with every key in it, commented; it loads as it is.
func Example() string { return example }
