# make run    serve on port 8000 (PORT=9000 changes it)
# make test   the tests, a file at a time on each core, on four at most (JOBS=1 runs one after the other)
# make test-fast   those of single modules and of what parts promise each other: a minute and a half
# make test-slow   the long proofs, which 'make test' leaves out: trainings, whole commands under a guard, faults
# make test-containers   the tests of the image; needs docker, and takes its address from DOCKER_HOST
# make check  lint and types
# make docs   the documentation site, into build/site
# make reference   the pages of docs/reference that are written from the code
# make train-tools   what 'inkling train' needs besides: torch and matplotlib
# make widget   the browser widget, and the file of it that the service serves; needs Node.js 18 or later, as the next two
# make playground   a page for each editor that the widget knows, for its browser tests
# make widget-check   the widget's types and unit tests, its size, and whether the file that is served is what it builds
# make test PYTHON=python3.13 VENV=build/python3.13   the tests on another Python
# PIP_OPTIONS goes to every pip install, for another index or CPU-only packages.

PORT ?= 8000
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP_OPTIONS ?=
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n > 4 ? 4 : n)))
VENV := .venv
BIN := $(VENV)/bin
INSTALL = PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_OPTIONS)

.PHONY: run test test-fast test-slow test-containers check docs reference format train-tools widget playground widget-check constraints clean

run: $(VENV)/.run
	@$(BIN)/inkling serve --port $(PORT)

PYTEST = $(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile

test: $(VENV)/.dev
	@$(PYTEST) -m "not slow" $(PYTEST_OPTIONS)

test-fast: $(VENV)/.dev
	@$(PYTEST) -m "not slow and (unit or contract)" $(PYTEST_OPTIONS)

test-slow: $(VENV)/.dev
	@$(PYTEST) -m slow $(PYTEST_OPTIONS)

test-containers: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/containers -rs $(PYTEST_OPTIONS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@$(BIN)/python -m docs_build.loads build/site

reference: $(VENV)/.dev
	@$(BIN)/python -m docs_build

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

widget: widget/node_modules/.done
	@cd widget && npm run --silent build

playground: widget/node_modules/.done
	@cd widget && npm run --silent playground

widget-check: widget/node_modules/.done
	@cd widget && npm run --silent check && npm run --silent verify && npm run --silent test

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

train-tools: $(VENV)/.run
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

constraints: $(VENV)/.dev $(VENV)/.docs
	@(head -n 1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable --exclude setuptools | sed 's/+cpu$$//'; \
	  sed -n '/^setuptools==/,$$p' constraints.txt) > constraints.new && mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) widget/node_modules widget/build widget/dist build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
