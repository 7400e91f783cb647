# Two commands do everything on a fresh machine: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help demo test search lint docs bench setup-demo setup-test lock build clean

PYTHON ?= python3
VENV := .venv/bin

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: setup-demo ## Set up, run the main job on real data, show the result
	@$(VENV)/gluepot demo

test: setup-test ## Set up, real servers included, and run every test
	@$(VENV)/python -m pytest -n 2 --dist loadfile --durations=40 --durations-min=5

search: setup-test ## Draw new examples for the property tests, which `make test` keeps the same
	@$(VENV)/python -m pytest -n 2 --dist loadfile --hypothesis-profile search -m hypothesis

lint: setup-lint ## Check style, types, layering and packaging
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/lint-imports
	@$(VENV)/lint-imports --config scripts/rooms.toml
	@$(VENV)/mypy

docs: setup-test ## Build the documents into site/; a link that leads nowhere fails
	@$(VENV)/zensical build --strict --clean

bench: setup-test ## Measure the headline figures, each beside a peer
	@for script in bench/*.py; do echo "== $$script"; $(VENV)/python $$script || exit 1; done

setup-demo setup-test setup-lint: setup-%: ## Only set up (demo, test or lint)
	@$(PYTHON) scripts/setup.py $*

lock: ## Resolve the Python packages anew into conf/python.lock
	$(VENV)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--all-extras --group test --group lint --custom-compile-command 'make lock' \
		pyproject.toml -o conf/python.lock

build: setup-lint ## Build the wheel and the source archive into dist/
	@$(VENV)/python -m build --no-isolation

clean: ## Remove what the other commands made in this checkout
	rm -rf .venv .gluepot .artefacts .cache site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
