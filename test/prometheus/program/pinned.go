//go:build never

// Package pinned keeps the version of go.mod: of Prometheus, whose promtool is built.
package pinned

import (
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
