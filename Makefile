# Needs Python 3.11 or later and make; the rest goes into .venv, from the lock files in requirements/.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
MODEL  := models/thurrock-2021-22

# Each runs when its lock file or pyproject.toml has changed since.
RUN   := $(VENV)/run.stamp
DEV   := $(VENV)/dev.stamp
BENCH := $(VENV)/bench.stamp

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check format bench replay schemas docs models release lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN) ## Install, build the Thurrock workbook, print its path and headline figures
	$(BIN)/riskshare build $(MODEL)

test: $(DEV) ## Run every test
	$(BIN)/python -m pytest -q -n auto --dist worksteal

check: $(DEV) ## Check format, lint and types, then run the fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow"

format: $(DEV) ## Put the code into the format that `make check` asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BENCH) ## Measure speed and memory against the ordinary ways
	$(BIN)/python -m benchmarks

replay: $(RUN) ## Compute real settlements again from the published files, where they are there
	$(BIN)/python -m replays

schemas: $(DEV) ## Write the JSON Schemas anew after a change of the model file or the lines
	$(BIN)/python -m riskshare.outputs.schemas schemas

docs: schemas ## Write docs/rules.md and the JSON Schemas anew after a change of a rule
	$(BIN)/python -m riskshare.outputs.rulebook docs/rules.md

models: docs ## Build and pin every model anew after a change of what a figure is
	for model in models/*; do $(BIN)/riskshare pin $$model --replace && \
		$(BIN)/riskshare build $$model --quiet --results $$model/results && rm $$model/results/lines.csv || exit 1; done

release: models ## Keep a pin and a workbook of each model of this version in tests/pins/
	$(BIN)/python -c 'import riskshare; print(riskshare.__version__)' > $(VENV)/version
	for model in models/*; do to=tests/pins/$$(cat $(VENV)/version)/$$(basename $$model) && mkdir -p $$to && \
		cp $$model/pin.json workbooks/$$(basename $$model).xlsx $$to/ || exit 1; done

# For every platform and every Python from 3.11, each file with its hashes and without an index address. dev is
# resolved under run, and bench under dev, so that one .venv serves all three. uv is needed for this target alone.
lock: | $(VENV)/pyvenv.cfg ## Resolve the dependencies anew into requirements/
	$(PIP) install uv
	$(call compile,run,--group build)
	$(call compile,dev,--group dev --constraints requirements/run.lock)
	$(call compile,bench,--group bench --constraints requirements/dev.lock)
	$(call compile,older,--group pins --constraints requirements/older.in)

compile = $(BIN)/uv pip compile pyproject.toml $(2) --output-file requirements/$(1).lock --upgrade --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

clean: ## Remove the virtual environment and what tools left behind
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache dist
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/%.stamp: requirements/%.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing $< into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement $<
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "riskshare needs Python 3.11 or later; this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)
