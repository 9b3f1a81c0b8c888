# Run `make help` for the targets. Variables: PORT of `make run`; PYTHON and VENV for another Python
# (make test PYTHON=python3.13 VENV=build/python3.13); JOBS of `make test`, 1 runs one file after the other;
# COVERAGE=1 measures what `make test` covers and fails below the floor in pyproject.toml;
# PIP_OPTIONS goes to every pip install, for another index or CPU-only packages.

PORT ?= 8000
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP_OPTIONS ?=
# The files that are tested at a time: this many a core, eight at most, unless JOBS says how many.
JOBS ?=
jobs = $(or $(JOBS),$(shell n=$$(($(1) * $$(nproc 2>/dev/null || echo 2))); echo $$((n > 8 ? 8 : n))))
VENV := .venv
BIN := $(VENV)/bin
INSTALL = PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_OPTIONS)

.PHONY: help run test test-fast test-slow test-long test-containers test-ray check docs reference format train-tools widget playground widget-check constraints dist clean extensions extensions-check

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: $(VENV)/.run ## Serve on port 8000 (PORT=9000 changes it)
	@$(BIN)/inkling serve --port $(PORT)

pytest = $(BIN)/python -m pytest --numprocesses $(call jobs,$(1)) --dist loadfile $(if $(COVERAGE),--cov)

# Two a core: browser tests wait for half of their time.
test: $(VENV)/.dev ## Run the tests but the slow ones, two files at a time on each core, eight at most
	@$(call pytest,2) -m "not slow" $(PYTEST_OPTIONS)

test-fast: $(VENV)/.dev ## Run what a change is tried with first: single modules, and what parts promise each other
	@$(call pytest,1) tests/unit tests/contract -m "not slow and not lengthy" $(PYTEST_OPTIONS)

test-slow: $(VENV)/.dev ## Run the long proofs: trainings, whole commands under a guard, faults, what is installed
	@$(call pytest,2) -m slow $(PYTEST_OPTIONS)

test-long: $(VENV)/.dev ## Run the proofs of hours: 200,000 inputs for each parser, 100,000 edit scripts over two replicas
	@$(BIN)/python -m benchmarks.fuzz
	@INKLING_TEST_EXAMPLES=1000 $(BIN)/python -m pytest --timeout 0 tests/contract/http/test_whole_schema.py
	@INKLING_TEST_SCRIPTS=25000 $(BIN)/python -m pytest --timeout 0 tests/contract/engine/test_shared_sessions_oracle.py

test-containers: $(VENV)/.dev ## Run the tests of the image; needs docker, and takes its address from DOCKER_HOST
	@$(BIN)/python -m pytest tests/containers -rs $(PYTEST_OPTIONS)

test-ray: $(VENV)/.dev ## Run the tests on a cluster of Ray of two nodes; installs Ray
	@$(INSTALL) --editable '.[ray]'
	@$(BIN)/python -m pytest tests/ray -rs $(PYTEST_OPTIONS)

check: $(VENV)/.dev ## Check lint, format and types of the Python code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: $(VENV)/.docs ## Build the documentation site into build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@$(BIN)/python -m docs_build.loads build/site

reference: $(VENV)/.dev ## Write the pages of docs/reference that come from the code
	@$(BIN)/python -m docs_build

format: $(VENV)/.dev ## Mend lint and format of the Python code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

widget: widget/node_modules/.done ## Build the browser widget and the file that the service serves; needs Node.js 18.18 or later
	@cd widget && npm run --silent build

extensions: widget/node_modules/.done ## Build the browser extensions into extensions/dist
	@cd extensions && node build.mjs

extensions-check: extensions extensions/node_modules/.done ## Check the extensions' types, format and manifests
	@widget/node_modules/.bin/tsc --noEmit -p extensions/tsconfig.json
	@widget/node_modules/.bin/prettier --config widget/.prettierrc.json --log-level warn --check 'extensions/{shared,webmail,thunderbird,roundcube}/**/*.{ts,mjs}' 'extensions/*.mjs'
	@cd extensions && node_modules/.bin/web-ext lint --source-dir build/webmail/firefox --warnings-as-errors --output text
	@# It is made for Firefox, and warns of the permissions that only Thunderbird knows.
	@cd extensions && node_modules/.bin/web-ext lint --source-dir build/thunderbird --output text >/dev/null

playground: widget/node_modules/.done ## Build a page for each editor that the widget knows, for its browser tests
	@cd widget && npm run --silent playground

widget-check: widget/node_modules/.done ## Check the widget's types, lint, size and unit tests, and the file that is served
	@cd widget && npm run --silent check && npm run --silent lint && npm run --silent verify && npm run --silent test

extensions/node_modules/.done: extensions/package.json extensions/package-lock.json
	@echo "Installing the linter of extensions into extensions/node_modules (once)"
	@cd extensions && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

widget/node_modules/.done: widget/package.json widget/package-lock.json
	@echo "Installing the widget's build tools into widget/node_modules (once)"
	@cd widget && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Inkling needs Python 3.11, 3.12 or 3.13; name one with PYTHON=...")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Inkling into $(VENV) (once)"
	@$(INSTALL) --editable .
	@touch $@

train-tools: $(VENV)/.run ## Install what 'inkling train' needs besides: torch and matplotlib
	@echo "Installing torch and matplotlib into $(VENV)"
	@$(INSTALL) --editable '.[train]'

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Inkling and its test tools into $(VENV) (once; torch is the large part)"
	@$(INSTALL) --editable '.[train,dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.docs: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing MkDocs into $(VENV) (once)"
	@$(INSTALL) --editable '.[docs]'
	@touch $@ $(VENV)/.run

constraints: $(VENV)/.dev $(VENV)/.docs ## Write the exact versions of what is installed to constraints.txt
	@(head -n 1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable --exclude setuptools | sed 's/+cpu$$//'; \
	  sed -n '/^setuptools==/,$$p' constraints.txt) > constraints.new && mv constraints.new constraints.txt

dist: $(BIN)/python widget/node_modules/.done ## Build the wheel and the npm package into dist/
	@rm -rf dist build/lib build/bdist.*
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps $(PIP_OPTIONS) --wheel-dir dist .
	@cd widget && npm run --silent build >/dev/null && npm pack --silent --pack-destination ../dist >/dev/null
	@ls dist

clean: ## Remove everything that is installed or built
	rm -rf $(VENV) widget/node_modules widget/build widget/dist extensions/node_modules extensions/build extensions/dist build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
