package main

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"fortio.org/dflag"
	"fortio.org/sets"
)

// A row reads a value a number of times.
type row struct {
	name string
	read func(times int)
}

type policy struct {
	Policy string `json:"policy"`
	Rate   int    `json:"rate"`
}

// round is how long a row runs in each round.
const round = 100 * time.Microsecond

// reads prints the nanoseconds of one read, for each row, round and thread. All threads run the same row at a time.
func reads(threads, rounds int) {
	rows := rows()
	times := make([]int, len(rows))
	for at, row := range rows {
		times[at] = timesPerRound(row)
	}
	nanos := make([][]float64, threads)
	var arrived atomic.Int64
	var done sync.WaitGroup
	for thread := 0; thread < threads; thread++ {
		done.Add(1)
		go func() {
			defer done.Done()
			runtime.LockOSThread()
			expected := int64(0)
			for r := 0; r < rounds; r++ {
				for at, row := range rows {
					expected += int64(threads)
					arrived.Add(1)
					for arrived.Load() < expected {
					}
					start := time.Now()
					row.read(times[at])
					elapsed := float64(time.Since(start).Nanoseconds()) / float64(times[at])
					nanos[thread] = append(nanos[thread], elapsed)
				}
			}
		}()
	}
	done.Wait()
	for _, nanos := range nanos {
		for at, nanos := range nanos {
			report(rows[at%len(rows)].name, nanos)
		}
	}
}

// sum keeps the compiler from removing the reads.
var sum atomic.Int64

func rows() []row {
	var number atomic.Int64
	number.Store(1337)
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	integer := dflag.DynInt64(set, "number", 1337, "An integer.")
	boolean := dflag.DynBool(set, "switch", false, "A switch.")
	float := dflag.DynFloat64(set, "fraction", 0.5, "A float.")
	duration := dflag.DynDuration(set, "time", 250*time.Millisecond, "A duration.")
	text := dflag.DynString(set, "text", "somewhat longer than a word", "A text.")
	slice := dflag.DynStringSlice(set, "list", []string{"a", "b", "c"}, "A list.")
	members := dflag.Dyn(set, "set", sets.New("a", "b", "c"), "A set.")
	object := dflag.DynJSON(set, "policy", &policy{Policy: "allow", Rate: 50}, "A JSON object.")
	return []row{
		{"atomic", func(times int) {
			total := int64(0)
			for ; times > 0; times-- {
				total += number.Load()
			}
			sum.Add(total)
		}},
		{"int64", func(times int) {
			total := int64(0)
			for ; times > 0; times-- {
				total += integer.Get()
			}
			sum.Add(total)
		}},
		{"bool", func(times int) {
			total := false
			for ; times > 0; times-- {
				total = total != boolean.Get()
			}
			if total {
				sum.Add(1)
			}
		}},
		{"float64", func(times int) {
			total := 0.0
			for ; times > 0; times-- {
				total += float.Get()
			}
			sum.Add(int64(total))
		}},
		{"duration", func(times int) {
			total := time.Duration(0)
			for ; times > 0; times-- {
				total += duration.Get()
			}
			sum.Add(int64(total))
		}},
		{"string", func(times int) {
			total := 0
			for ; times > 0; times-- {
				total += len(text.Get())
			}
			sum.Add(int64(total))
		}},
		{"slice", func(times int) {
			total := 0
			for ; times > 0; times-- {
				total += len(slice.Get())
			}
			sum.Add(int64(total))
		}},
		{"set", func(times int) {
			total := 0
			for ; times > 0; times-- {
				total += len(members.Get())
			}
			sum.Add(int64(total))
		}},
		{"json", func(times int) {
			total := 0
			for ; times > 0; times-- {
				total += object.Get().(*policy).Rate
			}
			sum.Add(int64(total))
		}},
	}
}

// timesPerRound is how often a row's read fits in a round.
func timesPerRound(row row) int {
	for times := 1; ; times *= 2 {
		start := time.Now()
		row.read(times)
		if elapsed := time.Since(start); elapsed*2 > round {
			return max(1, int(float64(times)*float64(round)/float64(elapsed)))
		}
	}
}
