"""Variants of attention, held to plain loops, to PyTorch, and to what Hugging Face's models do."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import mha_lib as mha
import mha_lib.nn
from mha_lib.heads.layers import attention_weights
from mha_lib.variants import grouped_layers, recall, window_tasks
from mha_lib.variants import sizes as variants
from tests.support import reference
from tests.support.tolerance import assert_close


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def heads(rng, h, g, num_queries, num_keys, d, e, *lead):
    return [rng.normal(size=(*lead, *shape)) for shape in ((h, num_queries, d), (g, num_keys, d), (g, num_keys, e))]


def tensors(*arrays):
    return [torch.from_numpy(array) for array in arrays]


# The cache


def test_a_cache_counts_keys_and_values_of_every_layer_head_token_and_sequence():
    arrays = [np.zeros((3, 2, 7, 5), np.float16) for _ in range(2 * 11)]  # 11 layers, 3 sequences, 2 heads
    assert mha.cache_bytes(7, num_layers=11, num_kv_heads=2, d_head=5, batch=3) == sum(x.nbytes for x in arrays)


def test_the_cache_of_the_library_is_as_large_as_counted():
    model = mha.nn.GPT(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2)
    cache = mha.nn.Cache(model, batch=5, capacity=7)
    held = sum(buffer.numel() * buffer.element_size() for buffer in cache.buffers)
    assert mha.cache_bytes(7, 2, 3, 4, batch=5, itemsize=4) == held


@pytest.mark.parametrize(("window", "kept"), [(None, 9), (12, 9), (4, 4)])
def test_a_window_caps_the_cache(window, kept):
    assert mha.cache_bytes(9, 2, 3, 4, window=window) == mha.cache_bytes(kept, 2, 3, 4)


def test_published_sizes_of_caches():
    size = {name: mha.cache_bytes(1, s.num_layers, s.num_kv_heads, s.d_head) for name, s in variants.SHAPES.items()}
    assert (size["Llama 2 7B"], size["Llama 2 70B"], size["Mistral 7B"]) == (512 * 2**10, 320 * 2**10, 128 * 2**10)


def test_a_state_is_as_large_as_its_arrays():
    arrays = [np.zeros((5, 3, 6, 4), np.float32), np.zeros((5, 3, 6), np.float32)]
    assert mha.state_bytes(2, 3, 4, num_features=6, batch=5) == 2 * sum(x.nbytes for x in arrays)
    assert mha.state_bytes(2, 3, 4) == mha.state_bytes(2, 3, 4, num_features=4)


# Grouped heads


@pytest.mark.parametrize(("h", "g"), [(6, 2), (6, 3), (4, 1), (3, 3)])
def test_each_query_head_reads_the_keys_of_its_group(rng, h, g):
    q, k, v = heads(rng, h, g, 3, 5, 4, 2)
    mask = mha.causal_mask(3, 5)
    expected = []
    for head in range(h):
        weights = [[reference.dot(q[head, i], k[head * g // h, j]) / 2 for j in range(5)] for i in range(3)]
        rows = [reference.softmax([s if mask[i, j] else -math.inf for j, s in enumerate(weights[i])]) for i in range(3)]
        expected.append(np.array(rows) @ v[head * g // h])
    np.testing.assert_allclose(mha.grouped_attention(q, k, v, mask), expected)


@pytest.mark.parametrize("g", [1, 2, 3, 6])
def test_grouped_attention_is_that_of_pytorch(rng, g):
    q, k, v = heads(rng, 6, g, 3, 5, 4, 2, 2)
    mask = np.broadcast_to(mha.causal_mask(3, 5), (2, 6, 3, 5)).copy()
    mask[1, 4, 0, 1:] = False
    expected = F.scaled_dot_product_attention(*tensors(q, k, v, mask), enable_gqa=True)
    np.testing.assert_allclose(mha.grouped_attention(q, k, v, mask), expected)


def test_grouped_attention_copies_no_keys():
    q, k = np.zeros((32, 1, 4)), np.zeros((2, 5000, 4))
    scores = 32 * 5000 * 8
    assert mha.peak_memory(lambda: mha.grouped_attention(q, k, k)) < 6 * scores  # copies would add 8 times as much


def test_heads_that_do_not_divide_are_refused(rng):
    q, k, v = heads(rng, 6, 4, 3, 5, 4, 2)
    with pytest.raises(ValueError, match=r"num_heads \(6\) must be a multiple of num_kv_heads \(4\)"):
        mha.grouped_attention(q, k, v)
    with pytest.raises(ValueError, match=r"keys \(2 heads\) and values \(3 heads\)"):
        mha.grouped_attention(q, k[:2], v[:3])


def test_pooling_means_the_heads_of_a_group(rng):
    w = rng.normal(size=(5, 18))
    head = [w[:, 3 * i : 3 * i + 3] for i in range(6)]
    expected = np.hstack([(head[0] + head[1] + head[2]) / 3, (head[3] + head[4] + head[5]) / 3])
    np.testing.assert_allclose(mha.pool_heads(w, 6, 2), expected)


def test_pooling_refuses_a_width_that_heads_do_not_divide():
    with pytest.raises(ValueError, match=r"width \(7\) must be a multiple of num_heads \(4\)"):
        mha.pool_heads(np.zeros((2, 7)), 4, 2)


def test_attention_over_pooled_heads_that_were_equal_is_unchanged(rng):
    x, w_q, one = rng.normal(size=(5, 6)), rng.normal(size=(6, 8)), rng.normal(size=(2, 6, 2))
    w_k, w_v = (np.tile(w, 4) for w in one)
    before = mha.attention(*(mha.split_heads(x @ w, 4) for w in (w_q, w_k, w_v)))
    k, v = (mha.split_heads(x @ mha.pool_heads(w, 4, 2), 2) for w in (w_k, w_v))
    np.testing.assert_allclose(mha.grouped_attention(mha.split_heads(x @ w_q, 4), k, v), before)


# Grouped heads as a layer


@pytest.mark.parametrize("g", [1, 2, 3, 6])
@pytest.mark.parametrize("is_causal", [False, True])
def test_the_layer_is_the_numpy_function_between_its_projections(g, is_causal):
    torch.manual_seed(0)
    layer = mha.nn.GroupedQueryAttention(12, 6, g).double()
    x = torch.randn(2, 5, 12, dtype=torch.double)
    packed = F.linear(x, *layer.project_qkv.parameters()).detach().numpy()
    q, k, v = (
        mha.split_heads(part, n) for part, n in zip(np.split(packed, [12, 12 + 2 * g], axis=-1), (6, g, g), strict=True)
    )
    heads = mha.grouped_attention(q, k, v, mha.causal_mask(5) if is_causal else None)
    assert_close(layer(x, is_causal=is_causal), layer.project_out(torch.from_numpy(mha.merge_heads(heads))))


@pytest.mark.parametrize("bias", [False, True])
def test_a_memory_is_read_by_the_rows_of_its_own(bias):
    torch.manual_seed(0)
    layer = mha.nn.GroupedQueryAttention(12, 6, 2, bias=bias).double()
    x = torch.randn(2, 5, 12, dtype=torch.double)
    assert_close(layer(x, memory=x.clone()), layer(x))


@pytest.mark.parametrize("num_kv_heads", [1, 2, 4])
def test_the_layer_is_that_of_llama(num_kv_heads):
    llama = pytest.importorskip("transformers.models.llama.modeling_llama")
    from transformers import LlamaConfig

    torch.manual_seed(0)
    settings = {"hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": num_kv_heads, "head_dim": 4}
    theirs = llama.LlamaAttention(LlamaConfig(**settings, attn_implementation="eager"), layer_idx=0).double()
    ours = mha.nn.GroupedQueryAttention(16, 4, num_kv_heads, bias=False).double()
    with torch.no_grad():
        parts = [getattr(theirs, f"{name}_proj").weight for name in "qkv"]
        ours.project_qkv.weight.copy_(torch.cat(parts))
        ours.project_out.weight.copy_(theirs.o_proj.weight)
    x = torch.randn(2, 5, 16, dtype=torch.double)
    still = torch.ones(2, 5, 4, dtype=torch.double), torch.zeros(2, 5, 4, dtype=torch.double)  # cos and sin of no turn
    expected, _ = theirs(x, position_embeddings=still, attention_mask=None)
    assert_close(ours(x), expected, torch.float32)  # their softmax is in float32


def test_the_layer_repeats_heads_as_repeat_kv_does():
    llama = pytest.importorskip("transformers.models.llama.modeling_llama")
    x = torch.arange(6.0).view(1, 3, 2, 1)
    assert torch.equal(llama.repeat_kv(x, 2), x.repeat_interleave(2, dim=1))


def test_rotary_positions_turn_shared_keys():
    torch.manual_seed(0)
    layer = mha.nn.GroupedQueryAttention(12, 3, 1, positions=mha.nn.Rotary(4)).double()
    x = torch.randn(1, 5, 12, dtype=torch.double)
    q, k, v = layer.project(x, x)
    q, k = (mha.rotate(part.detach().numpy(), np.arange(5)) for part in (q, k))
    heads = torch.from_numpy(mha.merge_heads(mha.grouped_attention(q, k, v.detach().numpy())))
    assert_close(layer(x), layer.project_out(heads))


def test_the_weights_can_be_read():
    layer = mha.nn.GroupedQueryAttention(12, 6, 2)
    (weights,) = mha.nn.attention_maps(layer, torch.randn(2, 5, 12))
    assert weights.shape == (2, 6, 5, 5)


@pytest.mark.parametrize("g", [1, 2, 8])
def test_one_token_reads_a_shared_cache_as_if_it_were_copied(g):
    torch.manual_seed(0)
    q, (k, v) = torch.randn(3, 8, 1, 4).double(), torch.randn(2, 3, g, 7, 4).double()
    copied = F.scaled_dot_product_attention(q, *(x.repeat_interleave(8 // g, dim=1) for x in (k, v)))
    assert_close(grouped_layers.read_shared(q, k, v), copied)


def test_as_many_heads_as_before_change_nothing():
    torch.manual_seed(0)
    model = mha.nn.GPT(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2).eval()
    tokens = torch.tensor([[1, 4, 9, 2]])
    assert_close(mha.nn.share_heads(model, 3)(tokens), model(tokens))


def test_shared_heads_are_pooled_and_the_rest_is_kept():
    torch.manual_seed(0)
    layer = mha.nn.MultiHeadAttention(12, 6).double()
    nn.init.normal_(layer.project_qkv.bias)
    made = mha.nn.grouped_from(layer, 2)
    w_q, w_k, w_v = (part.detach().numpy().T for part in layer.project_qkv.weight.chunk(3))
    expected = np.hstack([w_q, mha.pool_heads(w_k, 6, 2), mha.pool_heads(w_v, 6, 2)])
    np.testing.assert_allclose(made.project_qkv.weight.detach().numpy().T, expected)
    b_q, b_k, b_v = layer.project_qkv.bias.detach().numpy().reshape(3, 12)
    expected = np.hstack([b_q, mha.pool_heads(b_k, 6, 2), mha.pool_heads(b_v, 6, 2)])
    np.testing.assert_allclose(made.project_qkv.bias.detach().numpy(), expected)
    assert torch.equal(made.project_out.weight, layer.project_out.weight)


def test_sharing_leaves_the_model_as_it_was():
    model = mha.nn.GPT(vocab_size=11, d_model=12, num_heads=4, d_ff=24, num_layers=2, positions="learned", max_len=8)
    made = mha.nn.share_heads(model, 1)
    with torch.no_grad():
        made.encoder.blocks[0].attention.project_out.weight.zero_()
    assert model.encoder.blocks[0].attention.project_out.weight.abs().sum() > 0
    assert type(model.encoder.blocks[0].attention) is mha.nn.MultiHeadAttention
    assert made(torch.tensor([[1, 2]])).shape == (1, 2, 11)


def test_a_layer_without_biases_can_share():
    made = mha.nn.grouped_from(mha.nn.MultiHeadAttention(12, 4, bias=False, dropout=0.3), 2)
    assert made.project_qkv.bias is None
    assert made.dropout == 0.3


def test_shared_heads_pass_gradients_to_what_they_share():
    layer = mha.nn.GroupedQueryAttention(12, 6, 2).double()
    x = torch.randn(1, 3, 12, dtype=torch.double)
    layer(x).square().sum().backward()
    assert (layer.project_qkv.weight.grad.abs().sum(1) > 0).all()


def test_a_layer_refuses_heads_that_do_not_divide():
    with pytest.raises(ValueError, match=r"num_heads \(6\).*num_kv_heads \(4\)"):
        mha.nn.GroupedQueryAttention(12, 6, 4)


# Grouped heads in the cache


@pytest.mark.parametrize("settings", [{}, {"positions": "learned", "max_len": 9}], ids=["rotary", "learned"])
@pytest.mark.parametrize("g", [1, 2, 6])
def test_a_shared_cache_changes_nothing_but_what_is_kept(g, settings):
    torch.manual_seed(0)
    model = mha.nn.GPT(vocab_size=11, d_model=24, num_heads=6, d_ff=24, num_layers=2, **settings).double()
    model = mha.nn.share_heads(model, g).eval()
    tokens = torch.randint(11, (3, 9))
    cache = mha.nn.GroupedCache(model, batch=3, capacity=9)
    read = [cache.read(piece) for piece in tokens.split([4, 1, 3, 1], dim=1)]
    assert_close(model.token_scores(torch.cat(read, dim=1)), model(tokens))
    held = sum(buffer.numel() * buffer.element_size() for buffer in cache.buffers)
    assert held == mha.cache_bytes(9, num_layers=2, num_kv_heads=g, d_head=4, batch=3, itemsize=8)


def test_a_plain_cache_refuses_shared_heads():
    model = mha.nn.GPT(vocab_size=11, d_model=12, num_heads=6, d_ff=24, num_layers=2)
    with pytest.raises(ValueError, match=r"20 rows, not 3 \* 12.*GroupedCache"):
        mha.nn.Cache(mha.nn.share_heads(model, 2), batch=1, capacity=8)


# Windows


@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 0), (1, 3), (9, 9)])
@pytest.mark.parametrize(("num_queries", "num_keys"), [(6, 6), (3, 7), (1, 5)])
def test_a_window_lies_about_each_query(num_queries, num_keys, before, after):
    mask = mha.window_mask(num_queries, num_keys, before, after)
    for i, j in np.ndindex(mask.shape):
        position = num_keys - num_queries + i
        assert mask[i, j] == (position - before <= j <= position + after)


def test_the_window_is_that_of_hugging_face():
    masking = pytest.importorskip("transformers.masking_utils")
    allowed = masking.sliding_window_causal_mask_function(4)
    mask = mha.window_mask(9, 9, before=3)
    places = torch.arange(9)
    np.testing.assert_array_equal(allowed(0, 0, places[:, None], places), mask)


def test_a_window_of_negative_size_is_refused():
    with pytest.raises(ValueError, match="before = -1 and after = 2"):
        mha.window_mask(3, 3, -1, 2)


def test_global_tokens_see_and_are_seen(rng):
    mask = rng.random((7, 7)) < 0.3
    before = mask.copy()
    made = mha.with_global_tokens(mask, [2, 5])
    for i, j in np.ndindex(7, 7):
        assert made[i, j] == (mask[i, j] or i in (2, 5) or j in (2, 5))
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("num_layers", [0, 1, 2, 3])
def test_reach_is_what_a_change_of_one_token_moves(num_layers, rng):
    mask = mha.window_mask(9, 9, before=2, after=1)
    x = rng.normal(size=(9, 4)) / 4  # no weight is nearly 0

    def through(x):
        for _ in range(num_layers):
            x = x + mha.attention(x, x, x, mask)
        return x

    moved = np.zeros((9, 9), dtype=bool)
    for token in range(9):
        changed = x.copy()
        changed[token] += 1.0
        moved[:, token] = (np.abs(through(changed) - through(x)) > 1e-9).any(axis=1)
    np.testing.assert_array_equal(mha.reach(mask, num_layers), moved)


def test_a_token_that_sees_nobody_keeps_itself():
    np.testing.assert_array_equal(mha.reach(np.zeros((3, 3), dtype=bool), 2), np.eye(3, dtype=bool))


def test_reach_grows_by_a_window_a_layer():
    for num_layers in range(1, 5):
        np.testing.assert_array_equal(
            mha.reach(mha.window_mask(20, 20, 3), num_layers), mha.window_mask(20, 20, 3 * num_layers)
        )


@pytest.mark.parametrize(("before", "after"), [(0, 0), (5, 0), (2, 3), (99, 99)])
@pytest.mark.parametrize(("num_queries", "num_keys"), [(13, 13), (5, 13), (1, 4)])
@pytest.mark.parametrize("block_q", [1, 4, 64])
def test_window_attention_is_attention_under_its_mask(rng, before, after, num_queries, num_keys, block_q):
    q, k, v = heads(rng, 2, 2, num_queries, num_keys, 3, 5)
    expected = mha.attention(q, k, v, mha.window_mask(num_queries, num_keys, before, after))
    np.testing.assert_allclose(mha.window_attention(q, k, v, before, after, block_q), expected, atol=1e-12)


def test_window_attention_never_meets_keys_outside_of_a_block_s_windows():
    x = np.ones((4096, 1))
    assert mha.peak_memory(lambda: mha.window_attention(x, x, x, 63, block_q=64)) < 8 * 64 * 4096 / 2


# Linear attention


def test_features_are_elu_plus_one():
    x = torch.linspace(-800, 800, 1001, dtype=torch.double)
    np.testing.assert_allclose(mha.positive_features(x.numpy()), F.elu(x) + 1, rtol=1e-9, atol=1e-15)


def loop(q, k, v, mask):
    """Linear attention of one head by plain loops."""

    def feature(x):
        return [value + 1 if value > 0 else math.exp(value) for value in x]

    out = np.zeros((len(q), v.shape[1]))
    for i, j in np.ndindex(mask.shape):
        if mask[i, j]:
            total = sum(reference.dot(feature(q[i]), feature(k[t])) for t in range(len(k)) if mask[i, t])
            out[i] += reference.dot(feature(q[i]), feature(k[j])) / total * v[j]
    return out


@pytest.mark.parametrize(("num_queries", "num_keys"), [(3, 5), (4, 4), (1, 1)])
def test_linear_attention_is_a_weighted_average(rng, num_queries, num_keys):
    q, k, v = (x[0] for x in heads(rng, 1, 1, num_queries, num_keys, 3, 2))
    expected = loop(q, k, v, np.ones((num_queries, num_keys), dtype=bool))
    np.testing.assert_allclose(mha.linear_attention(q, k, v), expected)
    np.testing.assert_allclose(mha.linear_weights(q, k) @ v, expected)


def test_running_sums_are_the_masked_table(rng):
    q, k, v = heads(rng, 3, 3, 6, 6, 4, 2, 2)
    causal = mha.causal_mask(6)
    np.testing.assert_allclose(mha.causal_linear_attention(q, k, v), mha.linear_weights(q, k, causal) @ v)
    np.testing.assert_allclose(mha.causal_linear_attention(q, k, v)[1, 2], loop(q[1, 2], k[1, 2], v[1, 2], causal))


def test_no_output_of_running_sums_reads_the_future(rng):
    assert not mha.leaks_future(lambda x: mha.causal_linear_attention(x, x, x), rng.normal(size=(6, 4)))
    assert mha.leaks_future(lambda x: mha.linear_attention(x, x, x), rng.normal(size=(6, 4)))


def test_a_query_that_may_attend_to_nothing_gets_zeros():
    np.testing.assert_array_equal(mha.linear_weights(np.ones((1, 2)), np.ones((3, 2)), np.zeros((1, 3), bool)), 0)


def test_the_memory_of_running_sums_does_not_hold_a_table():
    x = np.ones((2048, 4))
    assert mha.peak_memory(lambda: mha.causal_linear_attention(x, x, x)) < 2048**2
    assert mha.peak_memory(lambda: mha.linear_attention(x, x, x)) < 2048**2


def test_uneven_lengths_are_refused():
    with pytest.raises(ValueError, match="got 5 keys and 4 values"):
        mha.linear_attention(np.ones((2, 3)), np.ones((5, 3)), np.ones((4, 3)))
    with pytest.raises(ValueError, match="got 2, 5 and 5"):
        mha.causal_linear_attention(np.ones((2, 3)), np.ones((5, 3)), np.ones((5, 3)))


# The tasks


def test_keys_of_a_list_are_all_different():
    keys, values = recall.draw_pairs(np.random.default_rng(0), 50, 64)
    assert (np.sort(keys, axis=1) == np.arange(64)).all()
    assert (values.min(), values.max()) == (0, 15)


def test_the_weights_of_both_libraries_agree(rng):
    q, k = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    assert_close(recall.linear_attention_weights(*tensors(q, k)), mha.linear_weights(q, k))


@pytest.mark.parametrize("weigh", [attention_weights, recall.linear_attention_weights])
def test_a_reader_learns_to_recall_two_pairs(weigh):
    reader = recall.trained(weigh, 8, num_steps=200)
    assert recall.accuracy(reader, 2) > 0.9


def test_a_letter_back_is_where_it_says():
    texts = window_tasks.draw_texts(np.random.default_rng(0), 3, 9)
    answers = window_tasks.letter_back(texts, 4)
    for i, j in np.ndindex(texts.shape):
        assert answers[i, j] == (texts[i, j - 4] if j > 4 else window_tasks.NO_ANSWER)
    assert (window_tasks.headline(texts) == texts[:, :1] - 8).all()


def test_a_reader_sees_no_further_than_its_mask():
    mask = mha.window_mask(window_tasks.LENGTH, window_tasks.LENGTH, before=4)
    reader = window_tasks.trained(window_tasks.headline, mask, num_layers=2, num_steps=2)
    texts = torch.from_numpy(window_tasks.draw_texts(np.random.default_rng(0), 1))
    other = texts.clone()
    other[:, 0] = 8 + (other[:, 0] - 7) % 8
    moved = (reader(texts) != reader(other)).any(-1)[0]
    assert moved[:9].all()
    assert not moved[9:].any()
