# Every command of the book. `make` alone lists them. Needs Python 3.11 to 3.14, git and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
NB_TESTS := --nbval --nbval-current-env --nbval-cell-timeout 120

.DEFAULT_GOAL := help
.PHONY: help setup book test lint lab notebooks check mine bench bench-gpu release grade plan pretrain clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.stamp  ## install everything into .venv (TORCH_INDEX=<url> takes torch from that index first)

$(VENV)/.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -U pip
	$(if $(TORCH_INDEX),$(BIN)/python -m pip install -q -c constraints.txt --index-url $(TORCH_INDEX) torch)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[book,test]'
	touch $@

book: setup  ## build the HTML book, and say where to open it
	$(BIN)/jupyter-book build book -W -n --keep-going
	@echo "Open the book: file://$(CURDIR)/book/_build/html/index.html"

test: setup lint  ## run every test: library, checkers, course tools, book, browser, and nbval on the solutions
	$(BIN)/python -m pytest -q -n auto
	$(BIN)/python -m pytest -q -n auto $(NB_TESTS) solutions

lint: setup  ## check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

lab: setup  ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

notebooks: setup  ## execute the chapters that changed; make solutions/ and notebooks/ from book/
	$(BIN)/python -m course.build

check: setup  ## check your answers: make check NB=03
	@$(BIN)/python -m course.check $(NB) $(FILE)

mine: setup  ## gather your right answers in mine/, and say where you stand [ARGS="--notebooks DIR"]
	@$(BIN)/python -m course.mine $(ARGS)

bench: setup  ## time the attention layer against its peers on this machine
	$(BIN)/python -m benchmarks.attention_layer

bench-gpu: setup  ## measure fused attention on this machine's GPU for 8 minutes; chapter 15 shows the result
	$(BIN)/python -m benchmarks.gpu_attention

release: setup  ## make a folder to hand out: make release OUT=folder [ARGS="--sealed --chapters 3"]
	@$(BIN)/python -m course.release $(OUT) $(ARGS)

grade: setup  ## grade a folder of notebooks: make grade IN=submissions OUT=results [ARGS="--chapters 3"]
	@$(BIN)/python -m course.grade $(IN) $(OUT) $(ARGS)

plan: setup  ## suggest a plan of 10 weeks, with points and minutes of every chapter [ARGS="--weeks 6"]
	@$(BIN)/python -m course.plan $(ARGS)

pretrain: setup  ## train the book's text encoder: two hours on 2 cores; go on where it stopped by the same command
	OMP_WAIT_POLICY=passive $(BIN)/python -m course.pretrain

clean:  ## remove the built book and the environment; your notebooks stay
	rm -rf book/_build book/notebooks $(VENV)
