# Two commands do all the set-up: `make run` serves the page, `make test` passes the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Where a plain `pip install torch` would bring CUDA, name an index of CPU builds:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
PINS   := pyproject.toml constraints.txt

export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check browser figures reader clean

run: $(VENV)/.run           ## install, build the index if missing or stale, serve the page
	$(BIN)/python app.py

test: $(VENV)/.test browser check  ## install everything the tests need and run them
	$(BIN)/pytest

check: $(VENV)/.test        ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

figures: $(VENV)/.bench     ## every figure of docs/evaluation.md: make figures DATA=folder
	$(BIN)/python -m benchmarks.figures --data $(DATA)

# Activations of a training step are large: malloc keeps them instead of asking the system anew.
reader: $(VENV)/.train      ## train the reader again, about 80 minutes: make reader DATA=folder
	MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=500000000 \
	  $(BIN)/python -m training.train_reader --data $(DATA) --out .cache/reader
	$(BIN)/python -m training.export_reader .cache/reader/own

browser:                    ## the Chromium that the browser tests drive
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || command -v google-chrome >/dev/null \
	  || { $$(command -v sudo) apt-get update -qq \
	       && $$(command -v sudo) apt-get install -y -qq --no-install-recommends chromium; } \
	  || { echo "Install Chromium (package chromium), then run make test again." >&2; exit 1; }

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	@test -z "$(TORCH_INDEX)" || $(BIN)/pip install --index-url $(TORCH_INDEX) torch==2.13.0

$(VENV)/.run: $(PINS) | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.test: $(PINS) | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[test]"
	@touch $@ $(VENV)/.run

$(VENV)/.bench: $(PINS) | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[test,bench]"
	@touch $@ $(VENV)/.run $(VENV)/.test

$(VENV)/.train: $(PINS) | $(BIN)/python
	$(BIN)/pip install --quiet --editable ".[test,train]"
	@touch $@ $(VENV)/.run $(VENV)/.test

clean:                      ## remove what was installed and built (the articles stay)
	rm -rf $(VENV) index/.building-* index/.lock index/CURRENT index/SOURCE index/[0-9a-f]*
