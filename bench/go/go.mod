// The work of the benchmark `beside_go` with the original, fortio.org/dflag.
module original

go 1.22

require (
	fortio.org/dflag v1.9.3
	fortio.org/log v1.18.3
	fortio.org/sets v1.3.0
)

require (
	fortio.org/duration v1.0.4 // indirect
	fortio.org/struct2env v0.4.2 // indirect
	github.com/fsnotify/fsnotify v1.8.0 // indirect
	github.com/kortschak/goroutine v1.1.3 // indirect
	golang.org/x/sys v0.30.0 // indirect
)
