"""The page of measurements shows what the benchmarks stored, and says so where nothing is stored."""

import html
import json
import re

import pytest

from tests.book.book_site import BOOK, site

from mha_book import measured  # isort: skip - book_site makes it importable

ROW = {
    "b": 2,
    "n": 7,
    "d_model": 12,
    "num_heads": 3,
    "limit_milliseconds": 8.125,
    "quartiles_over_limit": {"limit": [0.9, 1.0, 1.1], "ours": [0.98, 1.014, 1.2]},
    "peak_mebibytes": {"limit": 7.5, "ours": 6.0},
}
SETTING = {"date": "2026-02-03", "machine": "a machine", "threads": 1, "dtype": "float32", "clock": "wall time"}


def result(*rows):
    """Return a stored timing with these rows."""
    return SETTING | {"versions": {"torch": "9.9"}, "note": "", "rows": [ROW | row for row in rows]}


def test_a_table_has_a_row_for_each_contender_and_a_column_for_each_mask():
    forward, both = {"step": "infer", "mask": "none"}, {"step": "train", "mask": "none", "limit_milliseconds": 20.0}
    text = measured.tables(result(forward, both, {"step": "infer", "mask": "causal"}))
    assert "Measured on 2026-02-03, a machine, one thread, float32; torch 9.9." in text
    assert "2×7×12×3. Median of wall time" in text
    assert "| contender | no mask | causal |" in text
    assert "| limit | 8.12 ms / 20 ms | 8.12 ms |" in text
    assert "| ours | 1.01 / 1.01 | 1.01 |" in text
    assert "| ours | 6 / 6 | 6 |" in text


def test_a_contender_that_did_not_take_part_is_a_dash():
    more = {"quartiles_over_limit": ROW["quartiles_over_limit"] | {"packed": [1, 1, 1]}}
    text = measured.tables(result({"step": "infer", "mask": "none"}, {"step": "infer", "mask": "padding"} | more))
    assert text.count("| packed | – | 1.00 |") == 1


def test_thousands_of_milliseconds_are_written_out():
    assert "| limit | 12,346 ms |" in measured.tables(
        result({"step": "infer", "mask": "none", "limit_milliseconds": 12345.6})
    )


def scored(*rows, **sizes):
    """Return stored scores with these rows, each (task, model, seed, scores)."""
    scores = [{"task": task, "model": model, "seed": seed, **metrics} for task, model, seed, metrics in rows]
    return SETTING | {"versions": {"torch": "9.9"}, "note": "A note.", "sizes": sizes, "scores": scores}


def test_a_task_has_a_table_with_the_mean_and_the_range_over_the_seeds():
    seen = [("dates", "ours", seed, {"exact": exact, "bleu": 99.5}) for seed, exact in enumerate((0.5, 0.9, 1.0))]
    blind = [("dates", "blind", seed, {"exact": 0.0, "bleu": 4.25}) for seed in range(3)]
    text = measured.tables(scored(*seen, *blind))
    assert "one thread, float32; torch 9.9. A note." in text
    assert "Dates; 3 seeds:\n\n| model | exact | bleu |" in text
    assert "| ours | 0.800 (0.500–1.000) | 99.5 (99.5–99.5) |" in text
    assert "| blind | 0.000 (0.000–0.000) | 4.2 (4.2–4.2) |" in text


def test_each_task_has_its_own_table_and_its_own_columns():
    text = measured.tables(
        scored(("a", "m", 0, {"exact_match": 0.5}), ("b", "m", 0, {"f1": 0.25}), ("b", "n", 1, {"f1": 0.5}))
    )
    assert "A; 1 seed:\n\n| model | exact match |\n| --- | --- |\n| m | 0.500 |" in text
    assert "B; 2 seeds:\n\n| model | F1 |\n| --- | --- |\n| m | 0.250 |\n| n | 0.500 |" in text


def test_a_score_that_is_not_there_is_a_dash():
    text = measured.tables(scored(("a", "m", 0, {"x": 1.0}), ("a", "n", 0, {"x": None, "y": 0.0})))
    assert "| m | 1.000 | – |" in text
    assert "| n | – | 0.000 |" in text


def test_a_column_has_digits_by_its_largest_number():
    rows = [("a", str(seed), seed, {"share": 0.12345, "few": 2.3456, "some": 20.9, "many": 12345.6}) for seed in (0, 1)]
    assert "| 0 | 0.123 | 2.35 | 20.9 | 12,346 |" in measured.tables(scored(*rows))


def test_the_sizes_are_told_in_words():
    text = measured.tables(scored(("a", "m", 0, {"x": 1.0}), train_pairs=8000, labels=[8, 1000], model={"d_model": 64}))
    assert "Sizes: train pairs 8,000, labels 8 / 1,000, model (d_model 64)." in text


def test_a_bar_in_a_name_stays_in_its_cell():
    assert "| p(a \\| b) | 1.000 |" in measured.tables(scored(("a", "p(a | b)", 0, {"x": 1.0})))


def test_no_header_of_a_score_table_is_empty_and_all_lines_have_as_many_cells():
    text = measured.tables(scored(("a", "m", 0, {"x": 1.0}), ("a", "n", 1, {"y": 2.0}), ("b", "m", 0, {"x": 3.0})))
    for part in text.split("\n\n"):
        if part.startswith("|"):
            lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in part.splitlines()]
            assert all(lines[0])
            assert len({len(line) for line in lines}) == 1


def by_blocks(n, mask, **others):
    """Return a row as the measurement of attention block by block stores it."""
    quartiles = {"fused": [0.9, 1.0, 1.1], "blocks": [1.2, 1.25, 1.3]} | others
    held = dict.fromkeys(quartiles, 1536.25)
    return {
        "n": n,
        "mask": mask,
        "limit_milliseconds": 8.125,
        "quartiles_over_limit": quartiles,
        "extra_mebibytes": held,
    }


def test_attention_by_blocks_has_a_row_a_length_and_tables_for_time_and_memory_of_each_mask():
    rows = [by_blocks(64, "none", plain=[2, 3, 4]), by_blocks(2048, "none"), by_blocks(64, "causal")]
    text = measured.tables(SETTING | {"versions": {"torch": "9.9"}, "note": "", "rows": rows})
    assert text.count("| tokens | fused | blocks |") == 4
    assert (text.count("\n| 64 |"), text.count("\n| 2,048 |")) == (4, 2)
    assert (
        "No mask. Median of wall time, divided by that of the fused kernel:\n\n| tokens | fused | blocks | plain |"
        in text
    )
    assert "| 64 | 8.12 ms | 1.25 | 3.00 |\n| 2,048 | 8.12 ms | 1.25 | – |" in text
    assert "| 64 | 1,536.2 | 1,536.2 | 1,536.2 |\n| 2,048 | 1,536.2 | 1,536.2 | – |" in text
    assert "Causal. The most memory held at once beyond the output, in MiB:\n\n| tokens | fused | blocks |" in text


def test_a_quick_measurement_of_blocks_never_stands_for_the_full_one():
    assert "quick" not in measured.newest("blockwise").stem


def test_the_newest_result_is_taken_and_quick_ones_never(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "RESULTS", tmp_path)
    for name in ("layer_2026-09-30", "layer_2026-10-01", "layer_quick_2026-12-01", "layer_2_2026-12-02"):
        (tmp_path / f"{name}.json").write_text("{}")
    assert measured.newest("layer").stem == "layer_2026-10-01"
    assert measured.newest("stack") is None


def named():
    """Return the names of the results that the page asks for, in order."""
    return re.findall(r"(?m)^```\{measured\} (\S+)$", (BOOK / "measurements.md").read_text("utf-8"))


def test_the_page_asks_for_every_measurement_of_a_chapter():
    wanted = {"parity", "attention_layer_1_thread", "encoder_stack_1_thread", "blockwise"}
    assert wanted | {"translation", "bert", "gpt", "text_to_text", "generation"} <= set(named())


@pytest.mark.parametrize("name", named())
def test_every_table_of_the_page_has_its_measurement_or_says_that_there_is_none(name):
    path = measured.newest(name)
    page = html.unescape((site() / "measurements.html").read_text("utf-8"))
    if path is None:
        assert f"Nothing is stored under the name {name} yet" in page
    else:
        stored = json.loads(path.read_text("utf-8"))
        assert f"Measured on {stored['date']}, {stored['machine']}" in page


@pytest.mark.parametrize("name", named())
def test_whatever_is_stored_can_be_laid_out(name):
    path = measured.newest(name)
    text = measured.NONE if path is None else measured.tables(json.loads(path.read_text("utf-8")))
    assert path is None or text.count("\n| --- |") >= 1
