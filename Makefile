# `make demo` and `make test` are all that a newcomer needs; docs/operations.md tells the rest.

PYTHON ?= python3
PORT ?= 8000
SIZE ?= s

BIN := .venv/bin
BOOTSTRAP = @command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install it (apt-get install python3)"; exit 2; }; \
	$(PYTHON) data/bootstrap.py
DEMO_OPTIONS = --size $(SIZE) --port $(PORT) $(if $(SEED),--seed $(SEED)) \
	$(if $(filter 1 yes true,$(FRESH)),--fresh) $(if $(filter 0 no false,$(SERVE)),--no-serve)
PYTEST = $(BIN)/pytest $(PYTEST_OPTIONS)
EVERYDAY = not slow and not benchmark and not install

.PHONY: help demo test test-slow test-install bench-travel bench-allocation lint format clean

help:
	@echo "make demo              build everything, run a whole admission round, serve it on 127.0.0.1:$(PORT)"
	@echo "make demo FRESH=1      the same from nothing;  SERVE=0 does not serve;  SIZE=xs|s|m|l  SEED=n  PORT=n"
	@echo "make test              every test but the slow ones"
	@echo "make test-slow         the slow ones: big demo sizes, the real city, crashes"
	@echo "make test-install      a bare Debian in a chroot: with root, with sudo, with neither (needs root, 15 min)"
	@echo "make bench-allocation  the allocation engine at city size beside its peers"
	@echo "make bench-travel      travel times of the real city beside OSRM and scipy, checked against networkx"
	@echo "make lint | format     look at the style | put it right"
	@echo "make clean             remove everything built, but not the data under var/"

demo:
	$(BOOTSTRAP)
	@$(BIN)/dungtuyen demo up $(DEMO_OPTIONS)

test:
	$(BOOTSTRAP) --browser
	@$(BIN)/ruff check --quiet .
	@found=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$found"; exit 1; }
	@$(PYTEST) -n 2 --dist loadfile -m "$(EVERYDAY)"

test-slow:
	$(BOOTSTRAP) --browser
	@$(PYTEST) -m "slow and not benchmark and not install"

test-install:
	$(BOOTSTRAP)
	@$(PYTEST) -s -m install tests/install

bench-travel:
	$(BOOTSTRAP) --no-database
	@$(BIN)/python tests/benchmarks/travel.py $(BENCH_OPTIONS)

bench-allocation:
	$(BOOTSTRAP) --no-database
	@$(BIN)/python tests/benchmarks/allocation_speed.py $(BENCH_OPTIONS)

lint:
	$(BOOTSTRAP) --no-database
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

format:
	$(BOOTSTRAP) --no-database
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:
	rm -rf .venv web/node_modules web/static/css web/static/vendor .pytest_cache .ruff_cache .mypy_cache \
		.hypothesis .import_linter_cache
