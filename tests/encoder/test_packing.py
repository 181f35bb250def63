"""encoder.packing: leaving padding out gives what hiding it gives, forward and backward."""

import pytest
import torch

import mha_lib as mha
from mha_lib.nn import (
    Encoder,
    MultiHeadAttention,
    Rotary,
    attend_packed,
    attention_maps,
    encode_packed,
    pack,
    recorded_weights,
    unpack,
)
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

LENGTHS = [7, 4, 0, 1]
REAL = torch.arange(7) < torch.tensor(LENGTHS)[:, None]
MASK = torch.from_numpy(mha.padding_mask(LENGTHS, 7))[:, None]


def tokens():
    return torch.randn(4, 7, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()


def gradients(function, module, x):
    """Return the output for real tokens, and the gradient of the input and every parameter."""
    output = function(x)[REAL]
    weighted = output * torch.cos(torch.arange(output.numel()).double()).reshape(output.shape)
    return [output, *torch.autograd.grad(weighted.sum(), [x, *module.parameters()])]


def test_packing_leaves_the_real_tokens():
    assert torch.equal(pack(tokens(), LENGTHS)[0], tokens()[REAL])


def test_unpacking_undoes_packing_and_puts_zeros():
    again = unpack(pack(tokens(), LENGTHS), LENGTHS, 7)
    assert torch.equal(again, tokens() * REAL[..., None])


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_packed_encoder_equals_a_masked_one_forward_and_backward(norm, is_causal):
    encoder, x = shaken(Encoder(12, 2, 13, num_layers=2, norm=norm)), tokens()
    packed = gradients(lambda x: encode_packed(encoder, x, LENGTHS, is_causal), encoder, x)
    masked = gradients(lambda x: encoder(x, MASK, is_causal), encoder, x)
    for one, other in zip(packed, masked, strict=True):
        assert_close(one, other)


def test_padding_becomes_zeros_and_what_stood_there_does_not_matter():
    encoder, x = shaken(Encoder(12, 2, 13, num_layers=2)), tokens()
    output = encode_packed(encoder, x.detach().masked_fill(~REAL[..., None], torch.nan), LENGTHS)
    assert output[~REAL].eq(0).all()
    assert_close(output, encode_packed(encoder, x, LENGTHS))


def test_each_sentence_has_positions_of_its_own():
    layer, x = shaken(MultiHeadAttention(12, 2, positions=Rotary(6))), tokens()
    packed = attend_packed(layer, pack(x, LENGTHS), LENGTHS)
    assert_close(packed[0], layer(x, mask=MASK)[REAL])


def test_the_weights_can_be_read_sentence_by_sentence():
    layer, x = shaken(MultiHeadAttention(12, 2)), tokens()
    whole = attention_maps(layer, x, mask=MASK)[0]
    with recorded_weights(layer) as maps:
        attend_packed(layer, pack(x, LENGTHS), LENGTHS)
    assert [weights.shape for weights in maps] == [(1, 2, n, n) for n in LENGTHS if n]
    assert_close(maps[1][0], whole[1, :, :4, :4])


@pytest.mark.parametrize("lengths", [[7, 4, 0], [8, 4, 0, 1], [7, -1, 0, 1]])
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(ValueError, match=rf"need 4 lengths from 0 to 7, got \[{lengths[0]}, {lengths[1]}"):
        pack(tokens(), lengths)


def test_lengths_with_another_sum_are_refused():
    with pytest.raises(ValueError, match="sum to 11, but 12 tokens"):
        unpack(torch.zeros(1, 12, 3), [7, 4], 7)


def test_a_row_too_short_for_a_sentence_is_refused():
    with pytest.raises(ValueError, match="row of 6 tokens cannot hold a sentence of 7"):
        unpack(torch.zeros(1, 11, 3), [7, 4], 6)
