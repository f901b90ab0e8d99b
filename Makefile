# The two ways in are `make demo` and `make test`; everything runs on the Node that package-lock.json names.
.DEFAULT_GOAL := help
.PHONY: help demo test control-plane types lint format
MAKEFLAGS += --no-print-directory

NODE := scripts/node.sh
INSTALLED := node_modules/.installed

help: ## this list
	@echo 'Sidenet. What make can do here:'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r target what; do printf '  make %-14s %s\n' "$$target" "$$what"; done

demo: $(INSTALLED) ## shows on a real control plane what Sidenet does, and stays up to play with (ONCE=1: ends by itself)
	@ONCE='$(ONCE)' $(NODE) scripts/demo.ts

test: $(INSTALLED) ## types, lint, format and all tests; last line "N passed, N failed"
	@$(NODE) scripts/test.ts

control-plane: ## builds etcd, kube-apiserver, kube-controller-manager and kubectl once; last line: their folder
	@sh test/control-plane/build.sh

types: $(INSTALLED) ## checks the types
	@$(NODE) node_modules/.bin/tsc --noEmit

lint: $(INSTALLED) ## checks the rules of eslint.config.js
	@$(NODE) node_modules/.bin/eslint .

format: $(INSTALLED) ## writes every file in the one format
	@$(NODE) node_modules/.bin/prettier --log-level warn --write .

# npm ci removes node_modules first, so a stamp inside it is there only after an install that was finished.
$(INSTALLED): package-lock.json
	@command -v npm >/dev/null || { echo 'npm was not found; install Node 20 or newer with npm (https://nodejs.org) and try again' >&2; exit 1; }
	@echo 'installing what package-lock.json names …'
	@npm ci --loglevel=error
	@touch $@
