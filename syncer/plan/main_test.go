package plan

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets each property see more cases than the library's 100, unless the flag says how many.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		checks := "1500"
		if testing.Short() {
			checks = "100"
		}
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
