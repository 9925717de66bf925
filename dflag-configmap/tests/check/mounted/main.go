// Writes what kubelet mounts for each ConfigMap of the manifests: the keys and values as kubectl reads them.
//
//	cd dflag-configmap/tests/check/mounted && go mod tidy && go run . ../manifests/* >../mounted.json
//
// The tests compare the check's own reading with this one. A ConfigMap that the API server would reject has an error.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/util/yaml"
)

type object struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Items    []json.RawMessage
}

type configMap struct {
	Data       map[string]string `json:"data"`
	BinaryData map[string][]byte `json:"binaryData"`
}

type mounted struct {
	Data  map[string][]byte `json:"data"`
	Error string            `json:"error,omitempty"`
}

func main() {
	all := map[string]map[string]mounted{}
	for _, path := range os.Args[1:] {
		content, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		found := map[string]mounted{}
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
		for {
			var raw json.RawMessage
			err := decoder.Decode(&raw)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				log.Fatalf("%s: %v", path, err)
			}
			add(raw, found, "")
		}
		all[filepath.Base(path)] = found
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(all); err != nil {
		log.Fatal(err)
	}
}

func add(raw json.RawMessage, found map[string]mounted, kind string) {
	var o object
	if json.Unmarshal(raw, &o) != nil {
		return
	}
	if o.Kind == "" {
		o.Kind = kind
	}
	switch o.Kind {
	case "List", "ConfigMapList":
		for _, item := range o.Items {
			add(item, found, "ConfigMap")
		}
	case "ConfigMap":
		var cm configMap
		name := o.Metadata.Name
		if o.Metadata.Namespace != "" {
			name = o.Metadata.Namespace + "/" + name
		}
		if err := json.Unmarshal(raw, &cm); err != nil {
			found[name] = mounted{Error: err.Error()}
			return
		}
		data := map[string][]byte{}
		for key, value := range cm.Data {
			data[key] = []byte(value)
		}
		for key, value := range cm.BinaryData {
			data[key] = value
		}
		found[name] = mounted{Data: data}
	}
}
