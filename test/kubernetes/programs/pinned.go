//go:build never

package main

import (
	// Keeps the version of go.mod: of Kubernetes, whose API server is built.
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
)
