"""heads.layers: what the grid of test_parity.py does not say. Masks' shapes, errors, dropout, hooks, positions."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import mha_lib as mha
from mha_lib.nn import FeedForward, MultiHeadAttention, attention_weights, recorded_weights
from tests.support.tolerance import assert_close


def made(dropout=0.0, **kwargs):
    torch.manual_seed(1)
    return MultiHeadAttention(15, 3, dropout=dropout, **kwargs).double()


def tokens(n=7, b=2, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 1.5, (b, n, 15)))


def with_weights(layer, *args, **kwargs):
    with recorded_weights(layer) as maps:
        return layer(*args, **kwargs), maps[0]


class FarIsFaint(torch.nn.Module):
    """A stand-in for a position scheme: turns by a power of the position, and lowers scores with distance."""

    def turn(self, x, first=0):
        """Return x scaled by its position."""
        return x * 1.1 ** torch.arange(first, first + x.shape[2], dtype=x.dtype)[:, None]

    def bias(self, num_queries, num_keys):
        """Return minus the distance."""
        query = torch.arange(num_keys - num_queries, num_keys)[:, None]
        return -(query - torch.arange(num_keys)).abs().double()


class Learned(FarIsFaint):
    """A stand-in whose bias learns."""

    def __init__(self):
        super().__init__()
        self.steepness = torch.nn.Parameter(torch.tensor([0.3, 0.5, 0.7]).double())

    def bias(self, num_queries, num_keys):
        """Return minus the distance, times a learned steepness of each head."""
        return self.steepness[:, None, None] * super().bias(num_queries, num_keys)


def test_the_shape_of_x_comes_back():
    assert made()(tokens(7), memory=tokens(11)).shape == (2, 7, 15)


def test_a_worked_example_by_hand():
    layer = MultiHeadAttention(2, 1, bias=False).double()
    packed = torch.tensor(
        [[0, 0], [0, 0], [1, 0], [0, 1], [1, 0], [0, 1]]
    )  # queries ask nothing, so all keys weigh alike
    layer.load_state_dict({"project_qkv.weight": packed, "project_out.weight": torch.tensor([[0, 1], [1, 0]])})
    output = layer(torch.tensor([[[2.0, 4.0], [6.0, 0.0]]]).double())
    assert output.tolist() == [[[2.0, 4.0], [2.0, 4.0]]]


def test_the_packed_matrix_holds_queries_then_keys_then_values():
    layer, x = made(), tokens(5)
    q, k, v = layer.project(x, x)
    w_q, w_k, w_v = layer.project_qkv.weight.chunk(3)
    b_q, b_k, b_v = layer.project_qkv.bias.chunk(3)
    for heads, w, b in ((q, w_q, b_q), (k, w_k, b_k), (v, w_v, b_v)):
        assert_close(heads.transpose(1, 2).flatten(2), F.linear(x, w, b))


def test_queries_keys_and_values_are_views_of_one_product():
    layer, x = made(), tokens(5)
    assert len({part.untyped_storage().data_ptr() for part in layer.project(x, x)}) == 1
    _, k, v = layer.project(x, tokens(3))
    assert k.untyped_storage().data_ptr() == v.untyped_storage().data_ptr()


def test_memory_that_is_x_is_no_memory():
    layer, x = made(), tokens()
    torch.testing.assert_close(layer(x, memory=x), layer(x), rtol=0, atol=0)
    assert_close(layer(x, memory=x.clone()), layer(x))


def test_without_biases_there_are_none():
    assert [name for name, _ in made(bias=False).named_parameters()] == ["project_qkv.weight", "project_out.weight"]
    assert made(bias=False)(tokens(), memory=tokens(3)).shape == (2, 7, 15)


def test_the_number_of_parameters_is_four_squares_and_their_biases():
    assert sum(p.numel() for p in made().parameters()) == 4 * 15 * 15 + 4 * 15


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize(
    "shape", [(7, 7), (1, 7), (2, 1, 1, 7), (2, 1, 7, 7), (1, 3, 7, 7), (2, 3, 7, 7), (2, 3, 7, 1), (1, 1, 1, 1)]
)
def test_a_mask_is_stretched_over_the_axes_it_lacks(shape, hooked):
    layer, x = made(), tokens()
    mask = torch.from_numpy(np.random.default_rng(3).random(shape) < 0.6)
    full = mask.expand(2, 3, 7, 7).clone()
    run = (lambda **kwargs: with_weights(layer, x, **kwargs)[0]) if hooked else (lambda **kwargs: layer(x, **kwargs))
    assert_close(run(mask=mask), run(mask=full))
    assert_close(run(mask=mask, is_causal=True), run(mask=full.tril()))


@pytest.mark.parametrize("num_keys", [7, 11, 5])
def test_causal_is_the_mask_of_the_numpy_library(num_keys):
    layer, x, memory = made(), tokens(), tokens(num_keys, seed=1)
    mask = torch.from_numpy(mha.causal_mask(7, num_keys))
    assert_close(layer(x, memory, is_causal=True), layer(x, memory, mask=mask))


@pytest.mark.parametrize("hooked", [False, True])
def test_what_is_hidden_does_not_matter(hooked):
    layer, x = made(), tokens()
    mask = torch.from_numpy(mha.padding_mask([7, 4], 7))[:, None]
    changed = x.clone()
    changed[1, 4:] = 1e4
    run = (lambda x: with_weights(layer, x, mask=mask)[0]) if hooked else (lambda x: layer(x, mask=mask))
    assert_close(run(changed)[1, :4], run(x)[1, :4])


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("hooked", [False, True])
def test_an_empty_row_keeps_outputs_and_gradients_finite(hooked, training):
    layer, x = made().train(training), tokens().requires_grad_()
    mask = torch.ones(2, 1, 7, 7, dtype=torch.bool)
    mask[0, 0, 3], mask[1] = False, False
    output = with_weights(layer, x, mask=mask)[0] if hooked else layer(x, mask=mask)
    output.sum().backward()
    assert_close(output[1], layer.project_out.bias.expand(7, -1))
    assert torch.isfinite(x.grad).all()
    assert x.grad[1].eq(0).all()
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters())


def test_weights_equal_the_numpy_librarys():
    q, k = tokens(5)[:, None, :, :4], tokens(7)[:, None, :, :4]
    mask = torch.from_numpy(np.random.default_rng(3).random((2, 1, 5, 7)) < 0.4)
    mask[1, 0, 2] = False
    expected = mha.attention_weights(q.numpy(), k.numpy(), mask.numpy())
    assert_close(attention_weights(q, k, mask), expected)
    assert_close(attention_weights(q, k), mha.attention_weights(q.numpy(), k.numpy()))


@pytest.mark.parametrize("bias", [None, torch.zeros(1, 3)])
def test_a_hidden_score_does_not_matter_however_low_the_others_are(bias):
    q, k = torch.full((1, 1, 1, 4), 200.0), torch.tensor([-200.0, -200.0, 0.0])[:, None].expand(1, 1, 3, 4)
    weights = attention_weights(q, k, torch.tensor([[True, True, False]]), bias)
    assert weights.flatten().tolist() == [0.5, 0.5, 0.0]


def test_weights_leave_their_arguments_alone():
    q, k, bias = tokens(5)[:, None], tokens(7)[:, None], torch.ones(5, 7).double()
    mask = torch.from_numpy(mha.causal_mask(5, 7))
    copies = [x.clone() for x in (q, k, mask, bias)]
    attention_weights(q, k, mask, bias)
    assert all(torch.equal(before, after) for before, after in zip(copies, (q, k, mask, bias), strict=True))


def test_a_hook_sees_weights_that_sum_to_one():
    assert_close(with_weights(made(), tokens())[1].sum(-1), torch.ones(2, 3, 7).double())


@pytest.mark.parametrize("register", ["register_forward_hook", "register_forward_pre_hook"])
def test_a_hook_that_changes_the_weights_changes_the_output(register):
    layer, x = made(), tokens()
    hook = getattr(layer.weights, register)(lambda module, args, *output: torch.zeros_like(args[0]))
    assert_close(layer(x), layer.project_out.bias.expand(2, 7, -1))
    hook.remove()
    assert not torch.allclose(layer(x), layer.project_out.bias.expand(2, 7, -1))


def test_a_backward_hook_sees_the_gradient_of_the_weights():
    layer, seen = made(), []
    layer.weights.register_full_backward_hook(lambda module, inputs, outputs: seen.append(outputs[0].shape))
    layer(tokens()).sum().backward()
    assert seen == [(2, 3, 7, 7)]


def test_another_module_may_stand_in_for_the_weights():
    layer = made()
    layer.weights = torch.nn.Threshold(2.0, 0.0)
    assert_close(layer(tokens()), layer.project_out.bias.expand(2, 7, -1))


@pytest.mark.parametrize("hooked", [False, True])
def test_dropout_rests_in_eval_mode(hooked):
    layer, x = made(dropout=0.5).eval(), tokens()
    output = with_weights(layer, x)[0] if hooked else layer(x)
    assert_close(output, made()(x))


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("hooked", [False, True])
def test_dropout_keeps_the_mean_and_drops_its_share(hooked, is_causal):
    layer = MultiHeadAttention(2, 1, bias=False, dropout=0.2)
    eye = torch.eye(2)
    layer.load_state_dict({"project_qkv.weight": torch.cat([0 * eye, 0 * eye, eye]), "project_out.weight": eye})
    x = torch.ones(1, 1, 2).expand(4000, 1, 2)  # one key: its weight is 1, so the output is 0 or 1 / (1 - 0.2)
    torch.manual_seed(3)
    run = (lambda x, **kwargs: with_weights(layer, x, **kwargs)[0]) if hooked else layer
    output = run(x, is_causal=is_causal)
    assert set(output.unique().tolist()) == {0.0, 1.25}
    assert output.eq(0).double().mean().item() == pytest.approx(0.2, abs=0.03)


def test_hooks_see_weights_before_their_dropout():
    torch.testing.assert_close(with_weights(made(dropout=0.5), tokens())[1], with_weights(made(), tokens())[1])


@pytest.mark.parametrize("scheme", [FarIsFaint, Learned])
@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("num_keys", [7, 11])
def test_positions_turn_queries_and_keys_and_bias_the_scores(num_keys, is_causal, scheme):
    positions, x, memory = scheme(), tokens(), tokens(num_keys, seed=1)
    layer, plain = made(positions=positions), made()
    q, k, v = plain.project(x, memory)
    turned = positions.turn(q, num_keys - 7), positions.turn(k)
    past = torch.from_numpy(mha.causal_mask(7, num_keys)) if is_causal else torch.ones(7, num_keys).bool()
    scores = turned[0] @ turned[1].transpose(2, 3) / math.sqrt(5) + positions.bias(7, num_keys)
    heads = torch.softmax(scores.masked_fill(~past, -math.inf), -1) @ v
    expected = plain.project_out(heads.transpose(1, 2).flatten(2))
    assert_close(layer(x, memory, is_causal=is_causal), expected)
    assert_close(with_weights(layer, x, memory, is_causal=is_causal)[0], expected)


@pytest.mark.parametrize("hooked", [False, True])
def test_an_empty_row_reads_zeros_with_positions_too(hooked):
    layer, x = made(positions=FarIsFaint()), tokens()
    mask = torch.ones(7, 7, dtype=torch.bool)
    mask[3] = False
    output = with_weights(layer, x, mask=mask)[0] if hooked else layer(x, mask=mask)
    assert_close(output[:, 3], layer.project_out.bias.expand(2, -1))


def test_a_learned_bias_gets_the_same_gradient_either_way():
    grads = []
    for hooked in (False, True):
        layer, x = made(positions=Learned()), tokens()
        mask = torch.from_numpy(mha.padding_mask([7, 4], 7))[:, None]
        output = with_weights(layer, x, mask=mask)[0] if hooked else layer(x, mask=mask)
        output.square().sum().backward()
        grads.append(layer.positions.steepness.grad)
    assert grads[0].abs().min() > 1e-3
    assert_close(grads[0], grads[1])


@pytest.mark.parametrize(("d_model", "num_heads"), [(10, 3), (10, 0), (3, 10)])
def test_heads_that_do_not_divide_the_width_are_refused(d_model, num_heads):
    with pytest.raises(ValueError, match=rf"d_model \({d_model}\) must be divisible by num_heads \({num_heads}\)"):
        MultiHeadAttention(d_model, num_heads)


@pytest.mark.parametrize("make", [lambda p: MultiHeadAttention(4, 2, dropout=p), lambda p: FeedForward(4, 8, p)])
@pytest.mark.parametrize("dropout", [-0.1, 1.0, 1.5, float("nan")])
def test_a_rate_of_dropout_outside_its_range_is_refused(make, dropout):
    with pytest.raises(ValueError, match=rf"at least 0 and below 1, got {dropout}"):
        make(dropout)


@pytest.mark.parametrize("shape", [(2, 7, 14), (7, 15), (2, 3, 7, 15)])
def test_tokens_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=rf"x must have .* d_model = 15, got \({shape[0]}, {shape[1]}"):
        made()(torch.zeros(shape).double())


def test_a_memory_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"memory must have .* d_model = 15, got \(2, 5, 4\)"):
        made()(tokens(), memory=torch.zeros(2, 5, 4))
    with pytest.raises(ValueError, match=r"x has 2 sequences, so memory must too, got 3"):
        made()(tokens(), memory=tokens(b=3))


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_a_mask_of_numbers_is_refused(dtype):
    with pytest.raises(ValueError, match=f"boolean, True where a query may attend, got dtype {dtype}"):
        made()(tokens(), mask=torch.ones(7, 7, dtype=dtype))


@pytest.mark.parametrize("shape", [(2, 7), (7, 5), (2, 1, 7), (2, 2, 7, 7), (3, 1, 1, 7), (7,), (1, 2, 3, 7, 7)])
def test_a_mask_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(b, h, q, k\) = \(2, 3, 7, 7\), got \("):
        made()(tokens(), mask=torch.ones(shape, dtype=torch.bool))


def test_feed_forward_bends_with_the_exact_gelu():
    layer = FeedForward(1, 1).double()
    with torch.no_grad():
        for p, value in zip(layer.parameters(), (1.0, 0.0, 1.0, 0.25), strict=True):
            p.fill_(value)
    x = torch.linspace(-4, 4, 17).double()[:, None]
    expected = [[0.25 + value * (1 + math.erf(value / math.sqrt(2))) / 2] for value in x[:, 0].tolist()]
    assert_close(layer(x), torch.tensor(expected, dtype=torch.float64))


def test_feed_forward_treats_each_token_alone():
    torch.manual_seed(0)
    layer, x = FeedForward(15, 13).double(), tokens()
    assert_close(layer(x)[:, 3], layer(x[:, 3]))


def test_feed_forward_drops_out_between_its_projections():
    torch.manual_seed(0)
    layer = FeedForward(1, 4001, dropout=0.2)
    with torch.no_grad():
        layer.project_in.weight.zero_(), layer.project_in.bias.fill_(50.0)  # the GELU of 50 is 50
        layer.project_out.weight.fill_(1.0), layer.project_out.bias.zero_()
    kept = layer(torch.ones(1, 1)).item() / (50 / 0.8)
    assert kept == pytest.approx(round(kept), abs=0.05)  # each neuron is kept or not
    assert kept / 4001 == pytest.approx(0.8, abs=0.03)
    assert layer.eval()(torch.ones(1, 1)).item() == pytest.approx(4001 * 50)
