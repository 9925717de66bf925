package main

import (
	"flag"
	"math"
	"time"

	"fortio.org/dflag"
	"fortio.org/sets"
)

type policy struct {
	Policy string `json:"policy"`
	Rate   int    `json:"rate"`
}

// parse sets a flag of this kind to the text, and returns its value as JSON can say it.
func parse(kind, text string) (any, error) {
	set := flag.NewFlagSet("test", flag.ContinueOnError)
	var value func() any
	switch kind {
	case "bool":
		flag := dflag.DynBool(set, "flag", false, "")
		value = func() any { return flag.Get() }
	case "int64":
		flag := dflag.DynInt64(set, "flag", 0, "")
		value = func() any { return flag.Get() }
	case "float64":
		flag := dflag.DynFloat64(set, "flag", 0, "")
		value = func() any { return float(flag.Get()) }
	case "duration":
		flag := dflag.DynDuration(set, "flag", time.Minute, "")
		value = func() any { return flag.Get().Nanoseconds() }
	case "string":
		flag := dflag.DynString(set, "flag", "default", "")
		value = func() any { return flag.Get() }
	case "slice":
		flag := dflag.DynStringSlice(set, "flag", nil, "")
		value = func() any { return flag.Get() }
	case "set":
		flag := dflag.DynStringSet(set, "flag", nil, "")
		value = func() any { return sets.Sort(flag.Get()) }
	case "bytes":
		flag := dflag.Dyn(set, "flag", []byte{}, "")
		value = func() any { return bytes(flag.Get()) }
	case "json":
		flag := dflag.DynJSON(set, "flag", &policy{}, "")
		value = func() any { return flag.Get() }
	default:
		panic("no such kind: " + kind)
	}
	if err := set.Set("flag", text); err != nil {
		return nil, err
	}
	return value(), nil
}

// float is the number, or the name of one that JSON lacks.
func float(number float64) any {
	switch {
	case math.IsNaN(number):
		return "NaN"
	case math.IsInf(number, 1):
		return "inf"
	case math.IsInf(number, -1):
		return "-inf"
	}
	return number
}

// bytes are the bytes as numbers.
func bytes(value []byte) []int {
	numbers := make([]int, len(value))
	for at, byte := range value {
		numbers[at] = int(byte)
	}
	return numbers
}
