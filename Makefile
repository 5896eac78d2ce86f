# make devnet [ARGS="--proofs mock --warp 3000"]   build what is missing, then run a Filecoin chain here
# make test                                        build, then every test
# make build                                       programs only, in build/release/bin/
PRESET ?= release
JOBS ?= $(shell nproc)
ARGS ?=
export PATH := $(PATH):$(HOME)/.cargo/bin:/usr/local/go/bin
export CCACHE_DIR ?= $(or $(NELUMBO_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/nelumbo)/ccache
export CCACHE_MAXSIZE ?= 10G

.PHONY: devnet test soak build programs assets dependencies check sanitize fuzz bench format

devnet: build
	build/release/bin/lotus devnet $(ARGS)

build: programs assets

dependencies:
	@scripts/install-dependencies.sh

assets: dependencies
	@assets/build.sh

programs: dependencies build/$(PRESET)/build.ninja
	cmake --build --preset $(PRESET) -j $(JOBS) --target programs

build/$(PRESET)/build.ninja: CMakeLists.txt CMakePresets.json $(wildcard cmake/*.cmake) | dependencies
	cmake --preset $(PRESET)

test: dependencies assets build/$(PRESET)/build.ninja
	cmake --build --preset $(PRESET) -j $(JOBS)
	ctest --test-dir build/$(PRESET) --output-on-failure --timeout 2400 -j 2 $(CTEST_ARGS)
	@grep -h 'messages hold' build/$(PRESET)/Testing/Temporary/LastTest.log || true

# Hours: the message server under 200 kills, a partition, two miners with real proofs.
soak: build
	NELUMBO_BIN=$(CURDIR)/build/release/bin python3 tests/integration/message_kill.py --messages 20000 --kills 200 \
		--database-restarts 20 --node-restarts 20
	ctest --test-dir build/$(PRESET) --output-on-failure -C Long -R 'integration.(partition|network_real)'

# Unit and vector tests under the address, undefined-behaviour and thread sanitizers.
sanitize: dependencies assets
	cmake --preset asan-ubsan && cmake --build --preset asan-ubsan -j $(JOBS) --target unit_tests
	ctest --test-dir build/asan-ubsan --output-on-failure -L unit
	cmake --preset tsan && cmake --build --preset tsan -j $(JOBS) --target unit_tests
	ctest --test-dir build/tsan --output-on-failure -L unit

# Every fuzz target for SECONDS each.
SECONDS_EACH ?= 20
fuzz:
	@scripts/install-dependencies.sh --fuzz
	cmake --preset fuzz && cmake --build --preset fuzz -j $(JOBS)
	NELUMBO_FUZZ_SECONDS=$(SECONDS_EACH) ctest --test-dir build/fuzz --output-on-failure -L fuzz

bench: build
	python3 bench/run.py $(ARGS)

format:
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-16 -i
