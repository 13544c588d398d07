//go:build never

// Package pinned keeps the versions of go.mod: of Ollama, and of a package that has a header that Ollama's module lacks.
package pinned

import (
	_ "github.com/gen2brain/malgo"
	_ "github.com/ollama/ollama"
)
