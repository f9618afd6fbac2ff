# Everything a contributor or CI runs. Needs make and Python 3.11 or later; the rest is installed
# into .venv, by hash.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Most end-to-end tests wait: for a time to run out, or for a fault to heal.
WORKERS ?= 8
# The image's Python is an optimised build; where .venv's isn't, name one of the same version.
BENCH_PYTHON ?= $(BIN)/python
# Which of them `make mutants` tries, as patterns of names; all where nothing is said.
MUTANTS ?=
ACTIONS := action.yml composite/action.yml
YAML := $(ACTIONS) examples .github .yamllint.yml
WORKFLOWS := $(wildcard .github/workflows/*.yml examples/workflows/*.yml examples/scheduled/*.yml)
FORMS := $(wildcard .github/ISSUE_TEMPLATE/*.yml)

.DEFAULT_GOAL := help
.PHONY: help install demo simulator test coverage selftest faults bench bench-sync mutants picture lint format generate lock clean

help: ## list what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## make .venv with everything for demo and tests

$(STAMP): requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(STAMP) ## an incident's life against the simulator
	@$(BIN)/python scripts/demo

simulator: $(STAMP) ## serve the simulator, with a page to watch it
	@PYTHONPATH=src $(BIN)/python -m pd_incident_simulator

test: $(STAMP) ## all tests
	$(BIN)/python -m pytest -q -n $(WORKERS)

coverage: $(STAMP) ## all tests, which must reach 95 % of lines and branches; twice as slow
	@rm -rf .coverage && mkdir .coverage
	$(BIN)/coverage run -m pytest -q -n $(WORKERS)
	@$(BIN)/coverage combine -q && $(BIN)/coverage report

selftest: $(STAMP) ## use the action in real workflows, through act
	@scripts/selftest/run.sh

faults: $(STAMP) ## try everything that can go wrong; writes docs/reliability.md
	$(BIN)/python scripts/faults.py --write

bench: $(STAMP) ## measure the time to page; writes docs/performance.md
	$(BIN)/python -m bench --python $(BENCH_PYTHON) --write docs/performance.md

bench-sync: $(STAMP) ## measure copying into the catalog; writes its part of docs/performance.md
	$(BIN)/python -m bench.sync --write docs/performance.md

mutants: $(STAMP) ## change the core in thousands of ways, each of which a test must notice; takes an hour
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/mutants.txt
	@rm -rf mutants
	$(BIN)/mutmut run $(MUTANTS) > /dev/null
	@$(BIN)/mutmut results && $(BIN)/mutmut export-cicd-stats

picture: $(STAMP) ## draw the job summary; writes docs/images
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/picture.txt
	$(BIN)/python scripts/summary_picture.py

lint: $(STAMP) ## every check that isn't a test
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
	$(BIN)/zizmor --offline --quiet --no-progress --persona pedantic .github $(ACTIONS) examples
	$(BIN)/hadolint Dockerfile
	$(BIN)/shellcheck .ci/run $(wildcard scripts/*/*.sh composite/*.sh)

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(STAMP) ## write what is derived from the operations' models
	$(BIN)/python scripts/generate

lock: $(STAMP) ## resolve requirements/*.txt anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements/action.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group dev -c requirements/action.txt pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group pyproject.toml:mutants -c requirements/dev.txt -o requirements/mutants.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group pyproject.toml:picture -c requirements/dev.txt -o requirements/picture.txt

clean: ## remove what was made
	rm -rf $(VENV) .coverage mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .selftest
