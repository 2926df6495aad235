//go:build !windows

package watch

func openSystem() (source, error) { return openNotify() }
