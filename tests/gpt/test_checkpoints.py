"""gpt.checkpoints against the library whose format it reads, on tiny checkpoints that the test writes."""

import functools

import pytest
import torch
from tokenizers.implementations import ByteLevelBPETokenizer

from mha_lib.gpt.checkpoints import load_gpt
from tests.support.tiny_checkpoints import copy_changed, needs_hub, write_perturbed

transformers = pytest.importorskip("transformers")

SIZES = {"vocab_size": 300, "n_embd": 24, "n_head": 3, "n_layer": 3, "n_positions": 17}
TEXTS = ["the cat chased a small mouse.", " The mouse,\n\nthe mouse!", "naïve 猫"]


def write_gpt2(folder, kind="GPT2LMHeadModel", **settings):
    """Return a perturbed model of transformers after writing it to the folder, with a tokenizer trained on TEXTS."""
    model = write_perturbed(folder, kind, transformers.GPT2Config(**SIZES | settings))
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(TEXTS, vocab_size=290, show_progress=False)
    tokenizer.save_model(str(folder))
    return model


def batch(padding_side):
    """Return tokens, the library's padding mask and places: two sequences, the second one padded."""
    tokens = torch.tensor([[2, 217, 43, 3, 299, 9, 3], [2, 31, 8, 3, 0, 0, 0]])
    real = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    if padding_side == "left":
        tokens[1], real[1] = tokens[1].roll(3), real[1].roll(3)
    return tokens, real, (real.cumsum(-1) - 1).clamp(min=0)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt2")
    write_gpt2(folder)
    return folder


@pytest.fixture
def copy(written, tmp_path):
    """Return a function: the checkpoint copied, its settings and tensors changed by what it is given."""
    return functools.partial(copy_changed, written, tmp_path)


def assert_parity(model, ours, tokens, real, places, atol=1e-5):
    """Raise AssertionError unless logits and every hidden state of real tokens are the library's."""
    with torch.no_grad():
        theirs = model(tokens, attention_mask=real, position_ids=places, output_hidden_states=True)
        states = ours.hidden_states(tokens, real.bool()[:, None, None], places)
        scores = ours(tokens, real.bool()[:, None, None], places)
    assert len(states) == len(theirs.hidden_states)
    for our, their in zip(states, theirs.hidden_states, strict=True):
        torch.testing.assert_close(our[real.bool()], their[real.bool()], atol=atol, rtol=0)
    if "logits" in theirs:
        torch.testing.assert_close(scores[real.bool()], theirs.logits[real.bool()], atol=atol, rtol=0)


@pytest.mark.parametrize("padding_side", ["left", "right"])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("GPT2LMHeadModel", {}),
        ("GPT2Model", {}),
        ("GPT2LMHeadModel", {"n_inner": 37, "layer_norm_epsilon": 1e-3}),
    ],
)
def test_logits_and_every_hidden_state_equal_the_library_s(kind, settings, padding_side, tmp_path):
    model = write_gpt2(tmp_path, kind, **settings)
    ours, _ = load_gpt(tmp_path)
    assert not ours.training
    assert_parity(model, ours, *batch(padding_side))


def test_the_tolerance_would_see_another_activation_or_eps(written):
    model = transformers.GPT2LMHeadModel.from_pretrained(written).eval()
    ours, _ = load_gpt(written)
    for block in ours.encoder.blocks:
        block.feed_forward.activation = torch.nn.functional.gelu
    with pytest.raises(AssertionError):
        assert_parity(model, ours, *batch("right"))


def test_half_precision_is_read_as_float32(copy):
    model, _ = load_gpt(copy(edit=lambda tensors: tensors.update({n: t.half() for n, t in tensors.items()})))
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_the_tensors_of_old_files_are_understood(copy, written):
    def old(tensors):
        for layer in range(3):
            tensors[f"transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, 17, 17).tril()
            tensors[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
        tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()

    tokens, *_ = batch("right")
    torch.testing.assert_close(load_gpt(copy(edit=old))[0](tokens), load_gpt(written)[0](tokens))


def test_dropout_is_the_caller_s(written):
    model, _ = load_gpt(written, dropout=0.3)
    assert model.dropout.p == model.encoder.blocks[1].attention.dropout == 0.3
    assert load_gpt(written)[0].dropout.p == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation_function": "gelu"}, r"activation_function.*'gelu'.*'gelu_new'"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx"),
        ({"scale_attn_weights": False}, "scale_attn_weights"),
        ({"add_cross_attention": True}, "add_cross_attention"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings"),
        ({"architectures": ["GPTNeoForCausalLM"]}, r"architecture.*GPTNeoForCausalLM.*GPT2LMHeadModel"),
        ({"architectures": None, "model_type": "llama"}, r"architecture.*llama"),
        ({"n_layer": 2}, r"no place.*h\.2\.attn"),
        ({"n_layer": 4}, r"lacks h\.3\.attn.*\(72, 24\)"),
        ({"vocab_size": 301}, r"wte\.weight has shape \(300, 24\).*\(301, 24\)"),
        ({"n_positions": 16}, r"wpe\.weight has shape \(17, 24\).*\(16, 24\)"),
        ({"n_inner": 95}, r"mlp\.c_fc\.weight has shape \(96, 24\).*\(95, 24\)"),
        ({"n_head": 5}, r"24.*5"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(settings, message, copy):
    with pytest.raises(ValueError, match=message):
        load_gpt(copy(settings))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda t: t.pop("transformer.h.1.mlp.c_proj.bias"), r"lacks h\.1\.mlp\.c_proj\.bias"),
        (lambda t: t.update({"score.weight": torch.ones(2, 24)}), r"no place.*score\.weight"),
        (lambda t: t.update({"lm_head.weight": torch.ones(300, 24)}), r"lm_head\.weight differs"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(edit, message, copy):
    with pytest.raises(ValueError, match=message):
        load_gpt(copy(edit=edit))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab.json", "merges.txt"])
def test_a_missing_file_is_named(name, copy):
    folder = copy()
    (folder / name).unlink()
    with pytest.raises(ValueError, match=name):
        load_gpt(folder)


def test_the_tokenizer_gives_the_library_s_tokens(written):
    theirs = transformers.GPT2Tokenizer(str(written / "vocab.json"), str(written / "merges.txt"))
    _, ours = load_gpt(written)
    for text in TEXTS:
        assert ours.encode(text).ids == theirs(text)["input_ids"]
        assert ours.decode(ours.encode(text).ids) == text


@pytest.mark.hub
@needs_hub
@pytest.mark.parametrize("name", ["gpt2", "distilgpt2"])
def test_models_of_the_hub_give_the_library_s_hidden_states(name):
    transformers.utils.logging.disable_progress_bar()
    model = transformers.GPT2LMHeadModel.from_pretrained(name).eval()
    ours, tokenizer = load_gpt(name)
    tokens = torch.tensor([tokenizer.encode("The cat chased a small mouse, and the mouse").ids])
    assert_parity(model, ours, tokens, torch.ones_like(tokens), torch.arange(tokens.shape[1])[None], atol=1e-3)
