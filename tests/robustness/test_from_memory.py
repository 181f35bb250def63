"""The encoder in NumPy is the encoder in PyTorch."""

import numpy as np
import pytest
import torch

from mha_lib.nn import EncoderBlock, EncoderClassifier
from mha_lib.robustness import from_memory


def shaken(module):
    """Return the module in double precision with every parameter drawn anew: fresh ones hide mistakes."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.4 * torch.randn(parameter.shape, generator=generator)
    return module.double().eval()


def masks():
    lengths = np.array([3, 5])
    padded = (np.arange(5) < lengths[:, None])[:, None, None, :]
    return {"none": None, "padding": padded, "causal": np.tri(5, dtype=bool)[None, None]}


@pytest.mark.parametrize("name", masks())
@pytest.mark.parametrize("num_heads", [1, 3])
def test_a_block_is_pytorchs_block(name, num_heads):
    block, mask = shaken(EncoderBlock(6, num_heads, 7)), masks()[name]
    x = np.random.default_rng(1).normal(size=(2, 5, 6))
    with torch.no_grad():
        theirs = block(torch.from_numpy(x), None if mask is None else torch.from_numpy(mask)).numpy()
    ours = from_memory.encoder_block(x, from_memory.block_weights(block), num_heads, mask)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_a_classifier_is_pytorchs_classifier():
    model = shaken(EncoderClassifier(11, 3, d_model=6, num_heads=2, d_ff=7, num_layers=2, max_len=9))
    ids = np.random.default_rng(2).integers(0, 11, (4, 5))
    mask = (np.arange(5) < np.array([5, 3, 4, 1])[:, None])[:, None, None, :]
    with torch.no_grad():
        theirs = model(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
    np.testing.assert_allclose(from_memory.classify(model, ids, mask), theirs, atol=1e-12)


def test_every_parameter_of_a_block_is_taken_once_under_its_name():
    block = EncoderBlock(6, 2, 7)
    weights = from_memory.block_weights(block)
    assert tuple(weights) == from_memory.BLOCK_WEIGHTS
    assert sum(weight.size for weight in weights.values()) == sum(p.numel() for p in block.parameters())


def test_layer_norm_and_gelu_are_pytorchs():
    x = np.random.default_rng(4).normal(size=(3, 5)) + 2
    gain, shift = np.arange(1.0, 6), np.arange(5.0)
    theirs = torch.nn.functional.layer_norm(torch.from_numpy(x), (5,), *map(torch.from_numpy, (gain, shift)), eps=0.1)
    np.testing.assert_allclose(from_memory.layer_norm(x, gain, shift, eps=0.1), theirs)
    np.testing.assert_allclose(from_memory.gelu(x - 2), torch.nn.functional.gelu(torch.from_numpy(x - 2)), atol=1e-12)


def test_a_missing_weight_is_named():
    weights = from_memory.block_weights(EncoderBlock(6, 2, 7))
    del weights["b_o"]
    with pytest.raises(ValueError, match=r"missing: b_o$"):
        from_memory.encoder_block(np.zeros((2, 6)), weights, 2)


def test_what_is_given_is_not_changed():
    block = EncoderBlock(6, 2, 7)
    x, weights = np.ones((3, 6)), from_memory.block_weights(block)
    before = {name: weight.copy() for name, weight in weights.items()}
    from_memory.encoder_block(x, weights, 2)
    np.testing.assert_array_equal(x, 1)
    assert all(np.array_equal(weights[name], weight) for name, weight in before.items())
