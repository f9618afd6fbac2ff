# Everything a contributor or CI runs. Needs make and Python 3.11 or later; the rest is installed
# into .venv, checked by hash.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Less than that: what runs the action against the simulator.
DEMO := $(VENV)/.demo
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
# Each of them imports all tests first; some tests mostly wait, for processes and time-outs. Whoever
# is done takes tests from the others: a fifth faster.
WORKERS ?= 4
# The Docker action's image, for `make bench`; without it, its row is left out.
BENCH_IMAGE ?=
# The image's Python is an optimised build. If .venv's isn't, set one of the same version.
BENCH_PYTHON ?= $(BIN)/python
# Patterns of the mutants that `make mutants` runs; all by default.
MUTANTS ?=
ACTIONS := action.yml composite/action.yml
YAML := $(ACTIONS) action-types.yml composite/action-types.yml examples .github .yamllint.yml
WORKFLOWS := $(wildcard .github/workflows/*.yml examples/*/*.yml)
FORMS := $(wildcard .github/ISSUE_TEMPLATE/*.yml)

.DEFAULT_GOAL := help
.PHONY: help install demo simulator test coverage selftest faults chaos bench bench-step bench-sync mutants pictures lint format dist generate lock clean

help: ## show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## create .venv with everything for demo and tests

$(STAMP): requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements/dev.txt
	@touch $@ $(DEMO)

$(DEMO): requirements/demo.txt
	@echo "Installing what the demo needs into $(VENV): half a minute, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/demo.txt
	@touch $@

demo: $(DEMO) ## play an incident's life against the simulator; VERBOSE=1 shows every line
	@$(BIN)/python scripts/demo

simulator: $(DEMO) ## serve the simulator, with a page to watch it
	@PYTHONPATH=src $(BIN)/python -m pd_incident_simulator

test: $(STAMP) ## run all tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

coverage: $(STAMP) ## run all tests, and fail below 95 % of lines and branches
	@rm -rf .coverage && mkdir .coverage
	$(BIN)/coverage run -m pytest -q -n $(WORKERS) --dist worksteal
	@$(BIN)/coverage combine -q && $(BIN)/coverage report

selftest: $(STAMP) ## use the action in real workflows, through act (needs Docker)
	@scripts/selftest/run.sh

faults: $(STAMP) ## run every fault; writes docs/reliability.md
	$(BIN)/python scripts/faults.py --write

chaos: $(STAMP) ## random faults, kills, re-runs and duplicate runs; SEED=1 CASES=200
	$(BIN)/python scripts/run_chaos.py --seed $(or $(SEED),1) --cases $(or $(CASES),200)

bench: $(STAMP) ## measure the time to page; writes docs/performance.md
	$(BIN)/python -m bench --python $(BENCH_PYTHON) --write docs/performance.md
	@$(MAKE) bench-step

bench-step: $(STAMP) ## measure from a step's start to the page; writes its part of docs/performance.md
	$(BIN)/python -m bench.step --python $(BENCH_PYTHON) --image "$(BENCH_IMAGE)" --write docs/performance.md

bench-sync: $(STAMP) ## measure sync; writes its part of docs/performance.md
	$(BIN)/python -m bench.sync --write docs/performance.md

mutants: $(STAMP) ## run mutation tests on the core; takes an hour
	$(PIP) -r requirements/mutants.txt
	@rm -rf mutants
	$(BIN)/mutmut run $(MUTANTS) > /dev/null
	@$(BIN)/mutmut results && $(BIN)/mutmut export-cicd-stats

pictures: $(STAMP) ## draw what people see; writes docs/images (needs Chromium)
	$(PIP) -r requirements/pictures.txt
	$(BIN)/python scripts/pictures.py

lint: $(STAMP) ## run every check that isn't a test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/generate --check
	$(BIN)/yamllint --strict $(YAML)
	PATH="$(BIN):$$PATH" $(BIN)/actionlint $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions $(ACTIONS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(FORMS))
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config $(filter %/config.yml,$(FORMS))
	$(BIN)/zizmor --offline --quiet --no-progress --persona pedantic .github $(ACTIONS)
	$(BIN)/zizmor --offline --quiet --no-progress --no-config $(filter examples/%,$(WORKFLOWS))
	$(BIN)/hadolint Dockerfile
	$(BIN)/shellcheck .ci/run $(wildcard scripts/*/*.sh composite/*.sh)

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dist: $(STAMP) ## build what a release's users check out; CARRY_THIS_PYTHON=1 adds this Python
	$(BIN)/python scripts/release/dist.py dist

generate: $(STAMP) ## generate what follows from the operations' models
	$(BIN)/python scripts/generate

lock: $(STAMP) ## update the locked requirements
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements/action.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group dev -c requirements/action.txt pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group demo -c requirements/dev.txt pyproject.toml -o requirements/demo.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group pyproject.toml:mutants -c requirements/dev.txt -o requirements/mutants.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group pyproject.toml:pictures -c requirements/dev.txt -o requirements/pictures.txt

clean: ## remove everything that make created
	rm -rf $(VENV) dist .demo .coverage mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .selftest
