# make run starts Anteroom, make test checks everything; tools/prepare gets what either needs, once.

PYTHON_BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build test lint screenshots

help:
	@echo 'make run          start Anteroom at http://localhost:8000 (HOST, PORT, DATA_DIR from the environment)'
	@echo 'make test         checks, then all tests (ARGS="-k waiting" for some, WORKERS=1 for one at a time)'
	@echo 'make lint         the checks alone'
	@echo 'make build        the assets, anew'
	@echo 'make screenshots  a picture of every screen'
	@echo 'make bench-NAME   one measurement of bench/'

# exec: Ctrl-C reaches the server itself, and nothing stands between it and the terminal.
run:
	@tools/prepare run
	@exec $(PYTHON_BIN)/flask --app wsgi serve

build:
	@rm -f static/build/.sources
	@tools/prepare run

# tools/run-tests has two parts, those that share the machine and those that measure; Ctrl-C ends both.
test:
	@tools/prepare test system
	@$(MAKE) --no-print-directory lint
	@exec tools/run-tests $(ARGS)

lint:
	@tools/prepare test
	@$(PYTHON_BIN)/ruff check --quiet --output-format concise
	@$(PYTHON_BIN)/ruff format --check --quiet
	@$(PYTHON_BIN)/mypy
	@$(PYTHON_BIN)/djlint --quiet --lint templates
	@$(PYTHON_BIN)/djlint --check templates
	@node_modules/.bin/tsc --project tsconfig.json

screenshots:
	@tools/prepare test system
	@exec $(PYTHON_BIN)/python -m tests.browser.screenshots $(ARGS)

bench-%:
	@tools/prepare test system
	@exec $(PYTHON_BIN)/python -m bench.$* $(ARGS)
