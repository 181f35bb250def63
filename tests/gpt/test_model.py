"""gpt.model: a causal model of the next token, its loss, and the text that chapter 12 trains it on."""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mha_lib import plots
from mha_lib.gpt import topics
from mha_lib.gpt.model import GPT, next_token_loss, scorer, text_loss, windows
from mha_lib.training import loop as training
from mha_lib.translation import decoding
from tests.support.shaken import shaken

SIZES = {"vocab_size": 13, "d_model": 12, "num_heads": 3, "d_ff": 20, "num_layers": 2}
KINDS = ({"positions": "rotary"}, {"positions": "learned", "max_len": 9})


def gpt(**settings):
    """Return a GPT in float64 and eval mode, every parameter shaken."""
    return shaken(GPT(**SIZES, **settings).eval())


def some_tokens(b=2, n=7):
    return torch.from_numpy(np.random.default_rng(4).integers(0, 13, (b, n)))


def surprises(scores, tokens, pad):
    """Return -ln p of every token that is to be predicted and not padding, by loops."""
    found = []
    for row, sequence in zip(scores.tolist(), tokens.tolist(), strict=True):
        for t, token in enumerate(sequence[1:]):
            if token != pad:
                found.append(math.log(sum(math.exp(score) for score in row[t])) - row[t][token])
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_scores_what_its_prefix_alone_would(kind):
    model, tokens = gpt(**kind), some_tokens()
    scores = model(tokens)
    assert scores.shape == (2, 7, 13)
    for t in range(1, 8):
        torch.testing.assert_close(model(tokens[:, :t])[:, -1], scores[:, t - 1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_past_matters(kind):
    model, tokens = gpt(**kind), some_tokens()
    swapped = tokens[:, [1, 0, 2, 3, 4, 5, 6]]
    assert (model(tokens)[:, -1] - model(swapped)[:, -1]).abs().max() > 1e-3


def test_the_head_is_the_embedding_itself():
    model = gpt()
    num_numbers = sum(parameter.numel() for parameter in model.parameters())
    block = 4 * 12 * 12 + 4 * 12 + 2 * 12 * 20 + 20 + 12 + 4 * 12
    assert num_numbers == 13 * 12 + 2 * block + 2 * 12
    hidden = model.hidden_states(some_tokens())[-1]
    torch.testing.assert_close(model(some_tokens()), hidden @ model.token_embedding.weight.T)


def test_the_hidden_states_are_what_enters_and_leaves_each_block():
    model, tokens = gpt(), some_tokens()
    states = model.hidden_states(tokens)
    assert len(states) == 3
    torch.testing.assert_close(states[0], model.token_embedding(tokens))
    torch.testing.assert_close(states[1], model.encoder.blocks[0](states[0], is_causal=True))
    torch.testing.assert_close(model.token_scores(states[-1]), model(tokens))


@pytest.mark.parametrize("kind", KINDS)
def test_padding_in_front_changes_nothing_if_masked(kind):
    model, tokens = gpt(**kind), some_tokens(1, 5)
    padded = torch.cat([torch.full((1, 3), 7), tokens], dim=1)
    mask = (torch.arange(8) >= 3)[None, None, None]
    places = {} if kind["positions"] == "rotary" else {"places": torch.tensor([[0, 0, 0, 0, 1, 2, 3, 4]])}
    torch.testing.assert_close(model(padded, mask, **places)[:, 3:], model(tokens))


def test_the_activation_is_the_one_that_is_given():
    model = gpt(activation=partial(F.gelu, approximate="tanh"))
    other = gpt()
    other.load_state_dict(model.state_dict())
    difference = (model(some_tokens()) - other(some_tokens())).abs().max()
    assert 1e-7 < difference < 0.1


def test_a_new_model_finds_all_tokens_equally_likely():
    torch.manual_seed(0)
    model = GPT(**SIZES)
    loss = next_token_loss(model(some_tokens(8, 20)), some_tokens(8, 20))
    assert loss.item() == pytest.approx(math.log(13), abs=0.3)


def test_what_ends_in_the_residual_path_starts_smaller():
    torch.manual_seed(0)
    model = GPT(vocab_size=500, d_model=64, num_heads=4, d_ff=256, num_layers=8)
    block = model.encoder.blocks[3]
    for weight in (
        model.token_embedding.weight,
        block.attention.project_qkv.weight,
        block.feed_forward.project_in.weight,
    ):
        assert weight.std().item() == pytest.approx(0.6 / 8, rel=0.05)
    for layer in (block.attention.project_out, block.feed_forward.project_out):
        assert layer.weight.std().item() == pytest.approx(0.6 / 8 / 4, rel=0.05)
        assert not layer.bias.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"positions": "learned"}, "max_len"),
        ({"positions": "sinusoidal"}, "rotary.*learned.*sinusoidal"),
        ({"dropout": 1.0}, "dropout"),
        ({"num_heads": 5}, "12.*5"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        GPT(**SIZES | settings)


@pytest.mark.parametrize(
    ("kind", "tokens", "places", "message"),
    [
        (KINDS[1], torch.zeros(1, 10, dtype=torch.int64), None, r"max_len \(9\).*10"),
        (KINDS[1], torch.zeros(1, 2, dtype=torch.int64), torch.tensor([[0, 9]]), "places.*0 to 8"),
        (KINDS[0], torch.tensor([[13]]), None, "tokens.*0 to 12"),
        (KINDS[0], torch.zeros(3, dtype=torch.int64), None, r"\(b, n\).*\(3,\)"),
        (KINDS[0], torch.zeros(1, 2, dtype=torch.int64), torch.tensor([[0, 1]]), "leave out places"),
    ],
)
def test_tokens_and_places_without_a_vector_are_refused(kind, tokens, places, message):
    with pytest.raises(ValueError, match=message):
        gpt(**kind)(tokens, places=places)


@pytest.mark.parametrize("pad", [-1, 2])
def test_the_loss_is_the_mean_surprise_at_every_token_but_the_first(pad):
    tokens = torch.tensor([[2, 5, 1, 2, 7], [3, 1, 4, 0, 2], [6, 2, 2, 2, 2]])
    scores = torch.from_numpy(np.random.default_rng(1).normal(size=(3, 5, 8)) * 1.5)
    wanted = np.mean(surprises(scores, tokens, pad))
    assert next_token_loss(scores, tokens, pad).item() == pytest.approx(wanted)


def test_a_single_token_teaches_nothing():
    with pytest.raises(ValueError, match=r"at least 2 tokens.*1"):
        next_token_loss(torch.zeros(2, 1, 5), torch.zeros(2, 1, dtype=torch.int64))


def test_windows_overlap_as_told_and_are_never_short():
    assert windows(torch.arange(8), 4, 3).tolist() == [[0, 1, 2, 3], [3, 4, 5, 6]]
    with pytest.raises(ValueError, match=r"3 tokens.*4"):
        windows(torch.arange(3), 4, 1)


@pytest.mark.parametrize("num_tokens", [2, 6, 9, 14, 23])
def test_every_held_out_token_counts_once_with_enough_before_it(num_tokens):
    model, ids = gpt(), some_tokens(1, num_tokens)[0]
    total, done, start, length = 0.0, 0, 0, min(8, num_tokens - 1)
    while done < num_tokens - 1:
        start = min(start, num_tokens - 1 - length)
        log_probs = model(ids[None, start : start + length])[0].log_softmax(-1)
        for t in range(done, start + length):
            total -= log_probs[t - start, ids[t + 1]].item()
        done, start = start + length, start + 3
    assert text_loss(model, ids, length=8, fresh=3, size=2) == pytest.approx(total / (num_tokens - 1))


def test_a_scorer_gives_the_log_probabilities_after_the_last_token():
    model, tokens = gpt(), some_tokens()
    np.testing.assert_allclose(scorer(model)(tokens.numpy()), model(tokens)[:, -1].log_softmax(-1).detach().numpy())
    assert decoding.greedy(scorer(model), tokens.numpy(), end=-1, max_new=3).shape == (2, 10)


def test_a_gpt_learns_to_go_on_with_a_pattern():
    torch.manual_seed(0)
    ids = torch.arange(400) % 5
    model = GPT(vocab_size=5, d_model=16, num_heads=2, d_ff=32, num_layers=1)
    made = training.batches(np.random.default_rng(0), windows(ids, 17, 7), size=8, epochs=10)
    training.train(model, lambda model, tokens: next_token_loss(model(tokens), tokens), made, lr=1e-2)
    assert decoding.greedy(scorer(model), [[3, 4]], -1, 8)[0].tolist() == [3, 4, 0, 1, 2, 3, 4, 0, 1, 2]


def test_no_paragraph_of_the_topics_comes_twice():
    texts = topics.topics()
    paragraphs = [" ".join(p.split()) for text in texts.values() for p in text.split("\n\n") if p.split()]
    assert len(paragraphs) == len(set(paragraphs))
    assert sum(map(len, texts.values())) < 0.9 * sum(map(len, topics.PYDOC_TOPICS.values()))


def test_whole_topics_are_held_out_and_the_salt_decides_which():
    texts = topics.topics()
    splits = [topics.split_topics(texts, salt=salt) for salt in ("", "1", "2")]
    size = sum(map(len, texts.values()))
    for train, held_out in splits:
        assert 0.04 * size < len(held_out) < 0.11 * size
        assert [(text in train) + (text in held_out) for text in texts.values()].count(0) == 0
        assert not {p for p in held_out.split("\n\n") if len(p) > 60} & set(train.split("\n\n"))
    assert len({held_out for _, held_out in splits}) == 3


def test_text_becomes_numbers_and_comes_back():
    symbols = topics.alphabet("the cat")
    assert topics.decode(topics.encode("the cat", symbols), symbols) == "the cat"
    assert topics.decode(topics.encode("a dog", symbols), symbols) == "a " + 3 * topics.UNKNOWN


def test_a_token_that_cannot_be_drawn_is_crossed_out():
    panels = {"all": np.array([0.6, 0.3, 0.1]), "one": np.array([1.0, 0.0, 0.0])}
    row = plots.show_next_tokens(panels, ["a", "space", "b"])
    assert [[bar.get_width() for bar in ax.patches] for ax in row] == [[0.6, 0.3, 0.1], [1.0, 0.0, 0.0]]
    assert [list(ax.lines[0].get_ydata()) for ax in row] == [[], [1, 2]]
    assert [label.get_text() for label in row[0].get_yticklabels()] == ["a", "space", "b"]
    assert len({ax.get_xlim() for ax in row}) == 1


def test_the_work_of_each_score_is_written_in_its_cell_queries_down():
    row = plots.show_work({"without": np.array([[2, 0], [1, 1]]), "with": np.array([[1, 0], [1, 1]])}, ["cat", "mouse"])
    numbers = {text.get_position(): text.get_text() for text in row[0].texts}
    assert numbers == {(0, 0): "2", (1, 0): "", (0, 1): "1", (1, 1): "1"}
    assert (row[0].get_ylabel(), row[1].get_xlabel()) == ("query", "key")
