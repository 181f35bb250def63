"""compression.importance: slopes against differences of the loss itself, gate by gate and sequence by sequence."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.compression.importance import cheapest_first, head_importance, measure_importance
from tests.support.shaken import shaken

IDS = torch.tensor([[2, 7, 10, 9, 3], [2, 5, 5, 8, 3], [2, 9, 4, 6, 3]])


def encoder():
    return shaken(TextEncoder(11, d_model=12, num_heads=3, d_ff=20, num_layers=2)).eval()


def loss(model, ids, labels):
    return F.cross_entropy(model.token_scores(model(ids)).flatten(0, 1), labels.flatten())


def with_gate(model, layer, head, gate):
    """Return a hook that multiplies what one head reads."""

    def turn(module, args):
        read = args[0].unflatten(-1, (3, -1)).clone()
        read[:, :, head] *= gate
        return read.flatten(-2)

    return model.encoder.blocks[layer].attention.project_out.register_forward_pre_hook(turn)


def slope_by_difference(model, layer, head, ids, labels, step=1e-5):
    """Return how the loss of one batch changes with a head's gate, from two runs."""
    values = []
    for gate in (1 + step, 1 - step):
        hook = with_gate(model, layer, head, gate)
        with torch.no_grad():
            values.append(loss(model, ids, labels).item())
        hook.remove()
    return (values[0] - values[1]) / (2 * step)


def test_importance_is_the_mean_size_of_the_slopes_of_single_sequences():
    model, labels = encoder(), IDS.roll(1, 1)
    found = measure_importance(model, loss, [(IDS, labels)])
    for (layer, head), value in np.ndenumerate(found):
        slopes = [slope_by_difference(model, layer, head, IDS[i : i + 1], labels[i : i + 1]) for i in range(3)]
        assert value == pytest.approx(np.mean(np.abs(slopes)), rel=1e-4)


def test_batches_count_alike_and_leave_nothing_behind():
    model, labels = encoder(), IDS.roll(1, 1)
    whole = measure_importance(model, loss, [(IDS, labels)])
    parts = measure_importance(model, loss, [(IDS[i : i + 1], labels[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(whole, parts, rtol=1e-9)
    assert all(p.grad is None for p in model.parameters())
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_nothing_is_left_behind_after_an_error():
    model = encoder()
    with pytest.raises(ZeroDivisionError):
        measure_importance(model, lambda model, ids: model(ids) / 0 + 1 // 0, [(IDS,)])
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_importance_is_that_of_plain_loops():
    rng = np.random.default_rng(0)
    read, gradients = rng.normal(size=(2, 5, 2, 3, 4))
    expected = [np.mean([abs(np.sum(read[i, :, j] * gradients[i, :, j])) for i in range(5)]) for j in range(3)]
    np.testing.assert_allclose(head_importance(read, gradients), expected, rtol=1e-12)


def test_arrays_and_tensors_give_the_same():
    read, gradients = torch.randn(2, 2, 3, 4, 5)
    theirs = head_importance(read.numpy(), gradients.numpy())
    np.testing.assert_allclose(head_importance(read, gradients).numpy(), theirs, rtol=1e-5)


def test_equals_stay_in_their_order():
    assert cheapest_first([[0.2, 0.1], [0.1, 0.2]]) == [(0, 1), (1, 0), (0, 0), (1, 1)]


@pytest.mark.parametrize("shapes", [((2, 3, 4), (2, 3, 4)), ((2, 3, 4, 5), (2, 3, 4, 6))])
def test_shapes_that_do_not_fit_are_refused(shapes):
    with pytest.raises(ValueError, match=r"\(b, n, h, d\), got"):
        head_importance(*map(np.zeros, shapes))


def test_no_batches_are_refused():
    with pytest.raises(ValueError, match="no batches"):
        measure_importance(encoder(), loss, [])
