"""encoder.blocks: the order of its parts, its stacks and its masks. Values against other libraries: test_parity.py."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import mha_lib as mha
from mha_lib.nn import Encoder, EncoderBlock, EncoderClassifier
from tests.support.shaken import shaken
from tests.support.tolerance import assert_close

SIZES = {"d_model": 15, "num_heads": 3, "d_ff": 13}
CLASSIFIER = SIZES | {"vocab_size": 17, "num_classes": 5, "num_layers": 2, "max_len": 11}


def tokens(n=7):
    return torch.randn(2, n, 15, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def words(n=7):
    return torch.randint(17, (2, n), generator=torch.Generator().manual_seed(0))


def padding(lengths, n=7):
    return torch.from_numpy(mha.padding_mask(lengths, n))[:, None]


def norm_of(layer, x):
    return F.layer_norm(x, (15,), layer.weight, layer.bias)


def test_pre_norm_normalises_what_the_layers_read_and_leaves_the_residual_alone():
    block, x = shaken(EncoderBlock(**SIZES)), tokens()
    middle = x + block.attention(norm_of(block.attention_norm, x))
    assert_close(block(x), middle + block.feed_forward(norm_of(block.feed_forward_norm, middle)))


def test_post_norm_normalises_the_sums():
    block, x = shaken(EncoderBlock(**SIZES, norm="post")), tokens()
    middle = norm_of(block.attention_norm, x + block.attention(x))
    assert_close(block(x), norm_of(block.feed_forward_norm, middle + block.feed_forward(middle)))


@pytest.mark.parametrize("make", [EncoderBlock, lambda **kwargs: Encoder(num_layers=2, **kwargs)])
@pytest.mark.parametrize("norm", ["Pre", "none", None])
def test_another_norm_is_refused(make, norm):
    with pytest.raises(ValueError, match=f'"pre" or "post", got {norm!r}'):
        make(**SIZES, norm=norm)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_stack_is_its_blocks_one_after_the_other(norm):
    encoder, x = shaken(Encoder(**SIZES, num_layers=3, norm=norm)), tokens()
    mask = padding([7, 4])
    first, second, third = encoder.blocks
    out = third(second(first(x, mask, True), mask, True), mask, True)
    assert_close(encoder(x, mask, is_causal=True), norm_of(encoder.final_norm, out) if norm == "pre" else out)


def test_each_block_has_parameters_of_its_own():
    def count(module):
        return sum(p.numel() for p in module.parameters())

    assert count(Encoder(**SIZES, num_layers=3)) == 3 * count(EncoderBlock(**SIZES)) + 2 * 15
    assert count(Encoder(**SIZES, num_layers=3, norm="post")) == 3 * count(EncoderBlock(**SIZES))


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_padding_changes_no_real_token(norm):
    encoder, x = shaken(Encoder(**SIZES, num_layers=2, norm=norm)), tokens()
    padded = encoder(x, padding([7, 4]))
    assert_close(padded[1, :4], encoder(x[1:, :4])[0])
    assert_close(padded[0], encoder(x)[0])


def test_a_causal_stack_does_not_see_the_future():
    encoder, x = shaken(Encoder(**SIZES, num_layers=2)), tokens()
    assert_close(encoder(x, is_causal=True)[:, :4], encoder(x[:, :4], is_causal=True))


def test_without_positions_order_means_nothing():
    encoder, x = shaken(Encoder(**SIZES, num_layers=2)), tokens()
    assert_close(encoder(x.flip(1)), encoder(x).flip(1))


def test_a_sequence_of_nothing_but_padding_stays_finite():
    encoder, x = shaken(Encoder(**SIZES, num_layers=2)), tokens().requires_grad_()
    encoder(x, padding([7, 0])).sum().backward()
    assert torch.isfinite(x.grad).all()


def test_dropout_acts_on_both_branches_in_training_only():
    block, x = EncoderBlock(**SIZES, dropout=0.5), tokens().float()
    assert [module.p for module in block.modules() if isinstance(module, nn.Dropout)] == [0.5, 0.5]
    assert block.attention.dropout == 0.5
    assert not torch.equal(block(x), block(x))
    assert torch.equal(block.eval()(x), block(x))


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_with_both_branches_dropped_the_residual_stays(norm):
    block, x = EncoderBlock(**SIZES, dropout=0.999999, norm=norm), tokens().float()
    torch.testing.assert_close(
        block(x), x if norm == "pre" else norm_of(block.feed_forward_norm, F.layer_norm(x, (15,)))
    )


def test_the_classifier_reads_the_first_token():
    model = shaken(EncoderClassifier(**CLASSIFIER))
    embedded = model.token_embedding(words()) + model.position_embedding.weight[:7]
    assert_close(model(words()), model.classify(model.encoder(embedded)[:, 0]))
    assert model(words()).shape == (2, 5)


def test_the_classifier_knows_the_order():
    model = shaken(EncoderClassifier(**CLASSIFIER))
    swapped = words()[:, [0, 1, 2, 4, 3, 5, 6]]
    assert not torch.equal(swapped, words())
    assert not torch.allclose(model(swapped), model(words()))


def test_the_classifier_ignores_padding():
    model, tokens = shaken(EncoderClassifier(**CLASSIFIER)), words()
    assert_close(model(tokens, padding([7, 4]))[1], model(tokens[1:, :4])[0])


def test_more_tokens_than_positions_are_refused():
    with pytest.raises(ValueError, match=r"max_len \(11\) tokens, got 12"):
        EncoderClassifier(**CLASSIFIER)(words(12))


def test_the_classifier_learns_to_name_a_first_token():
    torch.manual_seed(0)
    model = EncoderClassifier(**CLASSIFIER | {"num_classes": 2})
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    tokens = torch.randint(17, (64, 7))
    classes = (tokens[:, 3] > 8).long()
    for _ in range(60):
        loss = F.cross_entropy(model(tokens), classes)
        optimiser.zero_grad(), loss.backward(), optimiser.step()
    assert (model(tokens).argmax(-1) == classes).double().mean() > 0.95
