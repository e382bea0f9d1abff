# Two commands do everything on a fresh machine: `make demo` and `make test`.
export OMP_WAIT_POLICY = PASSIVE
PYTHON ?= python3
BIN = .venv/bin
COVER ?= 98.5  # the share of lines that tests run, where no Infernal, HMMER or other programs are; .ci/run asks for more

.PHONY: demo test pytest platforms lint docs claims ui-test bench clean

demo: .venv/.installed
	$(BIN)/spinodal demo --overwrite

test: .venv/.installed-dev  # both at the same time: types take a core for most of a minute
	$(MAKE) --no-print-directory -j2 lint pytest

pytest: .venv/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not claim and not platform" --cov --cov-report=term-missing:skip-covered --cov-fail-under=$(strip $(COVER))

platforms: .venv/.installed-dev  # the bits of other processors, the memory of a process, other installations: a minute
	$(BIN)/python -m pytest -n 2 -m platform tests

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/.installed-docs  # the examples of all pages, and the site in build/site, whose tutorials run: six minutes
	$(BIN)/python -m pytest -n 2 docs
	rm -rf build
	$(BIN)/python -m sphinx -q -W --keep-going -c docs/site docs build/site
	@echo "build/site/index.html"

claims: .venv/.installed-dev  # the README's claims on real data: half an hour
	$(BIN)/python -m pytest -m claim -s tests/claims

ui-test: .venv-ui/.installed  # the page of `spinodal ui`, in Chromium: a minute
	.venv-ui/bin/python -m pytest tests/test_ui_page.py

bench: .venv/.installed-bench  # is it right, and how fast beside its products and its peers: half an hour
	$(BIN)/python -m bench

clean:
	rm -rf .venv .venv-ui build

# torch comes first and alone: anything else may resolve a newer one with gigabytes of GPU libraries.
.venv/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

.venv/.installed-dev: .venv/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt --group dev
	touch $@

# gradio needs an older pillow: it has an environment of its own, which sees all packages of .venv, and changes none.
.venv-ui/.installed: .venv/.installed-dev
	test -x .venv-ui/bin/python || $(BIN)/python -m venv .venv-ui
	echo "import site; site.addsitedir('$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')')" \
		> "$$(.venv-ui/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/dev.pth"
	.venv-ui/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.venv-ui/bin/python -m pip install --quiet -c constraints.txt --group ui
	touch $@

.venv/.installed-docs: .venv/.installed-dev
	$(BIN)/python -m pip install --quiet -c constraints.txt --group docs
	touch $@

.venv/.installed-bench: .venv/.installed-dev
	$(BIN)/python -m pip install --quiet -c constraints.txt --group bench
	touch $@
