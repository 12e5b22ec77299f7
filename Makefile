# A thin layer over CMake and the programs in scripts/ and tests/. "make help" lists what there is.
BUILD ?= build
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
MAKEFLAGS += --no-print-directory
export ROOTWALK_BUILD := $(abspath $(BUILD))
SHARED ?= ../shared
export ROOTWALK_SHARED := $(abspath $(SHARED))
SOURCES = $(shell git ls-files '*.c' '*.h' 2>/dev/null)

.PHONY: help all demo run test check sim sim-campaign sim-pin fail-nth screenshots bench conformance verdicts lab compare zones-compare fuzz install uninstall deps format format-check coverage sanitize clean

all: $(BUILD)/.configured
	@echo 'building in $(BUILD)/ ...'
	@cmake --build $(BUILD) --parallel $(JOBS)

help:
	@echo 'make demo         rootwalk at work in an offline internet, each step shown (installs what is missing)'
	@echo 'make test         all tests (installs what is missing)'
	@echo 'make              build into $(BUILD)/'
	@echo 'make run          a daemon in the foreground on 127.0.0.1 port 5300, without any configuration'
	@echo 'make install      build and install; PREFIX=/usr/local, DESTDIR='
	@echo 'make uninstall    remove what "make install" has put there'
	@echo 'make deps         install what is missing for all of it'
	@echo 'make sanitize     the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make sim          a simulated internet, SEEDS=10 fresh seeds in each of its scenarios, or SECONDS=60'
	@echo 'make sim-campaign SEEDS=100 known seeds in each scenario, with progress; goes on where it was interrupted'
	@echo 'make sim-pin      after a change of what the engine does: writes the hash of known runs that ctest expects'
	@echo 'make screenshots  the pictures in docs/, out of the tests; FOLDER=docs'
	@echo 'make fail-nth     every call to libc that can fail fails in turn, in a sanitized daemon'
	@echo 'make fuzz         each fuzz target for SECONDS=10'
	@echo 'make coverage     which lines and branches the unit tests reach, and whether that is enough'
	@echo 'make conformance  scenarios of other resolvers (needs $(SHARED))'
	@echo 'make verdicts     secure, insecure, bogus: signed zones, good and damaged, beside delv and Unbound'
	@echo 'make lab          rootwalk beside another resolver in a large made-up internet (needs $(SHARED))'
	@echo 'make compare      COUNT=100000 questions to it and to four other resolvers, SEED=1 (needs $(SHARED))'
	@echo 'make zones-compare COUNT=100000 questions to local zones, beside NSD; SEED=1'
	@echo 'make bench        cost per query beside others (needs $(SHARED)); ARGS="--suite hot"'
	@echo 'make format       put the source into the house style; "make format-check" only looks'
	@echo 'make clean        remove all build folders'

# CMake looks by itself whether its files have changed; the stamp says that it got through once.
$(BUILD)/.configured: $(if $(CMAKE_FLAGS),FORCE)
	@cmake --preset release -B $(BUILD) $(CMAKE_FLAGS)
	@touch $@

FORCE:

demo:
	@scripts/deps build demo
	@$(MAKE) --no-print-directory all
	@scripts/demo

run:
	@scripts/deps build
	@$(MAKE) --no-print-directory all
	$(BUILD)/rootwalk -g -p 5300

test:
	@scripts/deps build test
	@$(MAKE) --no-print-directory all
	@scripts/test $(BUILD)

check: test

bench: all
	@scripts/deps bench
	@ROOTWALK=$(ROOTWALK_BUILD)/rootwalk scripts/shared $(SHARED)/lab/bench --resolver rootwalk=$(CURDIR)/bench/rootwalk.toml $(ARGS)

conformance: all
	@scripts/deps conformance
	@tests/conformance/run $(ARGS)

verdicts: all
	@scripts/deps verdicts
	@tests/verdicts/run $(ARGS)

lab: all
	@scripts/deps lab
	@tests/lab/run $(ARGS)

compare: all
	@scripts/deps lab
	@tests/lab/compare $(or $(COUNT),100000) $(or $(SEED),1) $(ARGS)

zones-compare: all
	@scripts/deps zones
	@tests/zones/compare -n $(or $(COUNT),100000) -s $(or $(SEED),1) $(ARGS)

sim: all
	@$(BUILD)/tests/sim --list tests/sim/seeds.txt --strict --twice --quiet
	@$(BUILD)/tests/sim $(if $(SEED),--from $(SEED),--fresh) --seeds $(or $(SEEDS),$(if $(SECONDS),1000000,10)) $(if $(SECONDS),--seconds $(SECONDS)) --minimise $(ARGS)

# The same runs each time; goes on where it was interrupted.
sim-campaign: all
	@nice $(BUILD)/tests/sim --from $(or $(SEED),1) --seeds $(or $(SEEDS),100) --state $(BUILD)/sim-campaign --minimise $(ARGS)

# The hash of a few runs, which is the same on every machine; new when the engine or the simulator is meant to have changed.
sim-pin: all
	@$(BUILD)/tests/sim --from 1 --seeds 2 --twice | sed -n 's/^hash of all runs: //p' | tee tests/sim/hash.txt

# The pictures in docs/, by the tests that look at the page and at top.
screenshots: all
	@scripts/deps test
	@ROOTWALK_SCREENSHOTS=$(abspath $(or $(FOLDER),docs)) tests/system/run test_the_page_in_a_browser test_top_shows_what_is_busy

fail-nth:
	@scripts/deps build test
	@cmake --preset sanitize > /dev/null
	@cmake --build build-sanitize --parallel $(JOBS)
	@build-sanitize/tests/test_fail_nth
	@ROOTWALK_BUILD=build-sanitize tests/fail/run $(ARGS)

sanitize:
	@cmake --preset sanitize > /dev/null
	@cmake --build build-sanitize --parallel $(JOBS)
	@ctest --test-dir build-sanitize --label-regex unit --output-on-failure

fuzz:
	@scripts/deps build fuzz
	@cmake --preset fuzz > /dev/null
	@cmake --build build-fuzz --parallel $(JOBS)
	@scripts/fuzz build-fuzz $(or $(SECONDS),10)

coverage:
	@scripts/deps build coverage
	@cmake -S . -B $(BUILD)-coverage -DCMAKE_BUILD_TYPE=Debug -DROOTWALK_COVERAGE=ON > /dev/null
	@cmake --build $(BUILD)-coverage --parallel $(JOBS)
	@scripts/coverage $(BUILD)-coverage

install:
	@scripts/deps build
	@$(MAKE) --no-print-directory all
	cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

# What was installed, and the folders of its own that are empty then.
uninstall:
	@test -f $(BUILD)/install_manifest.txt || { echo 'uninstall: $(BUILD)/install_manifest.txt is missing: "make install" makes it'; exit 1; }
	@sed 's|^|$(DESTDIR)|' $(BUILD)/install_manifest.txt | tr '\n' '\0' | xargs -0 rm -fv --
	@sed 's|^|$(DESTDIR)|; s|/[^/]*$$||' $(BUILD)/install_manifest.txt | sort -ru | grep '/rootwalk' | tr '\n' '\0' | xargs -0 -r rmdir --ignore-fail-on-non-empty -- 2> /dev/null || true

deps:
	@scripts/deps build demo test fuzz bench

format:
	clang-format -i $(SOURCES)

format-check:
	clang-format --dry-run -Werror $(SOURCES)

clean:
	rm -rf $(BUILD) $(BUILD)-coverage build-sanitize build-fuzz
