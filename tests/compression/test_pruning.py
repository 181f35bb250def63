"""compression.pruning: a model without heads says what the same model says with these heads silenced."""

import pytest
import torch

from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.compression.pruning import PrunedAttention, keep_heads, remove_heads
from mha_lib.heads.layers import MultiHeadAttention
from mha_lib.seeing.ablation import without_heads
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

IDS = torch.tensor([[2, 7, 10, 9, 3], [2, 5, 5, 3, 0]])


def encoder():
    return shaken(TextEncoder(11, d_model=12, num_heads=3, d_ff=20, num_layers=2)).eval()


@pytest.mark.parametrize(
    "heads", [[], [(0, 1)], [(1, 2), (0, 0), (1, 0)], [(0, 0), (0, 1), (0, 2)], [(0, 1), (0, 1)]], ids=str
)
def test_removing_heads_gives_the_numbers_of_silencing_them(heads):
    model = encoder()
    with torch.no_grad(), without_heads(model, heads):
        expected = model(IDS)
    assert_close(remove_heads(model, heads)(IDS), expected)


def test_a_model_without_any_head_still_runs():
    heads = [(layer, head) for layer in range(2) for head in range(3)]
    model = encoder()
    with torch.no_grad(), without_heads(model, heads):
        expected = model(IDS)
    assert_close(remove_heads(model, heads)(IDS), expected)


def test_heads_can_be_removed_again_and_are_counted_anew():
    model = encoder()
    once = remove_heads(model, [(0, 0), (1, 1)])
    twice = remove_heads(once, [(0, 1), (1, 1)])  # the first layer's old head 2, and the second's
    assert_close(twice(IDS), remove_heads(model, [(0, 0), (0, 2), (1, 1), (1, 2)])(IDS))


def test_a_head_takes_its_rows_columns_and_biases_with_it():
    layer = remove_heads(MultiHeadAttention(12, 3), [(0, 1)])
    assert layer.project_qkv.weight.shape == (24, 12)
    assert layer.project_qkv.bias.shape == (24,)
    assert layer.project_out.weight.shape == (12, 8)
    assert isinstance(layer, PrunedAttention)


def test_a_layer_without_biases_is_cut_as_well():
    layer, x = shaken(MultiHeadAttention(12, 3, bias=False)), torch.randn(2, 4, 12).double()
    with without_heads(layer, [(0, 2)]):
        expected = layer(x)
    assert_close(remove_heads(layer, [(0, 2)])(x), expected)


def test_cross_attention_and_masks_work_afterwards():
    layer, x, memory = shaken(MultiHeadAttention(12, 3)), torch.randn(2, 4, 12).double(), torch.randn(2, 6, 12).double()
    mask = torch.rand(2, 1, 4, 6) < 0.7
    with without_heads(layer, [(0, 0)]):
        expected = layer(x, memory, mask)
    assert_close(remove_heads(layer, [(0, 0)])(x, memory, mask), expected)


def test_the_model_that_was_given_stays_whole():
    model = encoder()
    before = model(IDS)
    remove_heads(model, [(0, 0), (1, 2)])
    assert torch.equal(model(IDS), before)
    assert not any(isinstance(module, PrunedAttention) for module in model.modules())


def test_what_is_left_can_be_trained():
    model = remove_heads(encoder(), [(0, 0)])
    model(IDS).sum().backward()
    assert all(p.grad is not None for block in model.encoder.blocks for p in block.parameters())


def test_rows_of_q_k_and_v_are_kept_in_their_blocks():
    w = torch.arange(18).reshape(18, 1)
    assert keep_heads(w, 3, [0, 2]).ravel().tolist() == [0, 1, 4, 5, 6, 7, 10, 11, 12, 13, 16, 17]


@pytest.mark.parametrize("head", [(2, 0), (-1, 0), (0, 3), (1, -1)])
def test_a_head_that_is_not_there_is_refused(head):
    with pytest.raises(ValueError, match=rf"no head {head[1]} in layer {head[0]}: the layers have \[3, 3\]"):
        remove_heads(encoder(), [(0, 0), head])


def test_a_matrix_that_is_no_packed_projection_is_refused():
    with pytest.raises(ValueError, match="10 rows are not q, k and v of 2 heads"):
        keep_heads(torch.zeros(10, 4), 2, [0])
