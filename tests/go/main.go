// Program original prints what fortio.org/dflag makes of each text and of each scenario, for the test `beside_go`.
//
//	original texts       for each line of the standard input, `{"kind":…,"text":…}`, a line `{"value":…}` or `{"error":…}`
//	original scenarios   an object of each scenario's name and outcome
package main

import (
	"encoding/json"
	"os"

	"fortio.org/log"
)

func main() {
	log.SetLogLevelQuiet(log.Critical) // nothing here is critical
	out := json.NewEncoder(os.Stdout)
	if len(os.Args) == 2 && os.Args[1] == "scenarios" {
		outcomes := map[string]string{}
		for _, scenario := range scenarios {
			outcomes[scenario.name] = scenario.run()
		}
		check(out.Encode(outcomes))
		return
	}
	in := json.NewDecoder(os.Stdin)
	for in.More() {
		var row struct{ Kind, Text string }
		check(in.Decode(&row))
		value, err := parse(row.Kind, row.Text)
		if err != nil {
			check(out.Encode(map[string]any{"error": err.Error()}))
			continue
		}
		check(out.Encode(map[string]any{"value": value}))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
