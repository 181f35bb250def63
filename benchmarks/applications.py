"""Scores of chapter 21 over seeds: every study of the chapter beside its baselines, run from the chapter's own cells.

Run `python -m benchmarks.applications` from the checkout; it takes about two minutes on one thread. The cells are run
as they stand in the text, with another SEED: what is stored cannot differ from what the chapter does.
"""

import argparse

from benchmarks.timing import setting, store
from course.build.chapter import parse
from course.notebook.cells import role, tags
from course.project import ROOT, find

NOTE = "Trained and scored on examples that are apart; every seed has data of its own, and a deal of the patients."
SEED_LINE = "SEED = 0"


def cells():
    """Return the code of the chapter up to its ledger: no exercises, no figures, nothing that shows stored results."""
    found = [cell for cell in parse(find(ROOT, "21")).cells if cell.cell_type == "code"]
    end = next(i for i, cell in enumerate(found) if "ledger.table()" in cell.source)
    return [cell.source for cell in found[:end] if not role(cell) and "alt" not in cell.metadata and not tags(cell)]


def ledger_of(seed):
    """Return the ledger of the whole chapter, run from a seed."""
    names = {"__name__": "chapter"}
    for source in cells():
        exec(source.replace(SEED_LINE, f"SEED = {seed}"), names)
    return names["ledger"]


def main():
    """Run the chapter for each seed, and store the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    ledgers = [ledger_of(seed) for seed in seeds]
    verdicts = {}
    for ledger in ledgers:
        for entry in ledger.entries:
            verdicts.setdefault(entry.study, []).append(entry.verdict.word)
    scores = [row for seed, ledger in zip(seeds, ledgers, strict=True) for row in ledger.rows(seed)]
    result = {"sizes": {"studies": len(verdicts)}, "verdicts": verdicts, "scores": scores}
    store("applications", setting(len(seeds), NOTE) | result)


if __name__ == "__main__":
    main()
