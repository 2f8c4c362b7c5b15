# Everything a contributor runs, and what .ci/run runs. Needs only git, make and a Python >= 3.11
# with venv; the virtual environment is made here, in .venv.
#
#   make demo          the main job on a new repository, with a real model
#   make test          all tests
#
# PYTHON=/path/to/python chooses the interpreter; TESTS="tests/repo -k hook" narrows `make test`,
# PARTS=start narrows `make bench`.

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
TESTS ?=
PARTS ?=
WORKERS ?= auto
FUZZ_SECONDS ?= 600
# Scripts that write files we commit; each compares instead when called with --check.
GENERATORS := completions/generate.py swreg/cli/slash_commands.py swreg/cli/reference.py \
  swreg/cli/man_page.py

# Without byte code every start compiles everything again, and bench and demo would measure that.
unexport PYTHONDONTWRITEBYTECODE
# Paths of somebody else's environment must not leak into ours.
unexport PYTHONHOME
unexport PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick coverage lint format types check generate bench faults fuzz clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

# The first interpreter that really runs, is new enough and can make an environment. Every folder
# of PATH is tried, because version switchers leave commands there that exist and only fail.
$(PY):
	@set -e; IFS=:; found=; \
	for name in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  for folder in "" $$PATH; do \
	    case "$$name" in /*) try=$$name ;; *) try=$$folder/$$name ;; esac; \
	    [ -x "$$try" ] || continue; \
	    if "$$try" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	      >/dev/null 2>&1; then found=$$try; break 2; fi; \
	  done; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "make: no Python 3.11 to 3.13 with venv was found; install one or say PYTHON=/path/to/it" >&2; \
	  exit 1; \
	fi; \
	echo "making $(VENV) with $$found"; \
	"$$found" -m venv --clear $(VENV)

$(VENV)/.demo: $(PY) pyproject.toml
	$(PY) -m pip install --quiet --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(PY) pyproject.toml
	$(PY) -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## the main job: train, register, promote, compare, roll back
	@$(PY) -m bench.demo

test: $(VENV)/.dev ## all tests
	$(PY) -m pytest -n $(WORKERS) $(TESTS)

test-quick: $(VENV)/.dev ## the tests that take moments
	$(PY) -m pytest -n $(WORKERS) -m "not (slow or faults or races or real or browser)" $(TESTS)

# Every branch of swreg/domain, by tests that need no repository.
coverage: $(VENV)/.dev ## every branch of swreg/domain is tested
	$(PY) -m pytest -q -n $(WORKERS) --cov=swreg.domain --cov-branch --cov-fail-under=100 \
	  -m "not slow" swreg/domain tests/unit tests/property

lint: $(VENV)/.dev ## style and likely bugs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev ## write the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy

check: $(VENV)/.dev ## generated files are current
	@set -e; for script in $(GENERATORS); do echo "$$script --check"; $(PY) $$script --check; done

generate: $(VENV)/.dev ## write the generated files
	@set -e; for script in $(GENERATORS); do echo "$$script"; $(PY) $$script; done

bench: $(VENV)/.demo ## speed, as ratios to a bare Python and to raw git (Markdown)
	@$(PY) -m bench.run $(PARTS)

faults: $(VENV)/.dev ## kill and fail every changing system call (long)
	SWREG_TEST_FAULTS=all $(PY) -m pytest -n $(WORKERS) -m faults --timeout=0 $(TESTS)

fuzz: $(VENV)/.dev ## coverage-guided fuzzing of every parser (FUZZ_SECONDS each)
	$(PY) -m pip install --quiet '.[fuzz]'
	SWREG_TEST_FUZZ_SECONDS=$(FUZZ_SECONDS) $(PY) -m pytest -k fuzz --timeout=0 tests/hostile

clean: ## remove everything that was made here
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
