"""The GPU benchmark, rehearsed: the same code with tiny sizes on a processor; and its arithmetic."""

import json
import time
import warnings

import pytest
import torch

from benchmarks import gpu_attention
from benchmarks.gpu import cases, equality, measure, training, variants
from mha_lib.gpu import measurements as gpu
from mha_lib.gpu import timing as gpu_timing


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """Return the folder and the result of one rehearsal."""
    folder = tmp_path_factory.mktemp("results")
    gpu_attention.main(["--device", "cpu", "--minutes", "2", "--out", str(folder)])
    (path,) = folder.glob("gpu_attention_*_rehearsal.json")
    return folder, json.loads(path.read_text("utf-8"))


def test_a_rehearsal_is_stored_whole_and_never_taken_for_a_measurement(rehearsal):
    folder, result = rehearsal
    (path,) = folder.iterdir()
    assert gpu.read_measurement(path)["device"] == "cpu"
    assert gpu.newest_measurement(folder) is None
    assert result["left_out"] == []
    assert (result["card"][:6], result["driver"]) == ("no GPU", None)


def test_every_variant_has_a_row_in_every_case_with_a_time_or_a_reason(rehearsal):
    rows = rehearsal[1]["rows"]
    assert len(rows) == len(cases.tiny_cases()) * len(variants.variants())
    assert all((row["milliseconds"] is None) == bool(row["refused"]) for row in rows)
    ran = {row["variant"] for row in rows if row["milliseconds"]}
    assert {"naive", "naive, compiled", "SDPA default", "SDPA math", "SDPA flash", "FlexAttention"} <= ran
    refused = {row["variant"]: row["refused"] for row in rows if row["refused"]}
    assert "No viable backend" in refused["SDPA cuDNN"]


def test_every_variant_was_compared_with_float64_before(rehearsal):
    rows = rehearsal[1]["equality"]
    assert {row["variant"] for row in rows} == set(variants.variants())
    assert all(row["refused"] or row["error"] <= row["allowed"] for row in rows)
    assert {"ours, Triton", "naive", "SDPA math"} <= {row["variant"] for row in rows if not row["refused"]}


def test_shares_are_of_the_product_of_the_same_run(rehearsal):
    result = rehearsal[1]
    row = next(row for row in result["rows"] if row["milliseconds"] and row["dtype"] == "float32")
    assert row["share_of_product"] == pytest.approx(row["tflops"] / result["product_tflops"]["float32"])


def test_both_kinds_of_training_step_were_taken(rehearsal):
    assert {row["variant"] for row in rehearsal[1]["training"] if row["milliseconds"]} == {"naive", "fused"}


def test_a_wrong_variant_stops_the_benchmark():
    case = cases.Case("both", "float32", 2, 2, 5, 7, 16)
    wrong = {"wrong": lambda case, device: lambda q, k, v: 1.01 * gpu_timing.naive_attention(q, k, v)}
    with pytest.raises(AssertionError, match=r"wrong is .* from float64"):
        equality.check(case, wrong, "cpu")


def test_an_output_that_is_never_written_is_infinitely_far_off():
    assert equality.distance(torch.tensor([1.0, float("nan")]), torch.ones(2).double()) == float("inf")


def test_when_time_is_up_the_rest_is_named_as_left_out():
    rows, left_out = gpu_attention.sweep({"naive": variants.naive}, "cpu", {}, end=time.monotonic() - 1)
    assert rows == []
    assert [row["n"] for row in left_out] == [case.n for case in cases.tiny_cases()]


def test_operations_are_counted_as_in_the_papers():
    case = cases.Case("forward", "bfloat16", 2, 3, 8, 8, 16)
    assert case.operations() == 4 * 2 * 3 * 8 * 8 * 16
    assert cases.Case("both", "bfloat16", 2, 3, 8, 8, 16, is_causal=True).operations() == 3.5 / 2 * case.operations()
    assert cases.Case("forward", "bfloat16", 2, 3, 8, 8, 16, padded=True).operations() == 0.75 * case.operations()


def test_the_real_cases_cover_what_the_chapter_needs_the_most_important_first():
    real = cases.real_cases()
    assert len(set(real)) == len(real)
    assert {case.n for case in real} >= {2**power for power in range(9, 17)}
    wanted = [
        (s, t, d, c) for s in ("forward", "both") for t in ("bfloat16", "float16") for d in (64, 128) for c in (0, 1)
    ]
    assert {(case.step, case.dtype, case.d, case.is_causal) for case in real} >= set(wanted)
    assert any(case.queries == 1 for case in real)
    assert any(case.padded for case in real)
    assert (real[0].step, real[0].d, real[0].dtype) == ("forward", 128, "bfloat16")


def test_running_out_of_memory_is_a_result():
    def greedy():
        raise torch.OutOfMemoryError("tried to allocate")

    assert gpu_timing.attempt(greedy) == (None, "out of memory")
    assert gpu_timing.attempt(lambda: 3) == (3, None)


def test_a_refusal_carries_the_reason_that_was_warned():
    def refusing():
        warnings.warn("heads are too wide", stacklevel=1)
        raise RuntimeError("no kernel\nlong trace")

    assert gpu_timing.attempt(refusing) == (None, "RuntimeError: no kernel; heads are too wide")


def test_laps_take_inputs_in_turn_after_warm_up():
    seen = []
    laps = gpu_timing.lap_times(lambda x: seen.append(int(x)), [(torch.tensor(i),) for i in range(3)], 5, warm_up=2)
    assert seen == [0, 1, 0, 1, 2, 0, 1]
    assert len(laps) == 5
    with pytest.raises(ValueError, match="at least 1 repeat"):
        gpu_timing.lap_times(lambda x: x, [], 5)


def test_short_calls_are_repeated_more_often_than_long_ones():
    assert measure.repeats_for(1e-6, seconds=0.3) == measure.MOST
    assert measure.repeats_for(10.0, seconds=0.3) == measure.FEWEST
    assert measure.repeats_for(0.02, seconds=0.3) == 15


def test_the_longest_sequence_is_looked_for_between_the_last_that_fitted_and_the_first_that_did_not(monkeypatch):
    def fake(kind, n, sizes, device):
        return {"variant": kind, "n": n, "milliseconds": 1.0, "refused": "out of memory" if n > 700 else None}

    monkeypatch.setattr(training, "measure", fake)
    rows = training.longest("naive", {}, "cpu", 128, 10**6, seconds=60)
    assert [row["n"] for row in rows] == [128, 256, 512, 1024, 768, 640, 704]
    assert gpu.longest_sequences({"training": rows}) == {"naive": 640}


def test_without_a_gpu_the_benchmark_says_how_to_rehearse(capsys):
    if torch.cuda.is_available():
        pytest.skip("needs a machine without a GPU")
    with pytest.raises(SystemExit):
        gpu_attention.main([])
    assert "--device cpu rehearses" in capsys.readouterr().err


def test_a_longer_sequence_is_not_begun_where_the_time_will_not_do(monkeypatch):
    def slow(kind, n, sizes, device):
        return {"variant": kind, "n": n, "milliseconds": 1000.0, "refused": None}

    monkeypatch.setattr(training, "measure", slow)
    assert [row["n"] for row in training.longest("fused", {}, "cpu", 128, 10**6, seconds=20)] == [128]
