package cli

import "os"

// hangups tells of nothing: there are none.
func hangups() (<-chan os.Signal, func()) { return nil, func() {} }
