# `make demo` and `make test` do everything on a fresh machine with python3, make, git and curl.
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin
# Long stories of the functions: what they alone reach is one line in a hundred, and tracing them costs a third.
UNTRACED := tests/lambdas/stories
# Compiled code is kept: the tests and the demo start some hundred processes.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install demo test test-functions test-rest test-browser check bench render lock clean
.DEFAULT_GOAL := help

help: ## show what can be made
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/make \1\t\2/p' Makefile | expand -t 20

install: $(VENV)/ready ## make the environment; in a workflow, put its commands on PATH
	@[ -z "$$GITHUB_PATH" ] || echo "$(abspath $(RUN))" >> "$$GITHUB_PATH"

demo: $(VENV)/ready ## play a day of the product on the embedded AWS
	@$(RUN)/spot-runner local

# Side by side: while tests of one half wait, those of the other work.
test: $(VENV)/ready ## run every test, with the coverage of the functions
	@rm -f .coverage .coverage.*
	@$(MAKE) --no-print-directory -j2 -Oline test-functions test-rest
	@$(RUN)/coverage combine -q
	@$(RUN)/coverage report

test-functions: $(VENV)/ready
	@$(RUN)/coverage run -m pytest -n 1 --ignore $(UNTRACED) tests/lambdas

test-rest: $(VENV)/ready
	@$(RUN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(filter-out tests/lambdas/ tests/browser/ tests/data/,$(wildcard tests/*/)) $(UNTRACED)

test-browser: $(VENV)/browser ## look at what people see, in a real Chromium
	@tests/browser/chromium.sh
	@$(RUN)/pytest tests/browser

check: $(VENV)/ready ## lint, types, templates in step and clean
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy
	@$(RUN)/spot-runner validate
	@$(RUN)/spot-runner render --check
	@$(RUN)/spot-runner lint
	@$(RUN)/actionlint
	@$(RUN)/zizmor --offline --quiet --no-progress .

bench: $(VENV)/ready ## measure speed and size, count the calls of a job, and simulate bursts of 10,000 jobs
	@$(RUN)/python -m bench speed
	@$(RUN)/python -m bench calls
	@$(RUN)/python -m bench burst

render: $(VENV)/ready ## write templates_out/ from presets/ and spot-runner.yaml
	@$(RUN)/spot-runner render

lock: $(VENV)/ready ## compile the locks anew from pyproject.toml
	$(RUN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements/base.txt
	$(RUN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --extra local --group dev -o requirements/dev.txt
	$(RUN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group browser --constraints requirements/dev.txt -o requirements/browser.txt
	$(RUN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --only-binary :all: requirements/uv.in -o requirements/uv.txt
	$(RUN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --only-binary :all: lambdas/requirements.in -o lambdas/requirements.txt
	$(RUN)/uv pip compile -q --no-config --universal --generate-hashes --no-header --no-annotate --python-version 3.10 --only-binary :all: generator/images/data/aws-cli.in -o generator/images/data/aws-cli.txt

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) build .coverage .coverage.* .mypy_cache .ruff_cache .hypothesis

# The environment: a pinned uv, then exactly what requirements/dev.txt locks by hash.
$(VENV)/ready: requirements/dev.txt requirements/uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else f"spot-runner needs Python 3.11 to 3.13, $(PYTHON) is {sys.version.split()[0]}: make PYTHON=python3.13 …")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (once, about a minute)…"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(RUN)/uv pip sync --quiet --compile-bytecode --python $(RUN)/python --require-hashes requirements/dev.txt
	@$(RUN)/uv pip install --quiet --python $(RUN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# What drives a browser comes on top: `make test` needs none of it.
$(VENV)/browser: $(VENV)/ready requirements/browser.txt
	@$(RUN)/uv pip install --quiet --python $(RUN)/python --require-hashes -r requirements/browser.txt
	@touch $@
