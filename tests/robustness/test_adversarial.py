"""The gradient of an embedding, and the exchange that it promises most from."""

import pytest
import torch

from mha_lib.robustness import adversarial


def embedding_of(rows):
    return torch.nn.Embedding.from_pretrained(torch.tensor(rows), freeze=False)


def test_the_gradient_is_that_of_the_vectors_and_parameters_get_none():
    embedding = embedding_of([[1.0, 2.0], [3.0, 5.0], [0.0, 7.0]])
    ids = torch.tensor([[2, 0]])
    vectors, gradient = adversarial.embedding_gradient(embedding, lambda: embedding(ids).square().sum())
    assert vectors.tolist() == [[[0.0, 7.0], [1.0, 2.0]]]
    assert gradient.tolist() == [[[0.0, 14.0], [2.0, 4.0]]]
    assert embedding.weight.grad is None


def test_no_hook_is_left_behind_even_after_an_error():
    embedding = embedding_of([[1.0], [2.0]])
    with pytest.raises(ZeroDivisionError):
        adversarial.embedding_gradient(embedding, lambda: embedding(torch.tensor([[1]])).sum() / (1 // 0))
    assert not embedding._forward_hooks


def test_a_linear_loss_rises_by_what_was_promised():
    rows = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])
    embedding, slope = embedding_of(rows.tolist()), torch.tensor([2.0, -3.0])
    ids = torch.tensor([[0, 1], [2, 2]])

    def loss(ids=ids):
        return (embedding(ids) @ slope).sum()

    gain = adversarial.promised_gain(*adversarial.embedding_gradient(embedding, loss), rows)
    for place in torch.cartesian_prod(torch.arange(2), torch.arange(2), torch.arange(3)):
        row, column, token = place.tolist()
        changed = ids.clone()
        changed[row, column] = token
        assert (loss(changed) - loss()).item() == pytest.approx(gain[row, column, token].item(), abs=1e-5)


def test_one_allowed_token_of_each_row_is_exchanged_for_the_best_candidate():
    ids = torch.tensor([[1, 5, 6], [1, 7, 8]])
    gain = torch.tensor([[[9.0, 9.0], [1.0, 2.0], [3.0, 0.0]], [[9.0, 9.0], [0.0, 4.0], [3.0, 3.5]]])
    swapped = adversarial.swap_one(ids, gain, torch.tensor([20, 30]), ids > 1)
    assert swapped.tolist() == [[1, 5, 20], [1, 30, 8]]
    assert ids.tolist() == [[1, 5, 6], [1, 7, 8]]


def test_a_row_without_an_allowed_token_is_refused():
    with pytest.raises(ValueError, match="at least one token"):
        adversarial.swap_one(torch.ones(1, 2).long(), torch.zeros(1, 2, 1), torch.tensor([3]), torch.zeros(1, 2).bool())
