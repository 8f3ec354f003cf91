# Two targets do everything on a fresh machine: make demo, make test.
PYTHON   ?= python3
VENV     ?= .venv
DEMO     ?= .venv-demo
SCRIPTS  := $(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: demo test check-all clean

# The demo installs famlink as a user would (no -e) into an environment of its own, so that it shows what a wheel gives.
demo: $(DEMO)/installed
	$(DEMO)/$(SCRIPTS)/famlink demo --to famlink-demo

$(DEMO)/installed: pyproject.toml $(shell find src fixtures -type f 2>/dev/null)
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/$(SCRIPTS)/python -m pip install --quiet --upgrade pip
	$(DEMO)/$(SCRIPTS)/python -m pip install --quiet .
	$(DEMO)/$(SCRIPTS)/python -m pip install --quiet --force-reinstall --no-deps .
	touch $@

test: $(VENV)/installed
	$(VENV)/$(SCRIPTS)/python scripts/check

check-all: $(VENV)/installed
	$(VENV)/$(SCRIPTS)/python scripts/check --all

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/$(SCRIPTS)/python -m pip install --quiet --upgrade pip
	$(VENV)/$(SCRIPTS)/python -m pip install --quiet -e ".[dev,pandas]"
	touch $@

clean:
	rm -rf $(VENV) $(DEMO) famlink-demo dist build
