# The commands: run, test, check, dist, release, catalogue, truth, bench, bench-compare, simulate, soak, translations, docs,
# docs-check, site, screenshots, lock, audit.
# Each sets up what it needs, on a machine with python3 (3.11 or newer, with venv), make and apt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check dist release catalogue truth bench bench-compare simulate soak translations docs docs-check site screenshots lock audit clean

run: $(VENV)/run.done
	$(BIN)/gunicorn 'app:create_app()'

# Three at a time on two processors, for now and then a test waits: for a browser, a server, a clock.
test: $(VENV)/dev.done programs
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The package, as a wheel and as source: built, installed in an empty environment, and tried there without a network.
dist: $(VENV)/dev.done
	$(BIN)/python tests/installed.py

# A release: all that must pass, then a tag of the version, which is in one place, moodlelogsmart/__init__.py. The heading of
# CHANGELOG.md tells its day. What lies in dist/ then is published by hand.
release: VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' moodlelogsmart/__init__.py)
release:
	@test -z "$$(git status --porcelain)" || { echo "There are changes that are not committed."; exit 1; }
	@grep -Eq "^## $(VERSION) \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$$" CHANGELOG.md || { \
		echo "CHANGELOG.md has no heading “## $(VERSION) (day)”."; exit 1; }
	@! git rev-parse -q --verify "refs/tags/v$(VERSION)" >/dev/null || { echo "The tag v$(VERSION) is there already."; exit 1; }
	$(MAKE) check truth test dist
	git tag -a "v$(VERSION)" -m "MoodleLogSmart $(VERSION)"

# After a change of the facts about Moodle's events, or of a decision: write the package's tables of them anew.
catalogue: $(VENV)/run.done
	$(BIN)/python -m facts.catalogue

# What is made of Moodle's events, judged by the facts about them alone: make truth TRUTH=--list tells what is wrong.
truth: $(VENV)/dev.done
	$(BIN)/python -m facts.truth $(TRUTH)

bench: $(VENV)/dev.done
	$(BIN)/python bench/run.py --write

# Whether the app has become slower: the ratios of a small log beside what they were, half a minute.
bench-compare: $(VENV)/dev.done
	$(BIN)/python bench/run.py --compare --runs $(or $(RUNS),3)

# How long people wait for several machines, by a simulation of some minutes: writes its tables into docs/scale.md.
simulate: $(VENV)/dev.done
	$(BIN)/python bench/simulate.py

# The long form of the tests of reliability, some two hours: writes docs/reliability.md.
soak: $(VENV)/dev.done programs
	$(BIN)/python tests/soak.py

# After a change of a text: collect them, then translate what is new in the .po file, and run this again.
translations: $(VENV)/run.done
	mkdir -p translations
	$(BIN)/pybabel -q extract -F babel.cfg -k Message -k LogError -k MachineError -k JournalError -k WrongKind -k NoLog -k Unclear --no-location --omit-header \
		-o translations/messages.pot .
	$(BIN)/pybabel -q update -i translations/messages.pot -d translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 110
	$(BIN)/pybabel -q compile -d translations --statistics
	rm translations/messages.pot

# After a change of the rules: write the account of them anew.
docs: $(VENV)/run.done
	PYTHONPATH=. $(BIN)/python docs/classification.py

# The documents as a site, in site/html; what is wrong in them, such as a link to nowhere, ends it. It needs no network.
site: $(VENV)/dev.done
	PYTHONPATH=. $(BIN)/python -m sphinx -M html . site -c docs -E -W --keep-going -q

# The pictures of the documents and of the start page, of the running app and an invented course.
screenshots: $(VENV)/dev.done programs
	$(BIN)/python docs/screenshots.py

# The recipes of docs/recipes.md that are in R, as far as R has their packages; R itself is installed where it is missing.
docs-check: $(VENV)/dev.done
	@command -v Rscript >/dev/null || { \
		SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$SUDO apt-get update -qq && \
		$$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends r-base >/dev/null; }
	$(BIN)/python -m pytest -rs tests/test_recipes.py -k in_r

# After a change of a requirement: pin anew all that comes with it, with checksums.
lock: $(VENV)/tools.done
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		-c requirements.txt requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		-c requirements-dev.txt requirements-cluster.in -o requirements-cluster.txt

# Whether a weakness is known of what the app uses; asks a database on the internet.
audit: $(VENV)/tools.done
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements-cluster.txt

clean:
	rm -rf $(VENV) dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/run.done: requirements.txt
	@echo "Setting up in $(VENV) what MoodleLogSmart uses; this takes a minute or two, once."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# Of all that comes with it only a part is ever imported, and compiled then.
$(VENV)/dev.done: $(VENV)/run.done requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	touch $@

$(VENV)/tools.done: $(VENV)/run.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 pip-audit==2.10.1
	touch $@

# The browser of the browser tests, the proxy of those of the deployment, and the Redis of those of several machines, which
# start one of their own: none runs as a service after this.
.PHONY: programs
programs:
	@{ command -v chromium && command -v nginx && command -v openssl && command -v redis-server; } >/dev/null || { \
		SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$SUDO apt-get update -qq && \
		$$SUDO env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 SYSTEMD_OFFLINE=1 apt-get install -y -qq \
			chromium nginx-light openssl redis-server >/dev/null; }
