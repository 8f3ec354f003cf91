# Two targets do everything on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV   ?= .venv
ifeq ($(OS),Windows_NT)
  BIN := $(VENV)/Scripts
else
  BIN := $(VENV)/bin
endif

.PHONY: demo test check-all clean

# The demo installs famlink as a user would (no -e) into an environment of its own, so that it shows what a wheel gives.
demo: $(VENV)-demo/installed
	$(if $(filter Windows_NT,$(OS)),$(VENV)-demo/Scripts,$(VENV)-demo/bin)/famlink demo --to famlink-demo

$(VENV)-demo/installed: pyproject.toml $(shell find src fixtures -type f 2>/dev/null)
	$(PYTHON) -m venv $(VENV)-demo
	$(if $(filter Windows_NT,$(OS)),$(VENV)-demo/Scripts,$(VENV)-demo/bin)/python -m pip install --quiet --upgrade pip
	$(if $(filter Windows_NT,$(OS)),$(VENV)-demo/Scripts,$(VENV)-demo/bin)/python -m pip install --quiet --force-reinstall --no-deps .
	$(if $(filter Windows_NT,$(OS)),$(VENV)-demo/Scripts,$(VENV)-demo/bin)/python -m pip install --quiet .
	touch $@

test: $(VENV)/installed
	$(BIN)/python scripts/check

check-all: $(VENV)/installed
	$(BIN)/python scripts/check --all

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e ".[dev,pandas]"
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-demo famlink-demo dist build
