"""compression.table: bytes counted by hand, on small modules and on the book's own encoder."""

import pytest
import torch
from torch import nn

from mha_lib.bert import checkpoints
from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.compression.pruning import remove_heads
from mha_lib.compression.quantised_layers import rounded
from mha_lib.compression.table import float_bytes, matrices, quantised_bytes
from mha_lib.seeing.ablation import without_heads
from tests.support.shaken import shaken


def test_bytes_are_counted_by_hand():
    linear = nn.Linear(3, 5)
    assert float_bytes(linear) == (15 + 5) * 4
    assert float_bytes(linear, 2) == (15 + 5) * 2
    assert quantised_bytes(linear, 8) == 15 + 5 * 4 + 5 * 4
    assert quantised_bytes(linear, 3) == 6 + 5 * 4 + 5 * 4  # 45 bits need 6 bytes


def test_shared_and_tied_parameters_are_counted_once():
    encoder = TextEncoder(11, d_model=12, num_heads=3, d_ff=20, num_layers=1)
    assert float_bytes(nn.ModuleList([encoder, encoder])) == float_bytes(encoder)
    assert len(matrices(encoder)) == 1 + 4 + 1  # the embedding is the head's last matrix too


def encoder():
    return TextEncoder(**checkpoints.settings_of(checkpoints.load_book_encoder()[0]))


def test_half_of_the_heads_are_a_tenth_of_the_books_encoder():
    model = encoder()
    half = [(layer, head) for layer in range(4) for head in range(4)]
    assert float_bytes(remove_heads(model, half)) / float_bytes(model) == pytest.approx(0.9, abs=0.01)


def test_eight_bits_take_a_quarter_of_the_books_encoder_and_a_little_for_scales():
    model = encoder()
    assert 0.25 < quantised_bytes(model, 8) / float_bytes(model) < 0.27
    assert quantised_bytes(model, 4) < 0.6 * quantised_bytes(model, 8)


def test_cutting_and_rounding_together_give_the_rounded_model_with_silent_heads():
    model, ids = (
        shaken(TextEncoder(11, d_model=12, num_heads=3, d_ff=20, num_layers=2)).eval(),
        torch.tensor([[2, 7, 3]]),
    )
    heads = [(0, 1), (1, 0)]
    with torch.no_grad():
        cut = rounded(remove_heads(model, heads), 8)(ids)
        with without_heads(model, heads):
            whole = model(ids)
    assert 0 < (cut - whole).abs().max() < 0.2 * whole.abs().max()
