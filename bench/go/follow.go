package main

import (
	"bufio"
	"flag"
	"os"
	"runtime"
	"strconv"
	"time"

	"fortio.org/dflag"
	"fortio.org/dflag/configmap"
)

// A value of a generation, as bench/src/many.rs writes it.
type value struct {
	number int64
	text   string
}

func generation(number int64) value {
	return value{number, "text " + strconv.FormatInt(number, 10)}
}

// flags are the flags of a program. The types repeat after five.
type flags struct {
	set  *flag.FlagSet
	ints []*dflag.DynInt64Value
	// shows has, for each flag, whether it has the value of a generation.
	shows []func(value) bool
}

func declare(keys []string) *flags {
	all := &flags{set: flag.NewFlagSet("bench", flag.ContinueOnError)}
	for index, key := range keys {
		var shows func(value) bool
		switch index % 5 {
		case 0, 1:
			flag := dflag.DynInt64(all.set, key, 0, "A flag.")
			all.ints = append(all.ints, flag)
			shows = func(v value) bool { return flag.Get() == v.number }
		case 2:
			flag := dflag.DynBool(all.set, key, true, "A flag.")
			shows = func(v value) bool { return flag.Get() == (v.number%2 == 0) }
		case 3:
			flag := dflag.DynFloat64(all.set, key, 0.5, "A flag.")
			shows = func(v value) bool { return flag.Get() == float64(v.number)+0.5 }
		default:
			flag := dflag.DynString(all.set, key, "text", "A flag.")
			shows = func(v value) bool { return flag.Get() == v.text }
		}
		all.shows = append(all.shows, shows)
	}
	return all
}

// setup declares the flags, parses an empty command line and follows the directory.
func setup(root string, keys []string) *flags {
	all := declare(keys)
	check(all.set.Parse(nil))
	_, err := configmap.Setup(all.set, root)
	check(err)
	return all
}

// start prints the nanoseconds of a start and of its parts.
func start(root string, keys []string) {
	begin := time.Now()
	all := declare(keys)
	check(all.set.Parse(nil))
	parsed := time.Now()
	updater, err := configmap.New(all.set, root)
	check(err)
	check(updater.Initialize())
	initialized := time.Now()
	check(updater.Start())
	end := time.Now()
	report("parse", parsed.Sub(begin).Nanoseconds())
	report("initialize", initialized.Sub(parsed).Nanoseconds())
	report("start", end.Sub(initialized).Nanoseconds())
	report("total", end.Sub(begin).Nanoseconds())
}

// follow follows the directory. For each number on its standard input it waits until all changed flags show the
// generation of this number, and prints when that was, in nanoseconds of the system's clock.
func follow(root string, changed int, keys []string) {
	input := bufio.NewScanner(os.Stdin)
	report("before", 0)
	output.Flush()
	input.Scan()
	all := setup(root, keys)
	report("ready", 0)
	output.Flush()
	for input.Scan() {
		next := generation(int64(number(input.Text())))
		for index := 0; index < changed; {
			if all.shows[index](next) {
				index++
			} else {
				runtime.Gosched()
			}
		}
		report("visible", time.Now().UnixNano())
		output.Flush()
	}
}

// torn reads the first two flags, which every update sets to the same number, and counts pairs that differ.
func torn(root string, seconds int, keys []string) {
	all := setup(root, keys)
	first, second := all.ints[0], all.ints[1]
	report("ready", 0)
	output.Flush()
	var reads, torn, generations, last int64
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		for batch := 0; batch < 1000; batch++ {
			one, other := first.Get(), second.Get()
			reads++
			if one != other {
				torn++
			}
			if one != last {
				last = one
				generations++
			}
		}
	}
	report("reads", reads)
	report("torn", torn)
	report("generations", generations)
}
