"""Chapter 15 without a GPU: roofline times, one program, split keys, the simulated card, and the reader of results.

The measurements here are made up, clearly so, and live only in a test's temporary folder.
"""

import json

import numpy as np
import pytest

import mha_lib as mha
from mha_lib import plots
from mha_lib.gpu import measurements as gpu

LENGTHS = (512, 4096, 32768)


def made_up_row(variant, n, milliseconds, d=128):
    """Return a row of a measurement that nobody made; without milliseconds it ran out of memory."""
    case = {"step": "forward", "dtype": "bfloat16", "b": 1, "h": 2, "queries": n, "n": n, "d": d}
    empty = milliseconds is None
    measured = {"milliseconds": milliseconds, "quartiles": None, "repeats": None, "peak_mib": None if empty else n / 8}
    rate = {"tflops": None, "share_of_product": None} if empty else {"tflops": 3.0, "share_of_product": 0.5}
    refused = "out of memory" if empty else None
    return {"variant": variant, **case, "is_causal": False, "padded": False, **measured, **rate, "refused": refused}


def made_up(date="1999-01-01", device="cuda"):
    """Return a whole measurement that nobody made."""
    times = {"naive": (4.0, 40.0, None), "SDPA flash": (2.0, 10.0, 50.0), "ours, Triton": (1.0, 20.0, 60.0)}
    rows = [made_up_row(name, *point) for name in times for point in zip(LENGTHS, times[name], strict=True)]
    training = [("naive", 512, None), ("naive", 1024, "out of memory"), ("fused", 512, None), ("fused", 4096, None)]
    return {
        **{"schema": 1, "benchmark": "gpu_attention", "date": date, "device": device, "card": "Imaginary 1"},
        **{"driver": "0.0", "versions": {"torch": "0"}, "minutes": 1, "equality": [], "left_out": []},
        **{"product_tflops": {"bfloat16": 6.0}, "copy_gb_s": 0.1, "rows": rows[::-1]},
        "training": [{"variant": v, "n": n, "refused": refused} for v, n, refused in training],
    }


def store(folder, measurement, name=None):
    path = folder / f"gpu_attention_{name or measurement['date']}.json"
    path.write_text(json.dumps(measurement), "utf-8")
    return path


def test_kernels_wait_for_the_slower_limit_and_for_each_other():
    operations, num_bytes = [6.0, 1.0, 0.0], [1.0, 8.0, 2.0]
    expected = sum(max(o / 3, m / 2) + 0.25 for o, m in zip(operations, num_bytes, strict=True))
    assert mha.least_time(operations, num_bytes, peak=3.0, bandwidth=2.0, launch=0.25) == expected


@pytest.mark.parametrize(("num_queries", "num_keys"), [(7, 7), (3, 10), (9, 4)])
@pytest.mark.parametrize(("block_q", "block_k"), [(2, 3), (4, 2), (16, 16), (1, 1)])
def test_the_programs_together_are_causal_attention(num_queries, num_keys, block_q, block_k):
    rng = np.random.default_rng(15)
    q, k, v = (rng.normal(0, 1.5, (rows, width)) for rows, width in ((num_queries, 4), (num_keys, 4), (num_keys, 3)))
    numbers = range(-(-num_queries // block_q))
    written = np.concatenate([mha.run_program(number, q, k, v, block_q, block_k) for number in numbers])
    expected = mha.attention(q, k, v, mha.causal_mask(num_queries, num_keys))
    np.testing.assert_allclose(written, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shift", [0.0, 3000.0, -3000.0])
def test_split_keys_combine_to_attention_over_all(shift):
    rng = np.random.default_rng(15)
    q, k, v = (rng.normal(0, 1.5, (2, rows, 5)) for rows in (3, 11, 11))
    q, k = (np.concatenate([x, np.full((*x.shape[:2], 1), one)], -1) for x, one in ((q, 1.0), (k, shift)))
    mask = rng.random((2, 3, 11)) < 0.5
    mask[0, 1] = False
    cuts = [(0, 2), (2, 3), (3, 11)]
    parts = [mha.blockwise_attention_with_logsumexp(q, k[:, a:b], v[:, a:b], mask[..., a:b]) for a, b in cuts]
    outputs, log_sum_exps = (np.stack(part) for part in zip(*parts, strict=True))
    combined = mha.combine_partials(outputs, log_sum_exps)
    np.testing.assert_allclose(combined, mha.attention(q, k, v, mask), rtol=1e-9, atol=1e-9)
    assert not combined[0, 1].any()


def test_an_honest_median_is_the_kernels_own_time():
    inputs = [np.array([1.0]), np.array([2.0]), np.array([3.0])]
    card = gpu.SimulatedCard(seconds=2.0, compile_seconds=50.0, hiccup=9.0, enqueue=0.0)
    assert mha.median_seconds(card, inputs, repeats=7) == 2.0


def test_a_launch_returns_before_the_kernel_has_run():
    card = gpu.SimulatedCard(seconds=2.0, compile_seconds=0.0, enqueue=0.5)
    card.launch(np.ones(1))
    card.launch(np.ones(2))
    assert card.now() == 1.0
    card.synchronize()
    assert card.now() == 4.5


def test_the_source_of_a_kernel_is_the_files_own():
    source = gpu.kernel_source("attend_rows")
    assert source.startswith("@triton.jit\ndef attend_rows(")
    assert source.endswith("return maximum, normaliser, accumulator")
    with pytest.raises(ValueError, match="no function 'nothing'"):
        gpu.kernel_source("nothing")


def test_without_a_measurement_the_page_says_so(tmp_path):
    assert gpu.newest_measurement(tmp_path) is None
    assert "No measurement" in gpu.describe(None)
    assert [ax.texts[0].get_text() for ax in plots.show_measured(None)] == ["no GPU measured yet"] * 2
    assert plots.show_measured_roofline(None, 8192).texts[0].get_text() == "no GPU measured yet"


def test_the_newest_measurement_of_a_gpu_is_read_and_rehearsals_are_not(tmp_path):
    store(tmp_path, made_up("2001-01-01"))
    store(tmp_path, made_up("2003-01-01"))
    store(tmp_path, made_up("2004-01-01", device="cpu"), "2004-01-01_rehearsal")
    measurement = gpu.newest_measurement(tmp_path)
    assert measurement["date"] == "2003-01-01"
    assert "2003-01-01 on one Imaginary 1 (driver 0.0; torch 0)" in gpu.describe(measurement)


@pytest.mark.parametrize(("spoil", "said"), [("rows", "has no rows"), ("driver", "has no driver")])
def test_a_file_that_lacks_a_part_is_refused_by_its_name(tmp_path, spoil, said):
    measurement = made_up()
    del measurement[spoil]
    path = store(tmp_path, measurement)
    with pytest.raises(ValueError, match=f"{path.name} {said}"):
        gpu.newest_measurement(tmp_path)


def test_a_row_that_lacks_a_part_another_schema_and_no_json_are_refused(tmp_path):
    measurement = made_up()
    del measurement["rows"][2]["tflops"]
    with pytest.raises(ValueError, match="row 2 has no tflops"):
        gpu.read_measurement(store(tmp_path, measurement))
    with pytest.raises(ValueError, match="schema 7"):
        gpu.read_measurement(store(tmp_path, made_up() | {"schema": 7}))
    (tmp_path / "gpu_attention_x.json").write_text("{")
    with pytest.raises(ValueError, match="not JSON"):
        gpu.read_measurement(tmp_path / "gpu_attention_x.json")


def test_a_series_runs_from_short_to_long_and_has_nan_where_refused():
    lengths, values = gpu.series(made_up(), "milliseconds", d=128)["naive"]
    assert lengths.tolist() == list(LENGTHS)
    np.testing.assert_array_equal(values, [4.0, 40.0, np.nan])
    assert gpu.series(made_up(), "milliseconds", d=64) == {}
    assert gpu.out_of_memory(made_up(), d=128) == {"naive": 32768}


def test_speed_ups_are_ratios_to_naive_where_both_ran():
    ratios = gpu.speed_ups(made_up(), d=128)
    assert ratios["SDPA flash"] == {512: 2.0, 4096: 4.0}
    assert ratios["naive"] == {512: 1.0, 4096: 1.0}
    table = gpu.speed_up_table(made_up(), [512, 4096, 32768], d=128).splitlines()
    assert "| SDPA flash | 2.0 | 4.0 | – |" in table


def test_a_fused_kernel_lies_further_right_under_the_roof():
    points = gpu.roofline_points(made_up(), 4096, d=128)
    assert points["ours, Triton"][0] > 3 * points["naive"][0]
    assert points["naive"][1] == 3e12
    assert set(gpu.roofline_points(made_up(), 32768, d=128)) == {"SDPA flash", "ours, Triton"}


def test_the_longest_sequence_is_one_that_fitted():
    assert gpu.longest_sequences(made_up()) == {"naive": 512, "fused": 4096}


def test_the_figures_show_every_variant_and_the_length_that_did_not_fit():
    row = plots.show_measured(made_up(), d=128)
    named = {text.get_text() for text in row[0].get_legend().get_texts()}
    assert named == {"naive", "SDPA flash", "ours, Triton"}
    for ax in row:
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
        assert [text.get_text() for text in ax.texts] == ["naive: out of memory"]
        assert any(line.get_marker() == "x" and line.get_xdata()[0] == 32768 for line in ax.lines)


def test_points_lie_under_the_roof_of_their_own_run():
    ax = plots.show_measured_roofline(made_up(), 4096, dtype="bfloat16", d=128)
    roof = ax.lines[0]
    assert max(roof.get_ydata()) == 6.0
    assert {line.get_label() for line in ax.lines[1:4]} == {"naive", "SDPA flash", "ours, Triton"}


def test_matrices_have_thick_arrows():
    ax = plots.show_kernels({"a": (["x"], ["s!"]), "b": (["s!"], ["y"])})
    widths = [text.arrow_patch.get_linewidth() for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert sorted(widths) == [1.2, 1.2, 3.5, 3.5]
    assert "s" in [text.get_text() for text in ax.texts]
