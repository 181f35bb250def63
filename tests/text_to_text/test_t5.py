"""text_to_text.t5 part by part; that the whole is T5, tests/text_to_text/test_checkpoints.py proves."""

import copy
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import mha_lib as mha
from mha_lib.nn import T5, GatedFeedForward, MultiHeadAttention, PastBias, RMSNorm, attention_maps, shift
from mha_lib.text_to_text.t5 import V1_1, T5Attention, T5Block, T5DecoderBlock
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

SIZES = {"d_model": 15, "num_heads": 3, "d_head": 4, "d_ff": 13}
MODEL = SIZES | {"vocab_size": 17, "num_layers": 2, "num_buckets": 8, "max_distance": 16}
VERSIONS = [{}, V1_1]
PARTS = SIZES | {"gated": False, "eps": 1e-6, "dropout": 0.0}


def words(n, seed=0):
    return torch.randint(17, (2, n), generator=torch.Generator().manual_seed(seed))


def tokens(n, seed=0):
    return torch.randn(2, n, 15, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def padding(lengths, n):
    return torch.from_numpy(mha.padding_mask(lengths, n))[:, None]


def drawn(seed=0, **settings):
    torch.manual_seed(seed)
    return T5(**{"vocab_size": 400, "d_model": 64, "num_heads": 4, "d_ff": 128, "num_layers": 2} | settings)


def test_a_norm_divides_by_the_root_of_the_mean_square_and_takes_off_no_mean():
    norm, x = shaken(RMSNorm(15, eps=0.01)), tokens(5)
    assert_close(norm(x), F.rms_norm(x, (15,), norm.gain, eps=0.01))
    assert not torch.allclose(norm(x + 3), norm(x))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_norm_in_half_precision_squares_in_single(dtype):
    x = torch.tensor([3e4, -4e4], dtype=dtype)  # their squares are beyond float16
    norm = RMSNorm(2).to(dtype)
    assert norm(x).dtype == dtype
    torch.testing.assert_close(norm(x).float(), torch.tensor([0.6, -0.8]) * math.sqrt(2), rtol=0.01, atol=0)


def test_a_gate_is_bent_by_the_tanh_gelu_and_the_other_projection_is_not():
    layer, x = shaken(GatedFeedForward(15, 13)), tokens(5)
    gate = x @ layer.project_gate.weight.T
    bent = 0.5 * gate * (1 + torch.tanh(math.sqrt(2 / math.pi) * (gate + 0.044715 * gate**3)))
    assert_close(layer(x), (bent * (x @ layer.project_in.weight.T)) @ layer.project_out.weight.T)


def test_attention_of_the_usual_width_is_the_book_s_without_biases():
    ours, usual = shaken(T5Attention(15, 3, 5)), MultiHeadAttention(15, 3, bias=False).double()
    usual.load_state_dict(ours.state_dict())
    x, memory = tokens(5), tokens(7, 1)
    torch.testing.assert_close(ours(x, memory, is_causal=True), usual(x, memory, is_causal=True), rtol=0, atol=0)


@pytest.mark.parametrize("d_head", [4, 7])
def test_heads_of_any_width_read_themselves_and_a_memory(d_head):
    layer, x, memory = shaken(T5Attention(15, 3, d_head)), tokens(5), tokens(7, 1)
    w_q, w_k, w_v = layer.project_qkv.weight.unflatten(0, (3, 3, d_head))  # each (h, d, d_model)
    for read in (x, memory):
        q, k, v = x[:, None] @ w_q.mT, read[:, None] @ w_k.mT, read[:, None] @ w_v.mT
        heads = torch.softmax(q @ k.mT / math.sqrt(d_head), -1) @ v
        assert_close(layer(x, read), heads.transpose(1, 2).flatten(2) @ layer.project_out.weight.T)


def test_queries_made_larger_by_the_root_of_the_width_undo_the_division():
    layer, x = shaken(T5Attention(15, 3, 4)), tokens(5)
    q, k, _ = layer.project(x, x)
    layer.project_qkv.weight.data[:12] *= math.sqrt(4)
    assert_close(attention_maps(layer, x)[0], torch.softmax(q @ k.mT, -1))


def test_a_causal_bias_has_all_its_buckets_for_the_past():
    both, back = mha.relative_buckets(40, 40, 16, 12), PastBias(2, 8, 12).buckets(40, 40)
    past = np.tril(np.ones((40, 40), bool))
    np.testing.assert_array_equal(back[past], both[past])
    assert (back[~past] == 0).all()
    assert set(back.flat) == set(range(8))


@pytest.mark.parametrize("given", [(1, 16), (8, 4)])
def test_causal_buckets_that_are_too_few_or_too_near_are_refused_with_both_numbers(given):
    with pytest.raises(ValueError, match=f"at least 2 .* num_buckets // 2, got {given[0]} and {given[1]}"):
        mha.causal_buckets(3, 3, *given)


def test_a_block_reads_then_thinks_and_normalises_before_each():
    block, x, mask = shaken(T5Block(**PARTS, positions=None)), tokens(5), padding([5, 3], 5)
    first = x + block.attention(block.attention_norm(x), mask=mask)
    thought = F.relu(block.feed_forward_norm(first) @ block.feed_forward.project_in.weight.T)
    assert_close(block(x, mask), first + thought @ block.feed_forward.project_out.weight.T)


def test_a_decoder_block_reads_itself_then_the_memory_then_thinks():
    block, x, memory = shaken(T5DecoderBlock(**PARTS, positions=None)), tokens(5), tokens(7, 1)
    mask = padding([7, 4], 7)
    first = x + block.attention(block.attention_norm(x), is_causal=True)
    second = first + block.cross_attention(block.cross_attention_norm(first), memory, mask)
    assert_close(block(x, memory, mask), second + block.feed_forward(block.feed_forward_norm(second)))


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_has_a_bias_but_the_distances(version):
    names = [name for name, _ in T5(**MODEL, **version).named_parameters()]
    assert [name for name in names if "bias" in name] == []
    assert [name for name in names if "positions" in name] == [
        "encoder.blocks.0.attention.positions.table",
        "decoder.blocks.0.attention.positions.table",
    ]
    assert list(T5(**MODEL, **version).state_dict()) == names


@pytest.mark.parametrize("stack", ["encoder", "decoder"])
def test_every_block_of_a_stack_adds_the_bias_of_its_first(stack):
    model = copy.deepcopy(T5(**MODEL))
    blocks = getattr(model, stack).blocks
    table = blocks[0].attention.positions.table
    with torch.no_grad():
        table.fill_(0.0)[0] = 50.0  # distance 0 alone
        for block in blocks:
            block.attention.project_qkv.weight[:24] = 0.0
    maps = attention_maps(model, words(5), words(5, 1))
    own = maps[:2] if stack == "encoder" else [maps[2], maps[4]]
    for weights in own:
        torch.testing.assert_close(weights, torch.eye(5).expand(2, 3, 5, 5))


def test_cross_attention_knows_no_distance():
    model = shaken(T5(**MODEL))
    memory, order = tokens(7), torch.tensor([4, 2, 6, 0, 1, 3, 5])
    assert_close(model.decode(words(5), memory[:, order]), model.decode(words(5), memory))


def test_without_its_distances_an_encoder_knows_no_order():
    model, source, order = shaken(T5(**MODEL)), words(7), torch.tensor([4, 2, 6, 0, 1, 3, 5])
    assert not torch.allclose(model.encode(source[:, order]), model.encode(source)[:, order])
    model.encoder.blocks[0].attention.positions.table.data.zero_()
    assert_close(model.encode(source[:, order]), model.encode(source)[:, order])


@pytest.mark.parametrize("version", VERSIONS)
def test_no_score_sees_what_comes_after_its_token(version):
    model, source, target = shaken(T5(**MODEL, **version)), words(7), words(6, 1)
    changed = target.clone()
    changed[:, 4:] = (changed[:, 4:] + 1) % 17
    before, after = model(source, target), model(source, changed)
    assert_close(after[:, :4], before[:, :4])
    assert not torch.isclose(after[:, 4:], before[:, 4:]).all(-1).any()


@pytest.mark.parametrize("version", VERSIONS)
def test_padding_in_the_source_changes_nothing(version):
    model, source, target, mask = shaken(T5(**MODEL, **version)), words(7), words(6, 1), padding([7, 4], 7)
    scores = model(source, target, mask)
    source[1, 4:] = (source[1, 4:] + 1) % 17
    assert_close(model(source, target, mask), scores)
    assert_close(model(source[1:, :4], target[1:]), scores[1:])
    assert not torch.allclose(model(source, target)[1], scores[1])


@pytest.mark.parametrize("start", [2, 6])
def test_only_distances_count(start):
    """A source behind hidden tokens is read as it is without them."""
    model, source = shaken(T5(**MODEL)), words(9)
    hidden = (torch.arange(9) >= start).expand(2, 1, 1, 9)
    assert_close(model.encode(source, hidden)[:, start:], model.encode(source[:, start:]))


def test_scores_are_the_scaled_products_with_the_embeddings():
    model, seen = shaken(T5(**MODEL)), []
    model.decoder.register_forward_hook(lambda module, args, output: seen.append(output))
    scores = model(words(7), words(6, 1))
    assert_close(scores, seen[0] @ model.token_embedding.weight.T / math.sqrt(15))


def test_version_1_1_scores_with_a_matrix_of_its_own_unscaled():
    model, seen = shaken(T5(**MODEL, **V1_1)), []
    model.decoder.register_forward_hook(lambda module, args, output: seen.append(output))
    assert_close(model(words(7), words(6, 1)), seen[0] @ model.predict.weight.T)


def test_the_stacks_may_have_different_depths():
    model = T5(**MODEL, num_decoder_layers=3)
    assert (len(model.encoder.blocks), len(model.decoder.blocks)) == (2, 3)
    assert (len(T5(**MODEL).encoder.blocks), len(T5(**MODEL).decoder.blocks)) == (2, 2)


def test_a_gradient_reaches_every_parameter():
    model = shaken(T5(**MODEL, **V1_1))
    model(words(12), words(12, 1)).square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_dropout_rests_in_eval_mode_and_acts_everywhere_in_training():
    model = T5(**MODEL, dropout=0.4)
    twice = [model(words(7), words(6, 1)) for _ in range(2)]
    assert not torch.allclose(*twice)
    twice = [model.eval()(words(7), words(6, 1)) for _ in range(2)]
    torch.testing.assert_close(*twice, rtol=0, atol=0)
    rates = [m.p for m in model.modules() if isinstance(m, torch.nn.Dropout)]
    layers = [m.dropout for m in model.modules() if isinstance(m, MultiHeadAttention)]
    assert set(rates) == set(layers) == {0.4}
    assert (len(rates), len(layers)) == (2 + 4 + 4, 6)  # two stacks; a block's own and its feed-forward layer's


def test_a_block_drops_out_of_what_it_adds():
    block, x = T5Block(**PARTS | {"dropout": 0.4}, positions=None), torch.randn(1, 4000, 15)
    block.attention.dropout = 0.0
    block.feed_forward.project_out.weight.data.zero_()
    assert block(x).eq(x).double().mean().item() == pytest.approx(0.4, abs=0.02)


def test_a_stack_drops_out_of_what_enters_and_of_what_leaves():
    stack = T5(**MODEL, dropout=0.5).encoder
    stack.blocks = torch.nn.ModuleList()
    x = torch.ones(1, 4000, 15)
    assert stack(x).eq(0).double().mean().item() == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("token_embedding.weight", 1.0),
        ("encoder.blocks.1.attention.project_qkv.weight", 64**-0.5),
        ("decoder.blocks.1.cross_attention.project_out.weight", 80**-0.5),
        ("decoder.blocks.0.feed_forward.project_gate.weight", 64**-0.5),
        ("decoder.blocks.0.feed_forward.project_in.weight", 64**-0.5),
        ("encoder.blocks.0.feed_forward.project_out.weight", 128**-0.5),
        ("encoder.blocks.0.attention.positions.table", 64**-0.5),
        ("predict.weight", 64**-0.5),
    ],
)
def test_initial_values_have_the_deviation_of_the_published_code(name, deviation):
    model = drawn(d_head=20, num_buckets=64, max_distance=300, **V1_1)
    assert model.get_parameter(name).std().item() == pytest.approx(deviation, rel=0.15)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_new_model_s_scores_are_of_size_1(version):
    scores = drawn(**version)(words(9), words(9, 1))
    assert 0.5 < scores.std().item() < 2


def test_tokens_are_sorted_after_a_short_training():
    torch.manual_seed(0)
    model = T5(vocab_size=12, d_model=48, num_heads=4, d_ff=96, num_layers=2, num_buckets=16, max_distance=32)
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3)
    source = torch.rand(3400, 10).argsort(1)[:, :6] + 2  # 6 of the numbers from 2 to 11
    labels = source.sort(1).values
    for rows in torch.arange(3200).split(32):
        scores = model(source[rows], shift(labels[rows], 0))
        optimiser.zero_grad()
        F.cross_entropy(scores.flatten(0, 1), labels[rows].flatten()).backward()
        optimiser.step()
    right = model(source[3200:], shift(labels[3200:], 0)).argmax(-1) == labels[3200:]
    assert right.double().mean() > 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"d_head": None, "num_heads": 4}, r"d_model \(15\) must be divisible by num_heads \(4\), or d_head"),
        ({"num_buckets": 3}, "num_buckets of at least 4.*got 3"),
        ({"max_distance": 2}, "max_distance above.*got 8 and 2"),
        ({"dropout": 1.0}, "dropout must be .* got 1.0"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        T5(**MODEL | settings)(words(5), words(5))
