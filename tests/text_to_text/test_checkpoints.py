"""text_to_text.checkpoints against the library whose format it reads, on tiny checkpoints that the test writes."""

import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import Unigram

import mha_lib as mha
from mha_lib.nn import PastBias
from mha_lib.positions.arrays import relative_positions
from mha_lib.text_to_text.checkpoints import load_t5
from mha_lib.translation.decoding import greedy
from tests.support.tiny_checkpoints import copy_changed, needs_hub

transformers = pytest.importorskip("transformers")

SIZES = {
    "vocab_size": 61,
    "d_model": 24,
    "d_kv": 5,
    "num_heads": 4,
    "d_ff": 40,
    "num_layers": 2,
    "num_decoder_layers": 3,
    "relative_attention_num_buckets": 12,
    "relative_attention_max_distance": 20,
    "layer_norm_epsilon": 1e-3,
    "decoder_start_token_id": 0,
}
V1_0 = {"feed_forward_proj": "relu"}
V1_1 = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
OLD = {"scale_decoder_outputs": None, "is_gated_act": None, "dense_act_fn": None}  # what version 4 did not write
PIECES = ["<pad>", "</s>", "<unk>", "▁", "▁the", "▁cat", "▁chased", "▁a", "▁small", "▁mouse", "s"]
TOLERANCE = {"atol": 2e-5, "rtol": 0}  # the exact GELU for that by tanh shows 2e-3, a tenth less of eps 1e-3
RELATIVE = "layer.0.SelfAttention.relative_attention_bias.weight"
BUCKETS = [(12, 20), (32, 128), (8, 16), (18, 128), (4, 6), (16, 64), (6, 9), (32, 1000)]


def write_t5(folder, version, untied=False):
    """Return a perturbed model of transformers after writing it to the folder."""
    torch.manual_seed(5)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**SIZES | version)).eval()
    if untied:
        model.lm_head.weight = torch.nn.Parameter(0.2 * torch.randn(61, 24))
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    Tokenizer(Unigram([(piece, -float(i)) for i, piece in enumerate(PIECES)], 2)).save(str(folder / "tokenizer.json"))
    return model


def set_config(folder, **settings):
    """Change settings of config.json; None takes one away."""
    path = folder / "config.json"
    config = json.loads(path.read_text()) | settings
    path.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


def batch():
    """Return ids, the library's padding mask and what the decoder is shown: two sequences, the second source padded."""
    source = torch.randint(1, 61, (2, 40), generator=torch.Generator().manual_seed(1))
    target = torch.randint(1, 61, (2, 30), generator=torch.Generator().manual_seed(2))
    source[1, 25:], target[:, 0] = 0, 0
    return source, (source != 0).long(), target


def recorded(stack):
    """Return a list that fills as the stack runs: what enters each block, and what leaves the final norm."""
    seen = []
    for block in stack.blocks:
        block.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    stack.register_forward_hook(lambda module, args, output: seen.append(output))
    return seen


def assert_parity(model, ours):
    source, padding, target = batch()
    seen = [recorded(ours.encoder), recorded(ours.decoder)]
    with torch.no_grad():
        theirs = model(source, padding, target, output_hidden_states=True)
        scores = ours(source, target, padding.bool()[:, None, None])
    assert [len(states) for states in seen] == [3, 4]
    for our, their in zip(seen, (theirs.encoder_hidden_states, theirs.decoder_hidden_states), strict=True):
        for layer, pair in enumerate(zip(our, their, strict=True)):
            torch.testing.assert_close(*pair, **TOLERANCE, msg=lambda text, layer=layer: f"layer {layer}: {text}")
    torch.testing.assert_close(scores, theirs.logits, **TOLERANCE)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("t5")
    write_t5(folder, V1_0)
    return folder


@pytest.fixture
def copy(written, tmp_path):
    """Return a function: the checkpoint copied, its settings and tensors changed by what it is given."""

    def changed(settings=None, edit=None):
        copy_changed(written, tmp_path, edit=edit)
        set_config(tmp_path, **(settings or {}))
        return tmp_path

    return changed


@pytest.mark.parametrize("width", [5, 16])
@pytest.mark.parametrize("version", [V1_0, V1_1], ids=["1.0", "1.1"])
def test_every_hidden_state_and_score_equals_the_library_s(version, width, tmp_path):
    model = write_t5(tmp_path, version | {"d_kv": width}, untied=version is V1_1)
    ours, _ = load_t5(tmp_path)
    assert not ours.training
    assert (ours.predict is None) == (version is V1_0)
    assert_parity(model, ours)


@pytest.mark.parametrize("untied", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_head_is_tied_or_not_and_scaled_or_not(scaled, untied, tmp_path):
    model = write_t5(tmp_path, V1_0 | {"tie_word_embeddings": scaled}, untied)
    ours, _ = load_t5(tmp_path)
    assert (ours.predict is None) != untied
    assert_parity(model, ours)


@pytest.mark.parametrize("tied", [False, True])
def test_old_files_scale_exactly_where_the_head_is_tied(tied, tmp_path):
    model = write_t5(tmp_path, V1_0 | {"tie_word_embeddings": tied}, untied=not tied)
    set_config(tmp_path, **OLD, tie_word_embeddings=tied)
    ours, _ = load_t5(tmp_path)
    assert (ours.predict is None) == tied
    assert_parity(model, ours)


@pytest.mark.parametrize(("num_buckets", "max_distance"), BUCKETS)
def test_buckets_of_either_direction_are_the_library_s(num_buckets, max_distance):
    published = transformers.models.t5.modeling_t5.T5Attention._relative_position_bucket
    offsets = torch.from_numpy(relative_positions(600, 600))
    both, back = (published(offsets, way, num_buckets, max_distance).numpy() for way in (True, False))
    np.testing.assert_array_equal(mha.relative_buckets(600, 600, num_buckets, max_distance), both)
    np.testing.assert_array_equal(PastBias(2, num_buckets, max_distance).buckets(600, 600), back)


def test_greedy_answers_are_the_library_s(written):
    model, (ours, _) = transformers.T5ForConditionalGeneration.from_pretrained(written).eval(), load_t5(written)
    source, padding, _ = batch()
    theirs = model.generate(source, attention_mask=padding, max_new_tokens=7, min_new_tokens=7, use_cache=False)
    mask = padding.bool()[:, None, None]
    memory = ours.encode(source, mask)
    tokens = greedy(
        lambda tokens: ours.decode(torch.from_numpy(tokens), memory, mask)[:, -1].detach().numpy(),
        start=[[0], [0]], end=-1, max_new=7,
    )  # fmt: skip
    assert tokens.tolist() == theirs.tolist()


def test_half_precision_is_read_as_float32(copy):
    model, _ = load_t5(copy(edit=lambda tensors: tensors.update({n: t.half() for n, t in tensors.items()})))
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_what_old_files_hold_besides_is_understood(copy, written):
    def old(tensors):
        for name in ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"):
            tensors[name] = tensors["shared.weight"].clone()
        tensors["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"] = torch.ones(12, 4)

    source, _, target = batch()
    ours, again = load_t5(copy({"feed_forward_proj": None}, old))[0], load_t5(written)[0]
    assert ours.predict is None
    torch.testing.assert_close(ours(source, target), again(source, target), rtol=0, atol=0)


def test_what_a_silent_file_means(copy):
    silent = dict.fromkeys(
        ["relative_attention_max_distance", "layer_norm_epsilon", "num_decoder_layers", "scale_decoder_outputs"]
    )

    def shorter(tensors):
        for name in [name for name in tensors if name.startswith("decoder.block.2.")]:
            del tensors[name]

    ours, _ = load_t5(copy(silent | {"tie_word_embeddings": None, "architectures": None}, shorter))
    assert len(ours.decoder.blocks) == 2
    assert ours.encoder.final_norm.eps == 1e-6
    assert ours.decoder.blocks[0].attention.positions.max_distance == 128
    assert ours.scale == 24**-0.5


def test_dropout_is_the_caller_s(written):
    model, _ = load_t5(written, dropout=0.3)
    assert model.encoder.dropout.p == model.decoder.blocks[1].cross_attention.dropout == 0.3
    assert load_t5(written)[0].encoder.dropout.p == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"feed_forward_proj": "gated-silu"}, "feed_forward_proj.*'gated-silu'.*'relu', 'gated-gelu'"),
        ({"dense_act_fn": "gelu"}, "dense_act_fn.*'gelu'.*'relu'"),
        ({"is_gated_act": True}, "is_gated_act.*True.*False"),
        ({"is_decoder": True}, "is_decoder"),
        ({"is_encoder_decoder": False}, "is_encoder_decoder"),
        ({"architectures": ["T5EncoderModel"]}, "architecture.*T5EncoderModel.*T5ForConditionalGeneration"),
        ({"architectures": None, "model_type": "umt5"}, "architecture.*umt5"),
        ({"tie_word_embeddings": False}, r"lacks lm_head\.weight.*\(61, 24\)"),
        (
            {"feed_forward_proj": "gated-gelu", "is_gated_act": None, "dense_act_fn": None},
            r"lacks encoder\.block\.0\.layer\.1\.DenseReluDense\.wi_1\.weight.*\(40, 24\)",
        ),
        ({"num_layers": 1}, r"no place.*encoder\.block\.1\.layer\.0"),
        ({"num_decoder_layers": 4}, r"lacks decoder\.block\.3\.layer\.0\.SelfAttention\.q\.weight.*\(20, 24\)"),
        ({"vocab_size": 62}, r"shared\.weight has shape \(61, 24\).*\(62, 24\)"),
        ({"d_kv": 6}, r"SelfAttention\.q\.weight has shape \(20, 24\).*\(24, 24\)"),
        ({"relative_attention_num_buckets": 16}, r"relative_attention_bias\.weight has shape \(12, 4\).*\(16, 4\)"),
        ({"relative_attention_num_buckets": None}, r"bias\.weight has shape \(12, 4\).*\(32, 4\)"),
        ({"d_model": None, "d_kv": None}, "lacks d_model, d_kv"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(settings, message, copy):
    with pytest.raises(ValueError, match=message):
        load_t5(copy(settings))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.pop("decoder.block.1.layer.1.EncDecAttention.v.weight"), r"lacks decoder.*1.*EncDecAttention\.v"),
        (lambda t: t.pop("encoder.final_layer_norm.weight"), r"lacks encoder\.final_layer_norm\.weight.*\(24,\)"),
        (lambda t: t.pop("shared.weight"), r"lacks shared\.weight"),
        (lambda t: t.update({"classifier.weight": torch.ones(2, 24)}), "no place.*classifier.weight"),
        (lambda t: t.update({f"encoder.block.1.{RELATIVE}": torch.ones(12, 4)}), r"no place.*block\.1.*bias"),
        (lambda t: t.update({"lm_head.weight": torch.ones(60, 24)}), r"lm_head\.weight has shape \(60, 24\).*61"),
        (lambda t: t.update({"decoder.embed_tokens.weight": torch.ones(61, 24)}), r"decoder\.embed_tokens.*differs"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(edit, message, copy):
    with pytest.raises(ValueError, match=message):
        load_t5(copy(edit=edit))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(name, copy):
    folder = copy()
    (folder / name).unlink()
    with pytest.raises(ValueError, match=name):
        load_t5(folder)


def test_a_tokenizer_in_sentencepiece_s_format_is_refused_with_the_way_to_convert_it(copy):
    folder = copy()
    (folder / "tokenizer.json").rename(folder / "spiece.model")
    with pytest.raises(ValueError, match=r"spiece\.model alone.*tokenizer\.json.*AutoTokenizer.*save_pretrained"):
        load_t5(folder)


def test_a_tokenizer_neither_cuts_nor_pads(copy):
    folder = copy()
    _, tokenizer = load_t5(folder)
    wanted = tokenizer.encode("▁the▁cat▁chased▁a▁mouse").tokens
    tokenizer.enable_padding(length=12)
    tokenizer.enable_truncation(2)
    tokenizer.save(str(folder / "tokenizer.json"))
    assert load_t5(folder)[1].encode("▁the▁cat▁chased▁a▁mouse").tokens == wanted
    assert wanted == ["▁the", "▁cat", "▁chased", "▁a", "▁mouse"]


def test_a_tokenizer_with_too_many_tokens_is_refused(copy):
    folder = copy()
    _, tokenizer = load_t5(folder)
    tokenizer.add_tokens([f"word{i}" for i in range(60)])
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(ValueError, match="71 tokens, the model only 61"):
        load_t5(folder)


@pytest.mark.hub
@needs_hub
@pytest.mark.parametrize("name", ["google-t5/t5-small", "google/flan-t5-small"])
def test_models_of_the_hub_give_the_library_s_scores(name):
    model = transformers.T5ForConditionalGeneration.from_pretrained(name).eval()
    source, padding, target = batch()
    with torch.no_grad():
        theirs = model(source, padding, target).logits
        ours = load_t5(name)[0](source, target, padding.bool()[:, None, None])
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-4)
