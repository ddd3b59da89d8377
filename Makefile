# Everything a contributor or an operator types. Each target makes `.venv` first, from uv.lock, with nothing but python3.
PYTHON ?= python3
BIN := .venv/bin

PREFIX ?= /opt/kompas

.PHONY: run demo install test check bench soak setup strings clean
.DEFAULT_GOAL := run

.venv/.ready: uv.lock pyproject.toml tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py
	@touch $@

setup: .venv/.ready          ## make the environment

run: setup                   ## start Kompas; with nothing configured, the chat in the terminal
	@$(BIN)/kompas run

demo: setup                  ## a lesson of thirty on one machine, with a crash in the middle; needs no account
	@$(BIN)/python -m tools.demo

install: setup               ## Kompas with what uv.lock pins into PREFIX (/opt/kompas), apart from this folder; again to upgrade
	UV_PROJECT_ENVIRONMENT=$(PREFIX) $(BIN)/uv sync --frozen --quiet --no-dev --no-editable --reinstall-package kompas \
	  --no-managed-python --link-mode copy --compile-bytecode

check: setup                 ## style, types, layers, content, translations, spelling and dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kompas check
	$(BIN)/python -m tools.spelling
	$(BIN)/python -m tools.audit

test: check                  ## every check and every test
	$(BIN)/python -m pytest --cov --cov-report=term

bench: setup                 ## measure, against minimal bots in the same run
	$(BIN)/python -m tests.bench $(BENCH)

soak: setup                  ## the tests that need long: many rounds of kill and restart
	KOMPAS_TEST_ROUNDS=100 $(BIN)/python -m pytest -m soak --timeout=7200

strings: setup               ## bring the catalogs up to date with the code
	$(BIN)/python tools/strings.py

clean:                       ## remove what was made
	rm -rf .venv .cache build dist .coverage .mypy_cache .ruff_cache .pytest_cache
