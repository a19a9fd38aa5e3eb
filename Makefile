# Two commands do everything on a machine with Python 3.11, a C compiler and make:
#   make demo    sets up and runs the main job on examples/bevy_game
#   make test    sets up and passes the tests
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ROOT ?= examples/bevy_game
TASK ?= add a critical-hit chance to the attack system

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast check format native pure bench lock model clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(BIN)/uv: requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found. Install Python 3.11 or newer, or run: make PYTHON=python3.12 …"; exit 1; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# Whatever make installs is pinned and hash-checked; the project itself is installed in place.
$(VENV)/.run: $(BIN)/uv requirements/run.txt pyproject.toml
	@echo "Installing ferrograph …"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements/run.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "Installing the development tools (llama.cpp is compiled here: about four minutes on two cores) …"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# The modules where the time goes, compiled from the same source; tests run on what users get.
HOT := $(wildcard *.py parser/*.py graph/*.py graph/infer/*.py ranking/*.py)
$(VENV)/.native: $(VENV)/.dev $(HOT)
	@echo "Compiling the hot modules with mypyc (about a minute) …"
	@FERROGRAPH_NATIVE=1 $(BIN)/python setup.py --quiet build_ext --inplace >$(VENV)/native.log 2>&1 || { cat $(VENV)/native.log; exit 1; }
	@touch $@

demo: $(VENV)/.run ## Set up and run the main job on examples/bevy_game
	@$(BIN)/ferrograph demo --root $(ROOT) --task "$(TASK)"

native: $(VENV)/.native ## Compile the hot modules: twice as fast, the same source

pure: ## Remove what `make native` compiled
	@rm -f $(VENV)/.native native__mypyc*.so parser/*.so graph/*.so graph/infer/*.so ranking/*.so

test: $(VENV)/.native ## Set up and run all tests (the fast ones first)
	$(BIN)/python -m pytest -m "not slow and not e2e"
	$(BIN)/python -m pytest -m "e2e and not slow"

test-fast: $(VENV)/.dev ## Run only the fast tests
	$(BIN)/python -m pytest -m "not slow and not e2e"

check: $(VENV)/.dev ## Lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

bench: $(VENV)/.native ## Run the quick benchmarks
	$(BIN)/python -m benchmarks

lock: $(BIN)/uv ## Pin the requirements anew from pyproject.toml
	$(BIN)/uv pip compile requirements/uv.in --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --upgrade -o requirements/uv.txt --quiet
	$(BIN)/uv pip compile pyproject.toml --extra llm --extra dev --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --upgrade -o requirements/dev.txt --quiet
	grep -v '^ ' requirements/dev.txt | sed 's/ \\$$//' > $(VENV)/pins.txt
	$(BIN)/uv pip compile pyproject.toml --constraint $(VENV)/pins.txt --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -o requirements/run.txt --quiet

model: $(VENV)/.dev ## Build the embedding model from tuned weights (WEIGHTS=…)
	$(BIN)/python -m ferrograph.embedding.export --weights $(WEIGHTS)

clean: ## Remove what make made
	rm -rf $(VENV) build *.egg-info native__mypyc*.so parser/*.so graph/*.so graph/infer/*.so ranking/*.so
