package control

import "testing"

// leaveSocket leaves what a killed daemon leaves: here the system takes away all of it.
func leaveSocket(*testing.T, string) {}
