"""positions.layers against positions.arrays, and inside of a layer."""

import numpy as np
import pytest

import mha_lib as mha

torch = pytest.importorskip("torch")

from mha_lib.nn import Alibi, MultiHeadAttention, Positions, RelativeBias, Rotary  # noqa: E402
from mha_lib.positions.layers import Positions as Base  # noqa: E402


def tokens(*shape):
    return torch.from_numpy(np.random.default_rng(3).normal(0, 1.5, shape))


def layer_of(positions, seed=0):
    """Return a layer of width 8 with 2 heads, its weights and the scheme's own drawn at random, in float64."""
    layer = MultiHeadAttention(8, 2, positions=positions).double()
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.from_numpy(rng.normal(size=parameter.shape)))
    return layer


def schemes():
    return {"rotary": Rotary(4), "relative bias": RelativeBias(2, 8, 16), "ALiBi": Alibi(2)}


@pytest.mark.parametrize("start", [0, 5])
@pytest.mark.parametrize("base", [10000.0, 50.0])
def test_rotary_is_rotate(start, base):
    x = tokens(2, 3, 5, 6)
    expected = mha.rotate(x.numpy(), np.arange(start, start + 5), base)
    np.testing.assert_allclose(Rotary(6, base).turn(x, start).numpy(), expected, rtol=1e-12, atol=1e-12)


def test_rotary_computes_its_angles_in_float32_at_least():
    x = tokens(1, 1, 3000, 4)
    turned = Rotary(4).turn(x.to(torch.bfloat16))
    assert turned.dtype == torch.bfloat16
    assert (turned.double() - Rotary(4).turn(x)).abs().max() < 0.1


@pytest.mark.parametrize("sizes", [(5, 5), (2, 7)])
def test_alibi_is_alibi_bias(sizes):
    np.testing.assert_allclose(Alibi(4).double().bias(*sizes).numpy(), mha.alibi_bias(4, *sizes), rtol=1e-6)


def test_alibi_has_nothing_to_learn_and_nothing_to_store():
    assert list(Alibi(4).parameters()) == []
    assert Alibi(4).state_dict() == {}


@pytest.mark.parametrize("sizes", [(5, 5), (2, 7)])
def test_a_relative_bias_looks_up_its_table(sizes):
    scheme = RelativeBias(3, 8, 16)
    with torch.no_grad():
        scheme.table.copy_(torch.arange(24.0).reshape(8, 3))
    buckets = mha.relative_buckets(*sizes, 8, 16)
    np.testing.assert_array_equal(scheme.bias(*sizes).detach().numpy(), np.stack([buckets * 3 + h for h in range(3)]))


def test_a_relative_bias_starts_as_no_bias_and_gets_a_gradient():
    scheme = RelativeBias(2, 8, 16)
    assert scheme.bias(4, 4).abs().max() == 0
    layer_of(scheme)(tokens(1, 6, 8)).sum().backward()
    used = np.unique(mha.relative_buckets(6, 6, 8, 16))
    assert (scheme.table.grad[used].abs().sum(1) > 0).all()


def test_a_scheme_turns_or_adds_and_not_both():
    x = tokens(1, 2, 3, 4)
    turns = {name: not torch.equal(scheme.turn(x), x) for name, scheme in schemes().items()}
    adds = {name: scheme.bias(3, 3) is not None for name, scheme in schemes().items()}
    assert turns == {"rotary": True, "relative bias": False, "ALiBi": False}
    assert adds == {"rotary": False, "relative bias": True, "ALiBi": True}


@pytest.mark.parametrize("name", schemes())
def test_with_a_scheme_the_order_is_visible(name):
    x, order = tokens(1, 6, 8), [4, 2, 5, 0, 1, 3]
    layers = [layer_of(None), layer_of(Positions()), layer_of(schemes()[name])]
    gaps = [mha.permutation_gap(lambda x, f=f: f(torch.from_numpy(x)).detach().numpy(), x, order) for f in layers]
    assert gaps[0] < 1e-12
    assert gaps[1] < 1e-12
    assert gaps[2] > 0.01


@pytest.mark.parametrize("name", schemes())
def test_only_the_distance_counts(name):
    """A sentence behind hidden padding reads what it reads without it."""
    layer, x = layer_of(schemes()[name]), tokens(1, 9, 8)
    hidden = torch.arange(9) >= 4
    np.testing.assert_allclose(layer(x, mask=hidden[None])[:, 4:].detach(), layer(x[:, 4:]).detach(), rtol=1e-9)


@pytest.mark.parametrize("name", schemes())
def test_the_hooked_layer_agrees_with_the_fused_one(name):
    layer, x, seen = layer_of(schemes()[name]), tokens(2, 5, 8), []
    fused = layer(x, is_causal=True)
    layer.weights.register_forward_hook(lambda module, args, weights: seen.append(weights))
    torch.testing.assert_close(layer(x, is_causal=True), fused)
    assert seen[0].shape == (2, 2, 5, 5)


def test_the_layer_with_rotary_is_attention_of_turned_queries_and_keys():
    layer, x = layer_of(Rotary(4)), tokens(1, 5, 8)
    q, k, v = layer.project_qkv(x).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4).detach().numpy()
    heads = mha.attention(mha.rotate(q, np.arange(5)), mha.rotate(k, np.arange(5)), v)
    expected = layer.project_out(torch.from_numpy(heads.transpose(0, 2, 1, 3).reshape(1, 5, 8)))
    torch.testing.assert_close(layer(x), expected)


def test_what_does_not_fit_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"even, got 5; 6 would do"):
        Rotary(5)
    with pytest.raises(ValueError, match=r"width \(6\).*d_head \(4\)"):
        Rotary(4).turn(tokens(1, 1, 2, 6))


def test_the_base_scheme_is_in_the_table_of_contents():
    assert Positions is Base
