package main

import (
	"net/http"
	"net/http/httptest"
	"time"

	"fortio.org/dflag/endpoint"
)

// page prints the size of the debug page's JSON, and the nanoseconds of each of its requests, without a network.
func page(rounds int, keys []string) {
	all := declare(keys)
	page := endpoint.NewFlagsEndpoint(all.set, "")
	request := httptest.NewRequest(http.MethodGet, "/debug/flags", nil)
	for r := 0; r < rounds; r++ {
		response := httptest.NewRecorder()
		begin := time.Now()
		page.ListFlags(response, request)
		elapsed := time.Since(begin).Nanoseconds()
		if r == 0 {
			report("bytes", response.Body.Len())
		}
		report("nanos", elapsed)
	}
}
