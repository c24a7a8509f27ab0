# The commands of this project; `make help` lists them. Each installs what it needs and says so.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 4111
DATA ?= ./data

.PHONY: help run build test interop proof lint format bench package clean native wasm js studio peers mastra packages-build packages-test packages-lint packages-bench fuzz coverage conformance

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  make run takes PORT (now $(PORT)) and DATA (now $(DATA))"

run: build  ## build, then serve the demo studio on http://127.0.0.1:4111
	@PORT='$(PORT)' DATA='$(DATA)' scripts/run.sh

build: studio  ## build the executable, the WASM core, the npm package and the demo studio

test: packages-test node_modules/.installed  ## build and run every test; ends with `N passed, N failed`
	@node scripts/test.mjs

interop: packages-test build  ## run against published bundlers, Mastra and Better Auth; ONLY=studio runs one
	@node tests/interop/run.mjs $(ONLY)

proof: packages-test js  ## compare core with independent readings of its rules, at length
	@test -f build/native/build.ninja || cmake --preset native > /dev/null
	@cmake --build --preset native --target latchkey_permission_pairs latchkey_cookie_lines
	@node tests/reference/proof.mjs

lint: packages-lint js  ## clang-format, clang-tidy and the JS checker, all of the code
	@node scripts/lint.mjs

format: packages-lint  ## format all C++ code
	@git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp' | xargs -0 clang-format -i

bench: packages-bench build peers mastra  ## measure ours beside peers and limits; writes bench/results.json
	@cmake --preset native -DLATCHKEY_BUILD_BENCH=ON > /dev/null
	@cmake --build --preset native --target latchkey_bench latchkey_bench_server
	@cmake --preset wasm -DLATCHKEY_BUILD_BENCH=ON > /dev/null
	@cmake --build --preset wasm --target latchkey_bench_floor
	@node bench/run.mjs

fuzz:  ## run the fuzz targets; FUZZ_RUNS (10,000,000), FUZZ_SECONDS, FUZZ_TARGETS
	@scripts/install-packages.sh build fuzz
	@cmake --preset fuzz > /dev/null
	@cmake --build --preset fuzz --target latchkey_fuzz
	@node scripts/fuzz.mjs

conformance: packages-test build  ## run the tests that cite a security requirement and print the table of requirements
	@cmake --preset native -DLATCHKEY_BUILD_TESTS=ON > /dev/null
	@cmake --build --preset native --target latchkey_core_tests latchkey_native_tests
	@node scripts/conformance.mjs

coverage:  ## measure what core's tests reach; fails below 95% of lines or 90% of branches
	@scripts/install-packages.sh build test fuzz
	@cmake --preset coverage > /dev/null
	@cmake --build --preset coverage --target latchkey_core_tests latchkey_fuzz_replay
	@node scripts/coverage.mjs

# Never fail: a peer that is absent is said so in its row. Mastra is big; the others don't wait for it.
peers: PEERS = bench/peers
mastra: PEERS = bench/peers/mastra
peers mastra:
	@[ $(PEERS)/node_modules/.installed -nt $(PEERS)/package-lock.json ] || \
	  { echo "Installing the peers of $(PEERS) with npm"; \
	    cd $(PEERS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && \
	    touch node_modules/.installed; } || \
	  echo "The peers of $(PEERS) could not be installed; the benchmark goes on without them"

package: js  ## pack the npm package into build/
	@npm pack --workspace js --pack-destination build --silent

clean:  ## remove what was built; the data folder stays
	rm -rf build js/dist node_modules bench/peers/node_modules bench/peers/mastra/node_modules

native: packages-build
	@test -f build/native/build.ninja || cmake --preset native -DLATCHKEY_BUILD_TESTS=OFF > /dev/null
	@cmake --build --preset native --target latchkey

wasm: packages-build
	@test -f build/wasm/build.ninja || cmake --preset wasm -DLATCHKEY_BUILD_TESTS=OFF > /dev/null
	@cmake --build --preset wasm --target latchkey_wasm

js: wasm node_modules/.installed
	@[ -f js/dist/index.js ] || rm -f build/js-package.stamp
	@$(MAKE) --no-print-directory build/js-package.stamp

# Written anew only when it would change: tests may be reading the package.
build/js-package.stamp: js/build.mjs js/package.json $(wildcard js/src/*) $(wildcard build/wasm/bin/latchkey-core.*) core/include/latchkey/error_codes.def LICENSE package-lock.json
	@node js/build.mjs
	@touch $@

studio: native js
	@node examples/browser-studio/build.mjs

node_modules/.installed: package-lock.json package.json js/package.json
	@scripts/install-packages.sh build
	@echo "Installing the packages of package-lock.json with npm"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

packages-build:
	@scripts/install-packages.sh build

packages-test:
	@scripts/install-packages.sh build test

packages-lint:
	@scripts/install-packages.sh build lint

packages-bench:
	@scripts/install-packages.sh build bench
