"""heads.convert and encoder.convert: PyTorch's modules with the same numbers compute the same, both ways."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import mha_lib as mha
from mha_lib.nn import (
    Alibi,
    EncoderBlock,
    MultiHeadAttention,
    attention_maps,
    from_torch_attention,
    from_torch_block,
    to_torch_attention,
    to_torch_block,
)
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close


def tokens(n=7):
    return torch.randn(2, n, 20, generator=torch.Generator().manual_seed(n), dtype=torch.float64)


def padding():
    return torch.from_numpy(mha.padding_mask([7, 4], 7))


def torch_block(**kwargs):
    return nn.TransformerEncoderLayer(20, 4, 13, **{"activation": "gelu", "dropout": 0.0} | kwargs)


def same(one, other):
    """Return whether two modules of one type hold equal numbers under equal names."""
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_attention_from_pytorch_computes_the_same(bias, batch_first):
    module = shaken(nn.MultiheadAttention(20, 4, bias=bias, batch_first=batch_first))
    layer, x, memory = from_torch_attention(module), tokens(), tokens(11)
    theirs = (t if batch_first else t.transpose(0, 1) for t in (x, memory, memory))
    expected, weights = module(*theirs, average_attn_weights=False)
    assert_close(layer(x, memory), expected if batch_first else expected.transpose(0, 1))
    assert_close(attention_maps(layer, x, memory)[0], weights)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_attention_to_pytorch_computes_the_same(bias, training):
    layer, x = shaken(MultiHeadAttention(20, 4, bias=bias)).train(training), tokens()
    module = to_torch_attention(layer)
    with torch.no_grad():  # in eval mode PyTorch now takes a path of its own
        output = module(x, x, x, key_padding_mask=~padding()[:, 0], need_weights=False)[0]
        assert_close(output, layer(x, mask=padding()[:, None]))


@pytest.mark.parametrize("module", [nn.MultiheadAttention(20, 4, 0.25, bias=bias) for bias in (True, False)])
def test_attention_there_and_back_is_the_same_again(module):
    again = to_torch_attention(from_torch_attention(module))
    assert same(again, module)
    assert (again.dropout, again.num_heads, again.embed_dim) == (0.25, 4, 20)


def test_the_module_gives_nan_where_our_layer_reads_zeros():
    layer, x = shaken(MultiHeadAttention(20, 4)), tokens()
    module, hidden = to_torch_attention(layer), torch.ones(7, 7, dtype=torch.bool)
    zeros = layer.project_out.bias.expand(2, 7, -1)
    assert_close(layer(x, mask=~hidden), zeros)
    assert_close(module(x, x, x, attn_mask=hidden, need_weights=False)[0], zeros)
    assert module(x, x, x, attn_mask=hidden)[0].isnan().all()
    with torch.no_grad():
        assert module.eval()(x, x, x, attn_mask=hidden, need_weights=False)[0].isnan().all()


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("activation", ["gelu", F.gelu, nn.GELU()])
def test_a_block_from_pytorch_computes_the_same(activation, batch_first, norm_first):
    module = torch_block(activation=activation, batch_first=batch_first, norm_first=norm_first, layer_norm_eps=0.1)
    module, x = shaken(module), tokens()
    theirs = module(x if batch_first else x.transpose(0, 1), src_key_padding_mask=~padding()[:, 0])
    ours = from_torch_block(module)(x, padding()[:, None])
    assert_close(ours, theirs if batch_first else theirs.transpose(0, 1))


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("training", [True, False])
def test_a_block_to_pytorch_computes_the_same(training, norm):
    block, x = shaken(EncoderBlock(20, 4, 13, norm=norm)).train(training), tokens()
    with torch.no_grad():
        output = to_torch_block(block)(x, src_key_padding_mask=~padding()[:, 0])
    real = padding()[:, 0]
    assert_close(output[real], block(x, padding()[:, None])[real])


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_block_there_and_back_is_the_same_again(norm_first):
    module = shaken(torch_block(norm_first=norm_first, dropout=0.25, layer_norm_eps=0.1))
    again = to_torch_block(from_torch_block(module))
    assert same(again, module)
    assert (again.norm_first, again.dropout.p, again.self_attn.dropout) == (norm_first, 0.25, 0.25)
    assert (again.norm1.eps, again.norm2.eps, again.self_attn.batch_first) == (0.1, 0.1, True)


CONVERSIONS = [
    (from_torch_attention, nn.MultiheadAttention(20, 4)),
    (to_torch_attention, MultiHeadAttention(20, 4)),
    (from_torch_block, torch_block()),
    (to_torch_block, EncoderBlock(20, 4, 13)),
]


@pytest.mark.parametrize(("convert", "module"), CONVERSIONS)
def test_parameters_are_copied_and_not_shared(convert, module):
    before = {p.data_ptr() for p in module.parameters()}
    assert before.isdisjoint(p.data_ptr() for p in convert(module).parameters())
    assert all(p.requires_grad for p in convert(module).parameters())


@pytest.mark.parametrize(("convert", "module"), CONVERSIONS)
def test_type_and_mode_come_along(convert, module):
    converted = convert(module.bfloat16().eval())
    assert {p.dtype for p in converted.parameters()} == {torch.bfloat16}
    assert not any(part.training for part in converted.modules())
    assert all(part.training for part in convert(module.float().train()).modules())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kdim": 4}, r"embed_dim \(20\), got 4 and 20"),
        ({"vdim": 4}, r"embed_dim \(20\), got 20 and 4"),
        ({"add_bias_kv": True}, "add_bias_kv and add_zero_attn"),
        ({"add_zero_attn": True}, "add_bias_kv and add_zero_attn"),
    ],
)
def test_attention_that_our_layer_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        from_torch_attention(nn.MultiheadAttention(20, 4, **settings))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "relu"}, r'activation="gelu"\), got relu'),
        ({"activation": nn.GELU("tanh")}, r"got GELU\(approximate='tanh'\)"),
        ({"bias": False}, "bias=False leaves out"),
    ],
)
def test_a_block_that_ours_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        from_torch_block(torch_block(**settings))


def test_rates_of_dropout_that_differ_are_refused():
    module = torch_block()
    module.dropout1.p = 0.5
    with pytest.raises(ValueError, match=r"one dropout among their parts, got \[0.0, 0.0, 0.5, 0.0\]"):
        from_torch_block(module)
    block = EncoderBlock(20, 4, 13)
    block.dropout.p = 0.5
    with pytest.raises(ValueError, match=r"one dropout among their parts, got \[0.0, 0.0, 0.5\]"):
        to_torch_block(block)


def test_a_block_that_pytorch_cannot_be_is_refused():
    block = EncoderBlock(20, 4, 13)
    block.attention_norm.eps = 0.1
    with pytest.raises(ValueError, match=r"one epsilon among their parts, got \[0.1, 1e-05\]"):
        to_torch_block(block)
    block.attention = MultiHeadAttention(20, 4, bias=False)
    with pytest.raises(ValueError, match="biases of its attention alone"):
        to_torch_block(block)


def test_positions_have_no_place_in_pytorchs_module():
    with pytest.raises(ValueError, match=r"no place for positions \(Alibi\)"):
        to_torch_attention(MultiHeadAttention(16, 4, positions=Alibi(4)))


def test_a_block_with_another_activation_is_not_converted():
    block = EncoderBlock(20, 4, 13)
    block.feed_forward.activation = F.relu
    with pytest.raises(ValueError, match=r"exact GELU.*relu"):
        to_torch_block(block)
