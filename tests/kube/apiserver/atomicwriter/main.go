// atomicwriter DIRECTORY: kubelet's own writer of volumes. Each line of the standard input is a JSON object of keys and
// texts, which it publishes in DIRECTORY as one generation; it answers `ok`, or what went wrong.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/kubernetes/pkg/volume/util"
)

func main() {
	directory := os.Args[1]
	if err := os.MkdirAll(directory, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	writer, err := util.NewAtomicWriter(directory, "test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if err := publish(writer, lines.Bytes()); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println("ok")
	}
}

func publish(writer *util.AtomicWriter, line []byte) error {
	var keys map[string]string
	if err := json.Unmarshal(line, &keys); err != nil {
		return err
	}
	payload := map[string]util.FileProjection{}
	for key, text := range keys {
		payload[key] = util.FileProjection{Data: []byte(text), Mode: 0o644}
	}
	return writer.Write(payload, nil)
}
