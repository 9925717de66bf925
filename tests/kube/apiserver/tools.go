//go:build tools

// Package kube names the programs that tests need, so that `go mod tidy` keeps what they require.
package kube

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
