"""The page of measurements shows what the benchmarks stored, and says so where nothing is stored."""

import json

import pytest

from tests.book_site import site

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


def test_the_newest_result_is_taken_and_quick_ones_never(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "RESULTS", tmp_path)
    for name in ("layer_2026-09-30", "layer_2026-10-01", "layer_quick_2026-12-01", "layer_2_2026-12-02"):
        (tmp_path / f"{name}.json").write_text("{}")
    assert measured.newest("layer").stem == "layer_2026-10-01"
    assert measured.newest("stack") is None


@pytest.mark.parametrize("name", ["parity", "attention_layer_1_thread", "encoder_stack_1_thread"])
def test_every_table_of_the_page_has_its_measurement(name):
    stored = json.loads(measured.newest(name).read_text("utf-8"))
    page = (site() / "measurements.html").read_text("utf-8")
    assert f"Measured on {stored['date']}, {stored['machine']}" in page
