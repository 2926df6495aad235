//go:build !windows

package service

import "context"

// Run runs the program. Where Windows has started it as a service, it tells Windows so, and a wish to stop ends the context.
func Run(ctx context.Context, program func(context.Context) int) int { return program(ctx) }
