"""The two tasks of chapter 7, and the model of its page that learns them with any scheme."""

import numpy as np
import pytest

import mha_lib as mha

torch = pytest.importorskip("torch")

from mha_lib.nn import Alibi, RelativeBias, Rotary  # noqa: E402
from mha_lib.positions import lag_tasks  # noqa: E402
from tests.support.on_page import defined_on  # noqa: E402

PAGE = defined_on(7, rotate=mha.rotate, alibi_bias=mha.alibi_bias)
LagModel = PAGE["LagModel"]
MAKERS = {
    "none": LagModel,
    "sinusoidal": lambda: LagModel(codes=mha.sinusoidal_positions(64, 32)),
    "learned": lambda: LagModel(learned=True),
    "relative bias": lambda: LagModel(positions=RelativeBias(4, num_buckets=16, max_distance=16)),
    "rotary": lambda: LagModel(positions=PAGE["Turned"](8)),
    "ALiBi": lambda: LagModel(positions=PAGE["Penalty"]()),
}


@pytest.fixture(scope="module")
def rotary():
    return lag_tasks.fitted(MAKERS["rotary"](), lag_tasks.three_back)


def test_the_pages_rotation_is_the_librarys():
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 4, 5, 8)).astype("float32"))
    for start in (0, 7):
        torch.testing.assert_close(PAGE["Turned"](8).turn(x, start), Rotary(8).turn(x, start))


@pytest.mark.parametrize(("num_queries", "num_keys"), [(5, 5), (2, 6)])
def test_the_pages_penalty_is_the_librarys(num_queries, num_keys):
    expected = Alibi(4).bias(num_queries, num_keys)
    torch.testing.assert_close(PAGE["Penalty"]().bias(num_queries, num_keys), expected)


def test_the_answers_of_a_task_never_lie_in_the_future():
    for task in (lag_tasks.three_back, lag_tasks.last_letter):
        tokens, answers = task(np.random.default_rng(0), 50, 20)
        for row, wanted in zip(tokens, answers, strict=True):
            assert all(answer in (lag_tasks.NO_ANSWER, *row[: i + 1]) for i, answer in enumerate(wanted))


def test_the_last_letter_equals_the_loop():
    tokens, answers = lag_tasks.last_letter(np.random.default_rng(1), 20, 30)
    for row, wanted in zip(tokens, answers, strict=True):
        seen = None
        for token, answer in zip(row, wanted, strict=True):
            seen = seen if token == lag_tasks.BLANK else token
            assert answer == seen


@pytest.mark.parametrize("scheme", MAKERS)
def test_no_model_reads_the_future(scheme):
    torch.manual_seed(0)
    model, tokens = MAKERS[scheme](), torch.arange(12)[None] % 8
    changed = tokens.clone()
    changed[0, 8:] = 3
    torch.testing.assert_close(model(changed)[:, :8], model(tokens)[:, :8])
    assert not torch.allclose(model(changed)[:, 8:], model(tokens)[:, 8:])


@pytest.mark.parametrize("scheme", ["sinusoidal", "learned"])
def test_codes_are_added_to_the_tokens(scheme):
    torch.manual_seed(0)
    model = MAKERS[scheme]()
    torch.nn.init.normal_(model.codes)
    same = model(torch.zeros(1, 5, dtype=torch.long))[0]
    assert (same[1:] - same[0]).abs().amax(1).min() > 0.01
    assert model.codes.requires_grad == (scheme == "learned")


def test_accuracy_counts_the_last_half():
    class Copies(torch.nn.Module):
        def forward(self, tokens, mask):
            return torch.nn.functional.one_hot(tokens.clamp(max=7), 8).double()

    tokens, answers = lag_tasks.last_letter(np.random.default_rng(1), 200, 16)
    expected = (tokens.clip(max=7) == answers)[:, 8:].mean()
    assert lag_tasks.accuracy(Copies(), lag_tasks.last_letter, 16) == pytest.approx(expected)


def test_one_training_from_one_seed_is_one_model():
    made = [lag_tasks.fitted(MAKERS["rotary"](), lag_tasks.three_back, seed, num_steps=3) for seed in (4, 4, 5)]
    one, same, other = (model.read.weight for model in made)
    torch.testing.assert_close(one, same)
    assert not torch.allclose(one, other)


def test_the_number_of_threads_is_left_as_it_was():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with pytest.raises(ZeroDivisionError), lag_tasks.one_thread():
        raise ZeroDivisionError
    after = torch.get_num_threads()
    torch.set_num_threads(before)
    assert after == 2


def test_a_short_training_finds_the_exact_lag_with_rotary_and_not_with_alibi(rotary):
    alibi = lag_tasks.fitted(MAKERS["ALiBi"](), lag_tasks.three_back)
    assert lag_tasks.accuracy(rotary, lag_tasks.three_back, 16) > 0.9
    assert lag_tasks.accuracy(alibi, lag_tasks.three_back, 16) < 0.5


def test_what_spoils_the_exact_lag_for_rotary_is_the_far_keys_and_not_their_number(rotary):
    steps = torch.arange(64)[:, None] - torch.arange(64)

    def right(kept):
        return lag_tasks.accuracy(rotary, lag_tasks.three_back, 64, mask=kept)

    assert right(steps < 32) > 0.8
    assert right((steps < 4) | ((steps >= 16) & (steps < 32))) > 0.8
    assert right((steps < 4) | (steps >= 32)) < 0.5
    assert right(steps < 64) < 0.5


def test_a_mask_hides_in_addition_to_the_future():
    torch.manual_seed(0)
    model, tokens = MAKERS["rotary"](), torch.arange(12)[None] % 8
    torch.testing.assert_close(model(tokens, torch.ones(12, 12, dtype=torch.bool)), model(tokens))
    itself = model(tokens, torch.eye(12, dtype=torch.bool))
    torch.testing.assert_close(itself[:, 8:], itself[:, :4])  # tokens 8 to 11 are tokens 0 to 3 again
