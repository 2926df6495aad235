// Package syncer keeps one client's folder and its place on a portal in step: look, plan, do, remember.
package syncer
