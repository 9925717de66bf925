//go:build tools

// Package etcd names the program that tests need, so that `go mod tidy` keeps what it requires.
package etcd

import _ "go.etcd.io/etcd/server/v3"
