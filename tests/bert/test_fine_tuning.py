"""Heads on an encoder: a class, a span, a vector; and what padding must not change."""

import itertools

import numpy as np
import pytest
import torch

from mha_lib.bert import fine_tuning
from mha_lib.bert import masking as bert
from mha_lib.bert.text_encoder import TextEncoder


@pytest.fixture
def encoder():
    made = TextEncoder(30, d_model=12, num_heads=2, d_ff=20, num_layers=2)
    bert.initialise(made, torch.Generator().manual_seed(0))
    return made.eval()


@pytest.fixture
def ids():
    return torch.tensor([[2, 7, 11, 9, 3], [2, 9, 3, 0, 0]])


def test_the_class_is_told_by_the_first_token(encoder, ids):
    model = fine_tuning.TextClassifier(encoder, 4)
    hidden = encoder(ids, bert.key_mask(ids))
    torch.testing.assert_close(model(ids), model.classify(hidden[:, 0]))


def test_padding_does_not_change_a_class_or_a_span(encoder, ids):
    wider = torch.cat([ids, torch.zeros(2, 3, dtype=torch.long)], dim=1)
    classifier, finder = fine_tuning.TextClassifier(encoder, 4), fine_tuning.SpanFinder(encoder)
    torch.testing.assert_close(classifier(wider), classifier(ids))
    allowed = (ids > 5) & (torch.arange(5) > 1)
    wide = torch.cat([allowed, torch.zeros(2, 3, dtype=torch.bool)], dim=1)
    torch.testing.assert_close(finder(wider, wide)[:, :, :5], finder(ids, allowed))


def test_training_a_head_leaves_the_given_encoder_as_it_is(encoder, ids):
    before = [p.clone() for p in encoder.parameters()]
    model = fine_tuning.TextClassifier(encoder, 4)
    fine_tuning.classification_loss(model, ids, torch.tensor([1, 3])).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter -= parameter.grad
    assert all(torch.equal(*pair) for pair in zip(before, encoder.parameters(), strict=True))
    assert all(p.grad is None for p in encoder.parameters())


def test_no_answer_lies_where_none_is_allowed(encoder, ids):
    scores = fine_tuning.SpanFinder(encoder)(ids, ids > 5)
    assert scores.shape == (2, 2, 5)
    assert torch.equal(torch.isfinite(scores), (ids > 5)[:, None].expand(-1, 2, -1))


def test_the_loss_of_a_span_is_the_mean_surprise_at_its_two_ends():
    scores = torch.tensor([[[0.0, 0.0, -torch.inf], [1.0, 3.0, -torch.inf]]])
    start, end = np.log(2), np.log(1 + np.exp(-2.0))
    assert fine_tuning.span_loss(scores, torch.tensor([[0, 1]])).item() == pytest.approx((start + end) / 2, abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_span_is_the_best_of_all_that_are_possible(seed):
    rng = np.random.default_rng(seed)
    n, max_len = 11, 1 + seed
    start, end, allowed = rng.normal(size=n), rng.normal(size=n), rng.uniform(size=n) < 0.6
    possible = [
        (i, j) for i, j in itertools.product(range(n), repeat=2) if i <= j < i + max_len and allowed[i] and allowed[j]
    ]
    best = max(possible, key=lambda span: start[span[0]] + end[span[1]])
    assert tuple(fine_tuning.best_span(start, end, allowed, max_len)) == best


def test_a_span_without_a_place_is_refused():
    with pytest.raises(ValueError, match="0 places are allowed"):
        fine_tuning.best_span(np.ones(3), np.ones(3), np.zeros(3, dtype=bool), 2)


def test_a_mean_leaves_out_padding_whatever_stands_there(encoder, ids):
    hidden = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    pooled = fine_tuning.mean_pool(hidden, ids != 0)
    hidden[1, 3:] = 1e6
    torch.testing.assert_close(fine_tuning.mean_pool(hidden, ids != 0), pooled)
    torch.testing.assert_close(pooled[1], hidden[1, :3].mean(0))
    assert fine_tuning.mean_pool(hidden, torch.zeros(2, 5, dtype=torch.bool)).abs().sum() == 0


def test_an_untrained_encoder_has_the_same_sizes_and_other_weights(encoder):
    made = fine_tuning.untrained_like(encoder, seed=1)
    again = fine_tuning.untrained_like(encoder, seed=1)
    assert [p.shape for p in made.parameters()] == [p.shape for p in encoder.parameters()]
    assert torch.equal(made.token_embedding.weight, again.token_embedding.weight)
    assert not torch.equal(made.token_embedding.weight, encoder.token_embedding.weight)


def test_predictions_in_pieces_are_those_of_the_whole(encoder, ids):
    model = fine_tuning.TextClassifier(encoder, 4)
    torch.testing.assert_close(fine_tuning.predictions(model, ids, size=1), model(ids).detach())
