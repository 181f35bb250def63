"""translation.decoder: the block, the model and what they are shown; parity with torch.nn.TransformerDecoderLayer."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import mha_lib as mha
from mha_lib.nn import (
    Decoder,
    DecoderBlock,
    MultiHeadAttention,
    Seq2Seq,
    from_torch_decoder_block,
    recorded_weights,
    sequence_loss,
    shift,
    to_torch_decoder_block,
)
from mha_lib.translation.convert import DECODER_NAMES
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

SIZES = {"d_model": 15, "num_heads": 3, "d_ff": 13}
MODEL = SIZES | {"vocab_size": 17, "num_layers": 2, "max_len": 11}


def tokens(n, seed=0):
    return torch.randn(2, n, 15, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def words(n, seed=0):
    return torch.randint(17, (2, n), generator=torch.Generator().manual_seed(seed))


def padding(lengths, n):
    return torch.from_numpy(mha.padding_mask(lengths, n))[:, None]


def norm_of(layer, x):
    return F.layer_norm(x, (15,), layer.weight, layer.bias)


def causal(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def torch_block(**kwargs):
    return nn.TransformerDecoderLayer(15, 3, 13, **{"activation": "gelu", "dropout": 0.0, "batch_first": True} | kwargs)


def test_a_pre_norm_block_reads_itself_then_the_memory_then_thinks():
    block, x, memory = shaken(DecoderBlock(**SIZES)), tokens(5), tokens(7, 1)
    first = x + block.attention(norm_of(block.attention_norm, x), mask=causal(5))
    second = first + block.cross_attention(norm_of(block.cross_attention_norm, first), memory)
    assert_close(block(x, memory), second + block.feed_forward(norm_of(block.feed_forward_norm, second)))


def test_a_post_norm_block_normalises_the_sums():
    block, x, memory = shaken(DecoderBlock(**SIZES, norm="post")), tokens(5), tokens(7, 1)
    first = norm_of(block.attention_norm, x + block.attention(x, mask=causal(5)))
    second = norm_of(block.cross_attention_norm, first + block.cross_attention(first, memory))
    assert_close(block(x, memory), norm_of(block.feed_forward_norm, second + block.feed_forward(second)))


def test_a_stack_is_its_blocks_one_after_the_other_on_one_memory():
    decoder, x, memory = shaken(Decoder(**SIZES, num_layers=2)), tokens(5), tokens(7, 1)
    mask, memory_mask = padding([5, 3], 5), padding([7, 4], 7)
    first, second = decoder.blocks
    wanted = second(first(x, memory, mask, memory_mask), memory, mask, memory_mask)
    assert_close(decoder(x, memory, mask, memory_mask), norm_of(decoder.final_norm, wanted))
    assert isinstance(Decoder(**SIZES, num_layers=1, norm="post").final_norm, nn.Identity)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_no_token_sees_what_comes_after_it(norm):
    decoder, x, memory = shaken(Decoder(**SIZES, num_layers=2, norm=norm)), tokens(5), tokens(7, 1)
    assert_close(decoder(x, memory)[:, :3], decoder(x[:, :3], memory))


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_padding_in_the_memory_changes_nothing(norm):
    block, x, memory = shaken(DecoderBlock(**SIZES, norm=norm)), tokens(5), tokens(7, 1)
    padded = block(x, memory, memory_mask=padding([7, 4], 7))
    assert_close(padded[1:], block(x[1:], memory[1:, :4]))
    assert not torch.allclose(padded[1:], block(x[1:], memory[1:]))


def both(norm, with_masks):
    """Return for one block and PyTorch's of the same numbers: outputs and all gradients by PyTorch's names."""
    module = shaken(torch_block(norm_first=norm == "pre", layer_norm_eps=0.1))
    block = from_torch_decoder_block(module)
    x, memory = tokens(5).requires_grad_(), tokens(7, 1).requires_grad_()
    ours, theirs = {}, {"tgt_mask": ~causal(5)}
    if with_masks:
        ours = {"mask": padding([5, 3], 5), "memory_mask": padding([7, 4], 7)}
        theirs |= {
            "tgt_key_padding_mask": ~ours["mask"][:, 0, 0],
            "memory_key_padding_mask": ~ours["memory_mask"][:, 0, 0],
        }
    results = []
    for part, kwargs, names in ((block, ours, DECODER_NAMES), (module, theirs, {})):
        output = part(x, memory, **kwargs)
        parameters = {names.get(name, name): parameter for name, parameter in part.named_parameters()}
        leaves = {"x": x, "memory": memory} | parameters
        gradients = torch.autograd.grad((output * tokens(5, 2).abs()).sum(), list(leaves.values()))
        results.append(dict(zip(leaves, gradients, strict=True)) | {"output": output})
    return results


@pytest.mark.parametrize("with_masks", [False, True])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_block_is_pytorchs_decoder_layer_in_outputs_and_gradients(norm, with_masks):
    ours, theirs = both(norm, with_masks)
    assert ours.keys() == theirs.keys()
    assert len(ours) == 21
    for name in theirs:
        assert_close(ours[name], theirs[name])


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("training", [True, False])
def test_a_block_to_pytorch_computes_the_same(training, norm):
    block, x, memory = shaken(DecoderBlock(**SIZES, norm=norm)).train(training), tokens(5), tokens(7, 1)
    memory_mask = padding([7, 4], 7)
    module = to_torch_decoder_block(block)
    output = module(x, memory, tgt_mask=~causal(5), memory_key_padding_mask=~memory_mask[:, 0, 0])
    assert_close(output, block(x, memory, memory_mask=memory_mask))


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_block_there_and_back_is_the_same_again(norm_first):
    module = shaken(torch_block(norm_first=norm_first, dropout=0.25, layer_norm_eps=0.1)).eval()
    again = to_torch_decoder_block(from_torch_decoder_block(module))
    before, after = module.state_dict(), again.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert (again.norm_first, again.dropout3.p, again.multihead_attn.dropout) == (norm_first, 0.25, 0.25)
    assert (again.norm1.eps, again.norm2.eps, again.norm3.eps, again.training) == (0.1, 0.1, 0.1, False)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"activation": "relu"}, r'activation="gelu"\), got relu'), ({"bias": False}, "bias=False leaves out")],
)
def test_a_block_that_ours_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        from_torch_decoder_block(torch_block(**settings))


def test_parts_that_differ_are_refused():
    module = torch_block()
    module.multihead_attn.dropout = 0.5
    with pytest.raises(ValueError, match=r"one dropout among their parts, got \[0.0, 0.5, 0.0, 0.0, 0.0, 0.0\]"):
        from_torch_decoder_block(module)
    block = DecoderBlock(**SIZES)
    block.cross_attention_norm.eps = 0.1
    with pytest.raises(ValueError, match=r"one epsilon among their parts, got \[1e-05, 0.1, 1e-05\]"):
        to_torch_decoder_block(block)
    block.cross_attention = MultiHeadAttention(15, 3, bias=False)
    with pytest.raises(ValueError, match="biases of its attention alone"):
        to_torch_decoder_block(block)


def test_dropout_acts_on_all_three_branches_in_training_only():
    block, x, memory = DecoderBlock(**SIZES, dropout=0.5), tokens(5).float(), tokens(7, 1).float()
    assert (block.attention.dropout, block.cross_attention.dropout, block.dropout.p) == (0.5, 0.5, 0.5)
    torch.manual_seed(0)
    assert not torch.equal(block(x, memory), block(x, memory))
    assert torch.equal(block.eval()(x, memory), block(x, memory))


def test_the_model_embeds_encodes_decodes_and_predicts():
    model, source, target = shaken(Seq2Seq(**MODEL)), words(7), words(5, 1)
    mask = padding([7, 4], 7)
    memory = model.encoder(model.token_embedding(source) + model.source_positions.weight[:7], mask)
    read = model.decoder(model.token_embedding(target) + model.target_positions.weight[:5], memory, memory_mask=mask)
    assert_close(model(source, target, mask), model.predict(read))
    assert model(source, target).shape == (2, 5, 17)


def test_the_model_ignores_padding_on_both_sides():
    model, source, target = shaken(Seq2Seq(**MODEL)), words(7), words(5, 1)
    padded = model(source, target, padding([7, 4], 7))
    assert_close(padded[1:, :3], model(source[1:, :4], target[1:, :3]))


def test_a_memory_hidden_altogether_leaves_the_source_without_a_say():
    model, target, nothing = shaken(Seq2Seq(**MODEL)), words(5, 1), torch.zeros(1, 1, 1, 7, dtype=torch.bool)
    assert_close(model(words(7), target, nothing), model(words(7, 3), target, nothing))
    model(words(7), target, nothing).sum().backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())


def test_more_tokens_than_positions_are_refused_on_both_sides():
    for num_source, num_target in ((12, 5), (7, 12)):
        with pytest.raises(ValueError, match=r"max_len \(11\) tokens, got 12"):
            Seq2Seq(**MODEL)(words(num_source), words(num_target))


def test_the_maps_come_in_the_order_encoder_then_each_decoder_block_itself_before_memory():
    model = shaken(Seq2Seq(**MODEL))
    with recorded_weights(model) as maps:
        model(words(7), words(5, 1))
    assert [tuple(m.shape[2:]) for m in maps] == [(7, 7), (7, 7), (5, 5), (5, 7), (5, 5), (5, 7)]


def test_shift_shows_each_place_the_labels_before_it():
    labels = torch.tensor([[5, 6, 2, 0], [7, 2, 0, 0]])
    assert shift(labels, 1).tolist() == [[1, 5, 6, 2], [1, 7, 2, 0]]
    assert labels.tolist() == [[5, 6, 2, 0], [7, 2, 0, 0]]
    assert shift(labels, 1).dtype == labels.dtype


def test_the_loss_is_the_mean_over_labels_that_are_not_padding():
    scores = torch.randn(2, 3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[4, 3, 2], [1, 0, 0]])
    log_probs = scores.log_softmax(-1)
    wanted = -(log_probs[0, 0, 4] + log_probs[0, 1, 3] + log_probs[0, 2, 2] + log_probs[1, 0, 1]) / 4
    assert_close(sequence_loss(scores, labels, pad=0), wanted)
    assert math.isnan(sequence_loss(scores, torch.zeros_like(labels), pad=0))


def test_the_model_learns_to_turn_a_sequence_round():
    torch.manual_seed(0)
    model = Seq2Seq(vocab_size=8, d_model=32, num_heads=2, d_ff=64, num_layers=1, max_len=6)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    source = torch.randint(2, 8, (256, 4))
    labels = source.flip(1)
    for _ in range(120):
        loss = sequence_loss(model(source, shift(labels, 1)), labels, pad=0)
        optimiser.zero_grad(), loss.backward(), optimiser.step()
    new = torch.randint(2, 8, (64, 4))
    scores = model(new, shift(new.flip(1), 1))
    assert (scores.argmax(-1) == new.flip(1)).double().mean() > 0.9
