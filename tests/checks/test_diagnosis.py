"""The checker's manners: whatever a learner's function does, it gets words."""

import subprocess
import sys
import time

import numpy as np
import pytest

import mha_lib as mha
from mha_lib import checks
from mha_lib.diagnosis import broken, predictions, run
from mha_lib.diagnosis.compare import fault
from mha_lib.diagnosis.exercise import Probe


def verdict(function, exercise_id="attention_weights"):
    return checks.verdict(exercise_id, function)


def right(q, k):
    return mha.attention_weights(q, k)


def test_a_function_that_prints_and_warns_is_still_right(capsys):
    def noisy(q, k):
        print("hello")
        np.log(np.zeros(1))
        return right(q, k)

    assert verdict(noisy).status == "right"
    assert capsys.readouterr() == ("", "")


def test_a_function_that_changes_its_input_is_told_so_though_its_answer_is_right():
    def greedy(q, k):
        answer = right(q, k)
        q *= 0
        return answer

    found = verdict(greedy)
    assert (found.status, found.mistakes) == ("wrong", ("changes its input",))
    assert "changed the array" in found.message


def test_a_probe_is_the_same_for_the_next_function_after_one_that_changed_it():
    def greedy(q, k):
        q += 1
        return right(q, k)

    verdict(greedy)
    assert verdict(right).status == "right"


def test_an_exception_is_told_with_the_line_it_came_from():
    def typo(q, k):
        return q @ key  # noqa: F821

    found = verdict(typo)
    assert found.status == "error"
    assert "NameError: name 'key' is not defined" in found.message
    assert "return q @ key" in found.message
    assert "Traceback" not in found.message


@pytest.mark.parametrize("error", [SystemExit, MemoryError, GeneratorExit, Exception])
def test_no_exception_of_the_learner_gets_out(error):
    def stops(q, k):
        raise error

    assert verdict(stops).status == "error"


def test_the_learners_own_interrupt_gets_out():
    def interrupted(q, k):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict(interrupted)


def test_endless_recursion_is_told_in_words():
    def endless(q, k):
        return endless(q, k)

    found = verdict(endless)
    assert found.status == "error"
    assert "calls itself without end" in found.message


@pytest.mark.skipif(not hasattr(run.signal, "setitimer"), reason="needs POSIX: nothing else can interrupt a function")
def test_an_endless_loop_is_stopped_once_and_told_in_words(monkeypatch):
    monkeypatch.setattr(run, "SECONDS", 0.2)
    started = time.monotonic()

    def endless(q, k):
        while True:
            pass

    found = verdict(endless)
    assert found.status == "error"
    assert "did not return within" in found.message
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "returns None. Does it end in a return?"),
        ([[0.5, 0.5]], "you return a list; needed is a NumPy array"),
        ("weights", "you return a str; needed is a NumPy array"),
        (1.0, "you return a float; needed is a NumPy array"),
        (np.array([["a"]]), "you return an array of dtype <U1"),
        (np.ones((1, 2), dtype=int), "you return integers; needed are floats"),
        (np.ones((2, 1)), "you return shape (2, 1); here the answer has shape (1, 2)"),
        (np.full((1, 2), np.nan), "[[nan, nan]]"),
    ],
)
def test_a_wrong_type_shape_or_nan_is_told_in_words(value, says):
    found = verdict(lambda q, k: value)
    assert found.status == "wrong"
    assert says in found.message


def test_an_array_of_objects_or_a_lazy_object_does_not_break_the_checker():
    class Strange:
        def __array__(self, *args, **kwargs):
            raise RuntimeError

        def __eq__(self, other):
            raise RuntimeError

    assert verdict(lambda q, k: Strange()).status == "wrong"
    assert verdict(lambda q, k: np.array([None, "a"], dtype=object)).status == "wrong"


def test_two_mistakes_at_once_are_both_named():
    def both(q, k):
        scores = q @ np.swapaxes(k, -1, -2)
        exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return exponentials / exponentials.sum(axis=-2, keepdims=True)

    def both_as_edits(q, k):
        scores = q @ np.swapaxes(k, -1, -2)
        exponentials = np.exp(scores - scores.max(axis=-2, keepdims=True))
        return exponentials / exponentials.sum(axis=-2, keepdims=True)

    assert verdict(both_as_edits).mistakes == ("no scale", "softmax over the queries")
    assert verdict(both).status == "wrong"


def test_an_unknown_mistake_is_answered_with_what_holds_and_what_does_not():
    found = verdict(lambda q, k: 0.9 * right(q, k))
    assert found.mistakes == ()
    assert "What holds: no weight is negative." in found.message
    assert "What should hold and does not: each row sums to 1." in found.message


def test_the_input_shown_is_short_enough_to_follow():
    found = verdict(lambda q, k: right(q, k) ** 2)
    assert found.message.splitlines()[1] == "On the worked example:"


def test_something_that_is_no_function_is_told_so():
    assert "must be a function, but this is a float" in verdict(1.0).message


def test_a_right_answer_gets_one_line(capsys):
    checks.check("attention_weights", right)
    out = capsys.readouterr().out
    assert out.startswith("Right. attention_weights passes 6 checks, among them")
    assert out.count("\n") == 1


def test_check_takes_the_exercise_from_the_functions_name(capsys):
    def attention_weights(q, k):
        return right(q, k)

    checks.check(attention_weights)
    assert capsys.readouterr().out.startswith("Right.")


def test_check_without_a_name_says_what_to_write():
    with pytest.raises(ValueError, match="pass its id first"):
        checks.check(3)
    with pytest.raises(TypeError, match="got 0 arguments"):
        checks.check()


def test_an_unknown_exercise_is_answered_with_the_nearest_names():
    with pytest.raises(ValueError, match=r"no exercise is called 'atention'; did you mean attention"):
        checks.verdict("atention", right)


def test_hints_come_one_at_a_time_and_end(monkeypatch):
    monkeypatch.setattr(checks, "_hints_given", {})
    given = [checks.hint("attention") for _ in range(4)]
    assert [line[:9] for line in given[:3]] == ["Hint 1 of", "Hint 2 of", "Hint 3 of"]
    assert given[3].startswith("That was the last hint")
    assert repr(given[0]) == str(given[0])


def test_a_seed_changes_the_inputs_and_its_absence_does_not():
    exercise = checks._find("attention_weights")
    first, again, other = (exercise.probes(np.random.default_rng(seed))[1].args[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_edit_that_no_longer_fits_is_an_error():
    with pytest.raises(LookupError, match="has no 'nonsense' to replace"):
        broken.edited(right, (("nonsense", "more"),), "a mistake")


def test_a_broken_version_can_show_its_source():
    mistake = next(m for m in checks.mistakes("attention_scores") if m.name == "no scale")
    assert mistake.source().endswith("return q @ np.swapaxes(k, -1, -2)\n")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: 5, "is not finite|stops with"),
        (lambda: (np.ones((2, 3)), np.ones((2, 4)), np.ones((2, 3))), "the right attention stops with ValueError"),
        (lambda: (np.full((1, 2), np.nan), np.ones((3, 2)), np.ones((3, 2))), "is not finite"),
    ],
)
def test_an_input_that_the_right_function_fails_on_proves_nothing(answer, says):
    found = verdict(answer, "expose_attention")
    assert found.status == "wrong"
    assert any(part in found.message for part in says.split("|"))


def test_an_input_function_that_raises_gets_words():
    assert verdict(lambda: 1 / 0, "expose_attention").status == "error"


def test_infinite_numbers_where_finite_ones_belong_are_a_fault_of_their_own():
    assert fault(np.ones(2), np.array([1.0, np.inf]), 1e-6, 1e-9) == "nan"
    assert fault(np.ones(2), np.array([1.0, 1.1]), 1e-6, 1e-9) == "value"
    assert fault(np.ones(2), np.array([1.0, 1 + 1e-8]), 1e-6, 1e-9) is None
    assert fault(np.float64(1), 1.0, 1e-6, 1e-9) is None


def test_a_probe_counts_the_numbers_to_look_at():
    assert Probe("nested", (np.ones((2, 3)), [np.ones(4), "text"]), {"mask": np.ones(1)}).size() == 11


def test_a_prediction_is_kept_and_compared(capsys, monkeypatch):
    monkeypatch.setattr(predictions, "_predictions", {})
    checks.predict("colour", ...)
    checks.compare("colour", "blue")
    checks.predict("colour", "Blue")
    checks.compare("colour", "blue")
    checks.predict("size", 64)
    checks.compare("size", 8)
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "Write your prediction in this cell first. A wrong one teaches more than none.",
        "It is: blue. (You made no prediction.)",
        "You predict: Blue. Read on and see.",
        "As you predicted: blue.",
        "You predict: 64. Read on and see.",
        "You predicted: 64. It is: 8.",
    ]
    assert checks.predictions() == {"colour": "Blue", "size": 64}


@pytest.mark.parametrize(
    ("prediction", "actual", "same"),
    [("Five ", "five", True), (8, 8.03, True), (8, 8.2, False), ((3, 5), (3, 5), True), ((3, 5), (5, 3), False)],
)
def test_predictions_agree_but_for_case_and_one_percent(prediction, actual, same):
    assert predictions.agrees(prediction, actual) is same


def test_checking_a_numpy_exercise_imports_no_torch():
    code = (
        "import sys; from mha_lib import checks; checks.verdict('num_projection_parameters', len); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
