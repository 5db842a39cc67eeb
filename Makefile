# Genkan's commands. `make help` explains each.
#
# Everything that is installed goes into .venv and node_modules of this folder; stamp files remember what is there, so
# that a second run installs nothing and needs no network. `make test` may also install Debian packages, see
# .ci/prepare.

PYTHON ?= $(shell .ci/python)
VENV ?= .venv
PORT ?=
WORKERS ?= 2
PROVIDER ?=
UV ?= uv

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Zoom and harutaka are somewhere else: a demo with them brings a stand-in for their side.
DEMO := $(if $(filter zoom harutaka,$(PROVIDER)),$(BIN)/python -m tests.support.demo_providers,$(BIN)/genkan demo)
QUICK := tests/waiting_room tests/contract tests/providers $(wildcard tests/test_house*.py)

# Pytest runs WORKERS files of tests side by side: most of them wait for browsers and processes.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs lock clean style types imports scripts unit pytest prepare

help:
	@echo 'make demo    install Genkan here and run a day of sample interviews; Ctrl-C stops it (PORT=8443 chooses the port,'
	@echo '             PROVIDER=zoom or PROVIDER=harutaka has the day held with a stand-in for that service, on this machine)'
	@echo 'make test    everything: style, types, import rules, scripts, and all tests with Chromium (under 20 minutes)'
	@echo 'make check   the quick half of it: style, types, import rules, scripts, unit tests'
	@echo 'make bench   measure, and print each figure beside its target'
	@echo 'make docs    write the generated parts of docs/ anew and check every link'
	@echo 'make lock    resolve the versions of all packages anew, into requirements/ (needs uv)'
	@echo 'make clean   remove what was installed or built here'
	@echo
	@echo 'Needed: Python 3.11 or later and make. `make test` asks apt for what else it needs where it may (root or sudo).'

demo: $(VENV)/.installed
	@exec $(DEMO) $(if $(PROVIDER),--provider $(PROVIDER)) $(if $(PORT),--port $(PORT))

# Two at a time, for installing and checking keep one core. --keep-going: one fault of style does not hide what the tests
# have to say. Pytest takes longest, so that its verdict is what is printed last.
test: prepare
	@$(MAKE) --no-print-directory --keep-going --jobs=2 scripts style imports types pytest

check:
	@$(MAKE) --no-print-directory --keep-going --jobs=2 scripts style imports types unit

bench: $(VENV)/.installed
	@$(BIN)/python -m bench

docs: $(VENV)/.installed
	@$(BIN)/python -m docs.generate

clean:
	rm -rf $(VENV) node_modules build artifacts genkan.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# --- the parts of `test` and `check` -------------------------------------------------------------------------------

style: $(VENV)/.installed-for-tests
	@echo '== style (ruff)'
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo 'run: $(BIN)/ruff format .'; exit 1; }

types: $(VENV)/.installed-for-tests
	@echo '== types (mypy --strict)'
	@$(BIN)/mypy

imports: $(VENV)/.installed-for-tests
	@echo '== import rules (import-linter)'
	@said=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$said"; exit 1; }

scripts:
	@echo '== scripts (tsc --checkJs)'
	@.ci/scripts

unit: $(VENV)/.installed-for-tests
	@echo '== unit tests'
	@$(BIN)/python -m pytest -q -m 'not browser and not process' $(QUICK)

pytest: $(VENV)/.installed-for-tests
	@echo '== all tests'
	@TMPDIR=$$(.ci/scratch) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=15

LOCK := $(UV) pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-annotate \
        --custom-compile-command 'make lock'

lock:
	@$(LOCK) --upgrade pyproject.toml --extra test --output-file requirements/test.lock
	@$(LOCK) --constraint requirements/test.lock pyproject.toml --output-file requirements/run.lock
	@echo 'setuptools>=77' | $(LOCK) --constraint requirements/test.lock - --output-file requirements/build.lock

prepare:
	@.ci/prepare

# --- what is installed ---------------------------------------------------------------------------------------------

$(BIN)/python:
	@.ci/venv '$(PYTHON)' '$(VENV)'

# Exactly what requirements/ names, each package by the hash of its file: what is tested here is what the container runs.
$(VENV)/.installed: pyproject.toml requirements/run.lock | $(BIN)/python
	@echo 'Installing Genkan into $(VENV) (a minute, the first time) …'
	@$(PIP) install --require-hashes --requirement requirements/run.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.installed-for-tests: pyproject.toml requirements/test.lock | $(BIN)/python
	@echo 'Installing Genkan and its test tools into $(VENV) (a minute or two, the first time) …'
	@$(PIP) install --require-hashes --requirement requirements/test.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed
