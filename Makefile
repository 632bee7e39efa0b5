# make run    sets up .venv and runs the main job: two scenarios, 200 replicates each, figures
# make test   sets up .venv and runs the tests, all but the slow ones
# make test-all  the slow ones too, and many examples of each generated test
# make lint   style, types and import direction
# make docs   writes the pages and schemas that are made from the code
# make site   the pages as a site in build/site; fetches mkdocs once
# make environments   compares results with the oldest and the newest libraries
# Each line below also works by hand; VENV=path puts the environment elsewhere.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
BIN := $(VENV)/bin
UV ?= $(BIN)/uv
INSTALLED := $(VENV)/installed

.PHONY: run test test-all lint docs site environments install lock clean

run: install
	$(BIN)/reprisal run scenarios/iraq-2022.yaml scenarios/no-withdrawal-call.yaml --replicates 200 --plot

# The workers share the processors: more threads of the linear algebra would wait for each other.
test test-all: export OPENBLAS_NUM_THREADS ?= 1
# Tests start many processes: without compiled modules each would compile them all again.
test test-all: export PYTHONDONTWRITEBYTECODE :=

test: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

test-all: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile thorough

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: install
	$(BIN)/reprisal show --parameters --out docs/parameters.md
	$(BIN)/reprisal show --mechanisms --out docs/mechanisms.md
	$(BIN)/reprisal show --schema --out schema/scenario.json
	$(BIN)/reprisal show --schema --partial --out schema/scenario-partial.json
	$(BIN)/python -c 'from sim.store import columns; print(columns.readme(), end="")' > results/README.md

site: install
	$(BIN)/python -c 'import mkdocs' 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --no-build-isolation -e '.[site]'
	$(BIN)/python -m mkdocs build --strict

environments: install
	$(BIN)/python -m tests.environments --folder $(VENV)/environments

install: $(INSTALLED)

$(INSTALLED): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Reprisal needs Python 3.11 or newer; PYTHON=path names one")'
	$(PYTHON) -m venv $(VENV)
	@# uv is several times faster; where it is not to be had, pip installs the same and says what is wrong.
	{ $(BIN)/python -m pip install --quiet --require-hashes -r .ci/installer.lock \
		&& VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes -r requirements.lock; } 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

LOCK := pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --quiet \
	--custom-compile-command "make lock" --output-file

lock: install
	echo uv | $(UV) $(LOCK) .ci/installer.lock -
	$(UV) $(LOCK) requirements.lock --extra test pyproject.toml

clean:
	rm -rf $(VENV)
