# `make demo` and `make test` need Python (3.11 or newer) and make, nothing else: each sets up .venv by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What is installed is stamped with pyproject.toml's hash: the environment is built anew when that file changes,
# and only then.
HASH := $(shell $(PYTHON) -c 'import hashlib; print(hashlib.sha256(open("pyproject.toml", "rb").read()).hexdigest())' 2>/dev/null)
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
EMPTY := $(VENV)/stamp-empty-$(HASH)
CORE := $(VENV)/stamp-core-$(HASH)
VIEW := $(VENV)/stamp-view-$(HASH)
TEST := $(VENV)/stamp-test-$(HASH)
# UTF-8 whatever the locale: the name of this folder may be Chinese.
PIP := PYTHONUTF8=1 $(BIN)/python -m pip --disable-pip-version-check --quiet
# pip notes where this folder lies; Python reads that note in the locale's encoding and, where the name of the folder
# does not fit it, does not even start. From site-packages the folder is found without its name.
HERE := for note in $(VENV)/lib/python*/site-packages/*industrial_upgrading.pth; do printf '../../../..\n' >"$$note"; done

# Tests side by side, once the model is compiled: else each would compile it. Slow ones of a file share long work.
TOGETHER := -n logical --maxprocesses 4 --dist worksteal
BY_FILE := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo view test test-slow test-browser test-all lint site site-serve bench release clean

help:
	@echo 'make demo       compare four bundled policies on Hubei: a table and figures under results/demo'
	@echo 'make view       show the model in a browser page, no internet needed'
	@echo 'make test       run the tests'
	@echo 'make test-slow  run the statistical tests'
	@echo 'make test-browser  look at the page with Chromium; make test-all runs all three'
	@echo 'make lint       ruff and mypy'
	@echo 'make site       build the documents as a site, in site/; make site-serve shows it in a browser'
	@echo 'make bench      time the model'
	@echo 'make release    build and test what is published, in dist/; publishes nothing'
	@echo 'make clean      remove .venv and the tools'\'' caches (results stay)'
	@echo 'PYTHON=python3.12 make ...  uses another Python'

demo: $(CORE)
	@$(BIN)/upgrading compare scenarios/baseline.yaml scenarios/talent_pool.yaml scenarios/subsidies.yaml \
		scenarios/platforms.yaml scenarios/certificate_award.yaml --out results/demo --force

view: $(VIEW)
	@$(BIN)/upgrading view

test: $(TEST)
	@$(BIN)/upgrading warmup
	@$(BIN)/python -m pytest -m "not slow and not browser" $(TOGETHER)

test-slow: $(TEST)
	@$(BIN)/upgrading warmup
	@$(BIN)/python -m pytest -m "slow and not browser" $(BY_FILE)

# One after the other: they share a server, and Chromium takes several cores itself.
test-browser: $(TEST)
	@$(BIN)/python -m pytest -m browser

test-all: test test-slow test-browser

lint: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy sim

site: $(TEST)
	@$(BIN)/python docs/site/build.py

site-serve: site
	@$(BIN)/python -m http.server --directory site --bind 127.0.0.1 8000

bench: $(TEST)
	@$(BIN)/python benchmarks/performance.py

# What is published is what was committed. That pyproject.toml, CITATION.cff and CHANGELOG.md name one version is tested.
release:
	@test -z "$$(git status --porcelain)" \
		|| { echo 'Commit or remove what `git status` lists, and run again' >&2; exit 1; }
	@! git rev-parse --quiet --verify refs/tags/v$(VERSION) >/dev/null \
		|| { echo 'v$(VERSION) is tagged already: raise the version in pyproject.toml, CITATION.cff and CHANGELOG.md' >&2; exit 1; }
	@rm -rf dist
	@bash tests/system/test_wheel.sh $(PYTHON) dist
	@echo 'Built and tested: dist/. Where .ci/run has passed, tag it:'
	@echo '    git tag -a v$(VERSION) -m "Version $(VERSION)" && git push origin v$(VERSION)'

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist site
	find sim tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(EMPTY):
	@command -v $(PYTHON) >/dev/null \
		|| { echo '$(PYTHON) was not found: install Python 3.11 or newer, or name one: make PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) -V 2>&1): name another: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo 'Python lacks ensurepip: install python3-venv (Debian/Ubuntu) and run again' >&2; exit 1; }
	@echo 'Setting up $(VENV) ...'
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(CORE): $(EMPTY)
	@echo 'Installing the program and what it needs (about a minute, once) ...'
	@$(PIP) install -e .
	@$(HERE)
	@touch $@

$(VIEW): $(EMPTY)
	@echo 'Installing the program and the browser page (about a minute, once) ...'
	@$(PIP) install -e '.[view]'
	@$(HERE)
	@touch $(CORE) $@

# The tests' environment holds all that the program needs, so nothing is installed twice.
$(TEST): $(EMPTY)
	@echo 'Installing the program, what it needs and the test tools (about a minute, once) ...'
	@$(PIP) install -e '.[test]'
	@$(HERE)
	@touch $(CORE) $(VIEW) $@
