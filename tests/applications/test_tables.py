"""Rows as tokens: what each token is, what the mask hides, and what a made table holds."""

import numpy as np
import pytest
import torch

from mha_lib.applications import tables
from tests.support.shaken import shaken

SIZES = {"d_model": 12, "num_heads": 3, "d_ff": 20, "num_layers": 2}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return shaken(tables.FeatureTransformer(num_features=5, num_outputs=2, **SIZES)).eval()


def drawn(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def test_a_token_is_a_number_times_a_vector_plus_a_vector():
    x, weight, bias, summary = drawn(3, 5), drawn(5, 4, seed=1), drawn(5, 4, seed=2), drawn(4, seed=3)
    tokens = tables.feature_tokens(x, weight, bias, summary)
    assert tokens.shape == (3, 6, 4)
    for b in range(3):
        assert torch.equal(tokens[b, 0], summary)
        for f in range(5):
            expected = [x[b, f] * weight[f, c] + bias[f, c] for c in range(4)]
            assert tokens[b, f + 1].tolist() == pytest.approx(torch.stack(expected).tolist())


def test_the_model_reads_the_summary_token_out(model):
    x = drawn(4, 5)
    tokens = tables.feature_tokens(x, model.weight, model.bias, model.summary)
    assert torch.allclose(model(x), model.read_out(model.encoder(tokens)[:, 0]))


def test_the_order_of_columns_does_not_matter_if_their_vectors_move_along(model):
    x, order = drawn(4, 5), torch.tensor([3, 0, 4, 1, 2])
    before = model(x)
    with torch.no_grad():
        model.weight.copy_(model.weight[order])
        model.bias.copy_(model.bias[order])
    assert torch.allclose(model(x[:, order]), before)
    assert not torch.allclose(model(x), before)


def test_nothing_of_an_absent_feature_is_read(model):
    x, present = drawn(2, 5), torch.tensor([[True, False, True, True, False], [True] * 5])
    other = torch.where(present, x, torch.tensor(1e3).double())
    assert torch.allclose(model(other, present), model(x, present))
    assert not torch.allclose(model(other, None)[0], model(x, None)[0])


def test_a_feature_that_is_there_is_read(model):
    x, present = drawn(1, 5), torch.tensor([[True, False, True, True, False]])
    for place in (0, 2, 3):
        other = x.clone()
        other[0, place] += 1
        assert not torch.allclose(model(other, present), model(x, present))


def test_the_summary_token_is_never_hidden():
    mask = tables.row_mask(torch.tensor([[True, False], [False, False]]))
    assert mask[:, 0, 0].tolist() == [[True, True, False], [True, False, False]]
    assert mask.shape == (2, 1, 1, 3)
    assert tables.row_mask(None) is None


def test_absence_is_not_the_number_0(model):
    x = drawn(1, 5)
    x[0, 1] = 0
    assert not torch.allclose(model(x, torch.tensor([[True, False, True, True, True]])), model(x))


def test_a_row_without_any_feature_still_has_an_answer(model):
    assert torch.isfinite(model(drawn(1, 5), torch.zeros(1, 5, dtype=torch.bool))).all()


def test_every_parameter_learns(model):
    model(drawn(3, 5)).square().sum().backward()
    assert [name for name, parameter in model.named_parameters() if not parameter.grad.abs().sum() > 0] == []


def test_a_row_of_another_width_is_refused(model):
    with pytest.raises(ValueError, match=r"must have 5 features, got x of shape \(2, 4\)"):
        model(drawn(2, 4))


def test_the_made_labels_are_the_sign_of_two_products():
    x, labels = tables.product_table(np.random.default_rng(1), 300, num_features=6)
    assert x.shape == (300, 6)
    assert labels.tolist() == [int(row[0] * row[1] + row[2] * row[3] > 0) for row in x]


def test_no_feature_of_the_made_table_says_anything_alone():
    x, labels = tables.product_table(np.random.default_rng(1), 20000)
    assert np.abs([np.corrcoef(column, labels)[0, 1] for column in x.T]).max() < 0.03
    assert labels.mean() == pytest.approx(0.5, abs=0.02)


def test_the_training_part_alone_sets_the_scale():
    train, test = np.array([[1.0, 10.0], [3.0, 30.0]]), np.array([[100.0, 20.0]])
    scaled, other = tables.standardised(train, test)
    assert scaled.mean(axis=0).tolist() == [0.0, 0.0]
    assert scaled.std(axis=0).tolist() == [1.0, 1.0]
    assert other.tolist() == [[98.0, 0.0]]
    assert tables.standardised(train, test * 5)[0].tolist() == scaled.tolist()
