# Distillery. `make run` starts the app, `make test` checks everything; both set up .venv first, and only when needed.

PYTHON =
VENV = .venv/bin/python

# The first Python that is 3.11 or newer and can make a virtual environment. PYTHON=/path/to/python is tried before the others.
define SETUP
@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 $(VENV); do \
	if "$$python" -Ic 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		exec "$$python" tools/environment.py $(1); \
	fi; \
done; \
echo "Distillery needs Python 3.11 or newer with its venv module, and found none on the PATH." >&2; \
echo "Install one (Debian and Ubuntu: apt install python3 python3-venv) or name it: make PYTHON=/path/to/python3.11" >&2; \
exit 1
endef

.PHONY: help setup setup-dev run test lint check docs bench bench-paper screenshots

help:
	@echo "make run     start Distillery (PORT=8600 make run: on that port)"
	@echo "make test    run every test: unit, app, commands, browser"
	@echo "make check   format, lint and types, then every test"
	@echo "make lint    format, lint and types only"
	@echo "make docs    write docs/SETTINGS.md and docs/RESULTS.md anew from the engine's tables and the recorded runs"
	@echo "make bench   time the inner loop on this machine"
	@echo "make bench-paper  list the scripts of the paper's tables and figures"
	@echo "make screenshots  take a picture of every page and make docs/GALLERY.md of them (minutes)"
	@echo "make setup   only create .venv and install what the app needs"

setup:
	$(call SETUP)

setup-dev:
	$(call SETUP,--dev)

run: setup
	@exec $(VENV) -m app.serve

test: setup-dev
	@exec $(VENV) -m tools.suites

lint: setup-dev
	$(VENV) -m ruff format --check .
	$(VENV) -m ruff check .
	$(VENV) -m mypy

check: lint test

docs: setup-dev
	$(VENV) -m tools.docs
	$(VENV) -m tools.results

bench: setup
	$(VENV) -m engine bench

bench-paper: setup
	@$(VENV) -m benchmarks.paper

screenshots: setup-dev
	$(VENV) -m tools.screenshots
