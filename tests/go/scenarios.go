package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"fortio.org/dflag"
	"fortio.org/dflag/configmap"
)

var scenarios = []struct {
	name string
	run  func() string
}{
	{"initialize sets static and dynamic flags", func() string {
		p := start(files{"port": "80", "limit": "2\n"})
		return p.values()
	}},
	{"a key for no flag is counted and ignored", func() string {
		p := start(files{"limit": "2", "unknown": "1"})
		return fmt.Sprintf("%s, %d unknown", p.values(), p.updater.Warnings())
	}},
	{"a name that begins with a dot is no key", func() string {
		p := start(files{"limit": "2", ".hidden": "1"})
		return fmt.Sprintf("%s, %d unknown", p.values(), p.updater.Warnings())
	}},
	{"a name with an underscore sets the flag with a dash", func() string {
		return start(files{"other_limit": "2"}).values()
	}},
	{"initialize fails without a directory", func() string {
		p := program()
		updater, err := configmap.New(p.set, filepath.Join(p.root, "none"))
		check(err)
		return outcome(updater.Initialize())
	}},
	{"initialize fails for an invalid value", func() string {
		p := program()
		p.write(files{"limit": "many"})
		return outcome(p.updater.Initialize())
	}},
	{"a failed initialize changes the other flags", func() string {
		p := program()
		p.write(files{"limit": "many", "port": "80"})
		_ = p.updater.Initialize()
		return p.values()
	}},
	{"an update changes dynamic flags", func() string {
		p := follow(files{"limit": "2"})
		p.update(files{"limit": "3"})
		return p.values()
	}},
	{"an update changes a static flag", func() string {
		p := follow(files{"port": "80", "limit": "2"})
		p.update(files{"port": "81", "limit": "3"})
		return p.values()
	}},
	{"an update with an invalid value changes the other flags", func() string {
		p := follow(files{"limit": "2", "other-limit": "2"})
		p.update(files{"limit": "many", "other-limit": "3"})
		return p.values()
	}},
	{"an update with an invalid value of a static flag changes the other flags", func() string {
		p := follow(files{"port": "80", "limit": "2"})
		p.update(files{"port": "many", "limit": "3"})
		return p.values()
	}},
	{"a key that disappears resets its flag", func() string {
		p := follow(files{"limit": "2"})
		p.update(files{})
		return p.values()
	}},
	{"an update replaces what an operator set", func() string {
		p := follow(files{"limit": "2"})
		check(p.set.Set("limit", "5"))
		p.update(files{"limit": "3"})
		return p.values()
	}},
	{"an exchanged link to the directory is an update", func() string {
		p := program()
		for generation, limit := range []string{"2", "3"} {
			check(os.Mkdir(fmt.Sprint(p.root, generation), 0o755))
			write(filepath.Join(fmt.Sprint(p.root, generation), "limit"), limit)
		}
		check(os.Remove(p.root))
		check(os.Symlink(p.root+"0", p.root))
		p.follow()
		check(os.Symlink(p.root+"1", p.root+"_next"))
		check(os.Rename(p.root+"_next", p.root))
		p.wait(func() bool { return p.limit.Get() == 3 })
		return p.values()
	}},
	{"a written file of a plain directory is an update", func() string {
		p := program()
		write(filepath.Join(p.root, "limit"), "2")
		p.follow()
		write(filepath.Join(p.root, "limit"), "3")
		p.wait(func() bool { return p.limit.Get() == 3 })
		return p.values()
	}},
	{"start fails while the updater runs", func() string {
		return outcome(follow(files{}).updater.Start())
	}},
	{"initialize fails after start", func() string {
		return outcome(follow(files{}).updater.Initialize())
	}},
	{"stop fails before start", func() string {
		return outcome(start(files{}).updater.Stop())
	}},
	{"flags keep their values after stop", func() string {
		p := follow(files{"limit": "2"})
		check(p.updater.Stop())
		return p.values()
	}},
	{"start fails after stop", func() string {
		p := follow(files{})
		check(p.updater.Stop())
		return outcome(p.updater.Start())
	}},
	{"stop fails after stop", func() string {
		p := follow(files{})
		check(p.updater.Stop())
		stopped := make(chan error)
		go func() { stopped <- p.updater.Stop() }()
		select {
		case err := <-stopped:
			return outcome(err)
		case <-time.After(500 * time.Millisecond):
			return "blocks"
		}
	}},
	{"a value that the check rejects is not set", func() string {
		p := program()
		err := p.set.Set("limit", "1000")
		return outcome(err) + ", " + p.values()
	}},
	{"a default that the check rejects is an error", func() string {
		set := flag.NewFlagSet("test", flag.ContinueOnError)
		dflag.DynInt64(set, "limit", 1000, "").WithValidator(dflag.ValidateDynInt64Range(0, 100))
		return outcome(set.Parse(nil))
	}},
	{"the command line is checked", func() string {
		p := program()
		return outcome(p.set.Parse([]string{"--limit=1000"}))
	}},
	{"the callback gets the old and the new value", func() string {
		var before, after atomic.Int64
		p := program()
		p.limit.WithSyncNotifier(func(old, now int64) { before.Store(old); after.Store(now) })
		check(p.set.Set("limit", "5"))
		return fmt.Sprintf("%d, %d", before.Load(), after.Load())
	}},
	{"the callback runs for the command line's value", func() string {
		return calls(func(p *test) { check(p.set.Parse([]string{"--limit=5"})) })
	}},
	{"the callback runs for an equal value", func() string {
		return calls(func(p *test) { check(p.set.Set("limit", "1")) })
	}},
	{"the callback runs for a rejected value", func() string {
		return calls(func(p *test) { _ = p.set.Set("limit", "1000") })
	}},
	{"the command line's last value counts", func() string {
		p := program()
		err := p.set.Parse([]string{"--limit=5", "--limit=6"})
		return outcome(err) + ", " + p.values()
	}},
	{"one dash is as good as two", func() string {
		p := program()
		err := p.set.Parse([]string{"-limit=5"})
		return outcome(err) + ", " + p.values()
	}},
	{"a switch needs no value", func() string {
		p := program()
		check(p.set.Parse([]string{"--verbose"}))
		return fmt.Sprint(p.verbose.Get())
	}},
	{"a switch may have a value", func() string {
		p := program()
		return outcome(p.set.Parse([]string{"--verbose=true"}))
	}},
}

type files map[string]string

// test is a program with a directory of its own.
type test struct {
	set          *flag.FlagSet
	port         *int
	limit, other *dflag.DynInt64Value
	// last has the number of the last update. Its file is read after all others.
	last        *dflag.DynInt64Value
	verbose     *dflag.DynBoolValue
	root        string
	generations int
	updater     *configmap.Updater
}

func program() *test {
	set := flag.NewFlagSet("test", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	parent, err := os.MkdirTemp("", "original")
	check(err)
	p := &test{
		set:     set,
		port:    set.Int("port", 8080, ""),
		limit:   dflag.DynInt64(set, "limit", 1, "").WithValidator(dflag.ValidateDynInt64Range(0, 100)),
		other:   dflag.DynInt64(set, "other-limit", 1, ""),
		last:    dflag.DynInt64(set, "zz-last", 0, ""),
		verbose: dflag.DynBool(set, "verbose", false, ""),
		root:    filepath.Join(parent, "flags"),
	}
	check(os.Mkdir(p.root, 0o755))
	p.updater, err = configmap.New(set, p.root)
	check(err)
	return p
}

// start returns a program that has read the files.
func start(files files) *test {
	p := program()
	p.write(files)
	check(p.updater.Initialize())
	return p
}

// follow returns a program that follows a volume with the files.
func follow(files files) *test {
	p := start(files)
	check(p.updater.Start())
	return p
}

func (p *test) follow() {
	check(p.updater.Initialize())
	check(p.updater.Start())
}

// update writes a generation and waits until it was read.
func (p *test) update(files files) {
	p.write(files)
	p.wait(func() bool { return p.last.Get() == int64(p.generations) })
}

// write publishes a generation as kubelet does.
func (p *test) write(files files) {
	p.generations++
	files["zz-last"] = fmt.Sprint(p.generations)
	generation := fmt.Sprint("..generation_", p.generations)
	check(os.Mkdir(filepath.Join(p.root, generation), 0o755))
	for name, text := range files {
		write(filepath.Join(p.root, generation, name), text)
	}
	check(os.Symlink(generation, filepath.Join(p.root, "..data_tmp")))
	check(os.Rename(filepath.Join(p.root, "..data_tmp"), filepath.Join(p.root, "..data")))
	for name := range files {
		err := os.Symlink(filepath.Join("..data", name), filepath.Join(p.root, name))
		if !errors.Is(err, os.ErrExist) {
			check(err)
		}
	}
	entries, err := os.ReadDir(p.root)
	check(err)
	for _, entry := range entries {
		if _, err := os.Stat(filepath.Join(p.root, entry.Name())); err != nil {
			check(os.Remove(filepath.Join(p.root, entry.Name())))
		}
	}
}

func write(path, text string) {
	check(os.WriteFile(path, []byte(text), 0o644))
}

func (p *test) wait(condition func() bool) {
	for end := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			panic("waited for 20 s, " + p.values())
		}
	}
}

func (p *test) values() string {
	return fmt.Sprintf("port %d, limit %d, other %d", *p.port, p.limit.Get(), p.other.Get())
}

// calls counts how often the callback of `limit` runs.
func calls(set func(*test)) string {
	var calls int
	p := program()
	p.limit.WithSyncNotifier(func(_, _ int64) { calls++ })
	set(p)
	return fmt.Sprint(calls, " calls")
}

func outcome(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}
