// Program original does the work of the benchmark `beside_go` with fortio.org/dflag.
//
// bench/src/bin/beside_go.rs does the same with our crates. Both take the same arguments and print lines of a name
// and a number, which bench/benches/beside_go.rs reads.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"fortio.org/log"
)

// output is flushed when a line has to be seen at once, and at the end.
var output = bufio.NewWriter(os.Stdout)

func main() {
	defer output.Flush()
	log.SetLogLevelQuiet(log.Critical) // nothing here is critical
	if len(os.Args) < 2 {
		fail("usage: original VERB ARGUMENT…")
	}
	switch verb, args := os.Args[1], os.Args[2:]; verb {
	case "version":
		version()
	case "reads": // THREADS ROUNDS
		reads(number(args[0]), number(args[1]))
	case "start": // ROOT KEY…
		start(args[0], args[1:])
	case "follow": // ROOT CHANGED KEY…
		follow(args[0], number(args[1]), args[2:])
	case "torn": // ROOT SECONDS KEY…
		torn(args[0], number(args[1]), args[2:])
	case "page": // ROUNDS KEY…
		page(number(args[0]), args[1:])
	default:
		fail("no such verb: " + verb)
	}
}

// version prints what built this program, and from which modules.
func version() {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		fmt.Fprintf(output, "%s %s, ", module.Path, module.Version)
	}
	fmt.Fprintf(output, "%s, GOMAXPROCS %d\n", runtime.Version(), runtime.GOMAXPROCS(0))
}

// report prints a result.
func report[N int | int64 | float64](name string, value N) {
	fmt.Fprintf(output, "%s %v\n", name, value)
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
