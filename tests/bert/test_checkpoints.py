"""bert.checkpoints against the library whose format it reads, on tiny checkpoints that the test writes."""

import functools
import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from mha_lib.bert import checkpoints
from mha_lib.bert.checkpoints import load_encoder, save_encoder
from mha_lib.bert.text_encoder import TextEncoder
from tests.support.tiny_checkpoints import copy_changed, needs_hub, write_perturbed

transformers = pytest.importorskip("transformers")

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SPECIAL, *["the", "cat", "chased", "a", "small", "mouse", "##s", ",", "."]]
SIZES = {
    "vocab_size": 61,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "max_position_embeddings": 17,
    "type_vocab_size": 2,
}
TOLERANCE = {"atol": 2e-5, "rtol": 0}  # tanh for the exact GELU shows 5e-4, eps 1e-5 for 1e-12 shows 1e-4
OWN = {"vocab_size": 61, "d_model": 24, "num_heads": 4, "d_ff": 40, "num_layers": 2}


def write_bert(folder, kind="BertForMaskedLM"):
    """Return a perturbed model of transformers after writing it to the folder."""
    model = write_perturbed(folder, kind, transformers.BertConfig(**SIZES))
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", "utf-8")
    return model


def batch():
    """Return ids, the library's padding mask and token types: two sequences, the second one padded."""
    ids = torch.tensor([[2, 17, 43, 3, 60, 9, 3], [2, 31, 8, 3, 0, 0, 0]])
    types = torch.tensor([[0, 0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 0, 0, 0]])
    return ids, (ids != 0).long(), types


def assert_parity(model, encoder, ids, padding, types):
    with torch.no_grad():
        theirs = model(ids, attention_mask=padding, token_type_ids=types, output_hidden_states=True)
        ours = encoder.hidden_states(ids, padding.bool()[:, None, None], types)
    assert len(ours) == len(theirs.hidden_states)
    for layer, (our, their) in enumerate(zip(ours, theirs.hidden_states, strict=True)):
        torch.testing.assert_close(our, their, **TOLERANCE, msg=lambda text, layer=layer: f"layer {layer}: {text}")
    return ours[-1], theirs


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bert")
    write_bert(folder)
    return folder


@pytest.fixture
def copy(written, tmp_path):
    """Return a function: the checkpoint copied, its settings and tensors changed by what it is given."""
    return functools.partial(copy_changed, written, tmp_path)


@pytest.mark.parametrize("kind", ["BertModel", "BertForMaskedLM", "BertForPreTraining"])
def test_every_hidden_state_equals_the_library_s(kind, tmp_path):
    model = write_bert(tmp_path, kind)
    encoder, _ = load_encoder(tmp_path)
    assert not encoder.training
    assert_parity(model, encoder, *batch())


@pytest.mark.parametrize(("kind", "name"), [("BertForMaskedLM", "logits"), ("BertForPreTraining", "prediction_logits")])
def test_scores_of_hidden_tokens_equal_the_library_s(kind, name, tmp_path):
    model = write_bert(tmp_path, kind)
    encoder, _ = load_encoder(tmp_path)
    last, theirs = assert_parity(model, encoder, *batch())
    torch.testing.assert_close(encoder.token_scores(last), theirs[name], atol=1e-4, rtol=1e-5)


def test_a_model_without_a_head_has_none(tmp_path):
    write_bert(tmp_path, "BertModel")
    assert load_encoder(tmp_path)[0].head is None


def test_half_precision_is_read_as_float32(copy):
    encoder, _ = load_encoder(copy(edit=lambda tensors: tensors.update({n: t.half() for n, t in tensors.items()})))
    assert {p.dtype for p in encoder.parameters()} == {torch.float32}


def test_the_names_of_old_files_are_understood(copy, written):
    def old(tensors):
        for name in [name for name in tensors if "LayerNorm" in name]:
            tensors[name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta")] = tensors.pop(name)
        tensors["bert.embeddings.position_ids"] = torch.arange(17)[None]
        tensors["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"].clone()

    ids, *_ = batch()
    torch.testing.assert_close(load_encoder(copy(edit=old))[0](ids), load_encoder(written)[0](ids))


def test_dropout_is_the_caller_s(written):
    encoder, _ = load_encoder(written, dropout=0.3)
    assert encoder.dropout.p == encoder.encoder.blocks[1].attention.dropout == 0.3
    assert load_encoder(written)[0].dropout.p == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_act": "gelu_new"}, "hidden_act.*'gelu_new'.*'gelu'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type.*'relative_key'"),
        ({"is_decoder": True}, "is_decoder"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings"),
        ({"architectures": ["RobertaForMaskedLM"]}, "architecture.*RobertaForMaskedLM.*BertModel"),
        ({"architectures": None, "model_type": "distilbert"}, "architecture.*distilbert"),
        ({"architectures": ["BertModel"]}, "no place.*cls.predictions.bias"),
        ({"num_hidden_layers": 2}, r"no place.*encoder\.layer\.2\.attention"),
        ({"num_hidden_layers": 4}, r"lacks encoder\.layer\.3\.attention.*\(24, 24\)"),
        ({"vocab_size": 62}, r"word_embeddings\.weight has shape \(61, 24\).*\(62, 24\)"),
        ({"intermediate_size": 41}, r"intermediate\.dense\.weight has shape \(40, 24\).*\(41, 24\)"),
        ({"num_attention_heads": 5}, r"24.*5"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(settings, message, copy):
    with pytest.raises(ValueError, match=message):
        load_encoder(copy(settings))


def test_a_missing_size_is_named(copy):
    folder = copy()
    config = json.loads((folder / "config.json").read_text())
    del config["hidden_size"], config["vocab_size"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="lacks vocab_size, hidden_size"):
        load_encoder(folder)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda t: t.pop("bert.encoder.layer.1.attention.self.key.bias"),
            r"lacks encoder\.layer\.1\.attention\.self\.key",
        ),
        (
            lambda t: t.pop("cls.predictions.transform.LayerNorm.weight"),
            r"lacks cls\.predictions\.transform\.LayerNorm",
        ),
        (lambda t: t.update({"classifier.weight": torch.ones(2, 24)}), "no place.*classifier.weight"),
        (lambda t: t.update({"cls.predictions.bias": torch.ones(60)}), r"cls\.predictions\.bias has shape \(60,\).*61"),
        (lambda t: t.update({"cls.predictions.decoder.weight": torch.ones(61, 24)}), "decoder.weight differs"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(edit, message, copy):
    with pytest.raises(ValueError, match=message):
        load_encoder(copy(edit=edit))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab.txt"])
def test_a_missing_file_is_named(name, copy):
    folder = copy()
    (folder / name).unlink()
    with pytest.raises(ValueError, match=name):
        load_encoder(folder)


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[]", "JSON object, got a list")])
def test_a_configuration_that_is_none_is_refused(text, message, copy):
    folder = copy()
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_encoder(folder)


def test_a_tokenizer_with_too_many_tokens_is_refused(copy):
    folder = copy()
    (folder / "vocab.txt").write_text("\n".join([*WORDS, *(f"word{i}" for i in range(60))]))
    with pytest.raises(ValueError, match=r"74 tokens, the model only 61"):
        load_encoder(folder)


@pytest.mark.parametrize("lower", [True, False])
def test_vocab_txt_gives_the_library_s_tokens(lower, copy):
    folder = copy()
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": lower}))
    theirs = transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=lower)
    _, ours = load_encoder(folder)
    for text in ["The cat chased a small mouse.", "mouses, cats", "chased a dog [MASK]"]:
        assert ours.encode(text).ids == theirs(text)["input_ids"]
    pair = ours.encode("the cat", "a mouse")
    assert pair.type_ids == theirs("the cat", "a mouse")["token_type_ids"]
    assert WORDS.index("cat") in pair.ids
    assert ours.encode("The").tokens[1] == ("the" if lower else "[UNK]")


def test_a_tokenizer_neither_cuts_nor_pads(copy):
    folder = copy()
    _, tokenizer = load_encoder(folder)
    tokenizer.enable_padding(length=12)
    tokenizer.enable_truncation(4)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokens = load_encoder(folder)[1].encode("the cat chased a mouse").tokens
    assert tokens == ["[CLS]", "the", "cat", "chased", "a", "mouse", "[SEP]"]


def test_tokenizer_json_goes_before_vocab_txt(copy):
    folder = copy()
    _, tokenizer = load_encoder(folder)
    tokenizer.add_tokens(["quokka"])
    tokenizer.save(str(folder / "tokenizer.json"))
    assert load_encoder(folder)[1].token_to_id("quokka") == len(WORDS)


def put_in_cache(cache, written, name):
    model = cache / f"models--{name.replace('/', '--')}"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text("0123abc")
    (model / "snapshots").mkdir()
    (model / "snapshots" / "0123abc").symlink_to(written)


@pytest.mark.parametrize(
    ("variable", "below"), [("HF_HUB_CACHE", ""), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")]
)
def test_a_model_is_found_in_the_hub_s_cache(variable, below, written, tmp_path, monkeypatch):
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    put_in_cache(tmp_path / below, written, "someone/tiny-bert")
    assert load_encoder("someone/tiny-bert")[0].token_embedding.num_embeddings == 61


def test_a_model_that_is_nowhere_is_refused_with_the_place_and_the_way(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(
        ValueError, match=r"someone/else is no folder.*hub\).*Nothing is downloaded.*hf download someone"
    ):
        load_encoder("someone/else")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"head": False, "embedding_norm": False, "max_len": 30},
        {"positions": "learned", "norm": "post", "max_len": 9, "num_token_types": 2, "eps": 1e-12},
    ],
)
def test_what_is_saved_is_read_back(settings, written, tmp_path):
    _, tokenizer = load_encoder(written)
    torch.manual_seed(5)
    encoder = TextEncoder(**OWN, **settings).eval()
    save_encoder(encoder, tokenizer, tmp_path / "new" / "folder")
    back, again = load_encoder(tmp_path / "new" / "folder")
    ids, *_ = batch()
    assert torch.equal(encoder(ids), back(ids))
    assert checkpoints.settings_of(back) == checkpoints.settings_of(encoder)
    assert again.to_str() == tokenizer.to_str()


def test_what_was_read_from_bert_can_be_saved_as_the_book_s(written, tmp_path):
    encoder, tokenizer = load_encoder(written)
    save_encoder(encoder, tokenizer, tmp_path)
    ids, padding, types = batch()
    mask = padding.bool()[:, None, None]
    assert torch.equal(load_encoder(tmp_path)[0](ids, mask, types), encoder(ids, mask, types))


def test_float16_halves_the_file_and_costs_little(written, tmp_path):
    _, tokenizer = load_encoder(written)
    encoder = TextEncoder(**OWN).eval()
    for name, dtype in [("full", torch.float32), ("half", torch.float16)]:
        save_encoder(encoder, tokenizer, tmp_path / name, dtype)
    full, half = (tmp_path / name / "model.safetensors" for name in ("full", "half"))
    assert half.stat().st_size < 0.6 * full.stat().st_size
    assert {t.dtype for t in load_file(half).values()} == {torch.float16}
    back, _ = load_encoder(tmp_path / "half")
    ids, *_ = batch()
    difference = (encoder(ids) - back(ids)).abs().max()
    assert 0 < difference < 0.02
    assert encoder.token_embedding.weight.dtype == torch.float32


def test_the_format_is_the_hub_s_and_says_whose_it_is(written, tmp_path):
    save_encoder(TextEncoder(**OWN), load_encoder(written)[1], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["architectures"] == ["MhaTextEncoder"]
    assert (config["hidden_size"], config["position_embedding_type"]) == (24, "rotary")


def test_a_surplus_tensor_of_the_book_s_own_kind_is_named(written, tmp_path):
    save_encoder(TextEncoder(**OWN), load_encoder(written)[1], tmp_path)
    path = tmp_path / "model.safetensors"
    save_file(load_file(path) | {"encoder.blocks.7.attention.project_out.bias": torch.ones(24)}, path)
    with pytest.raises(ValueError, match=r"no place.*encoder\.blocks\.7"):
        load_encoder(tmp_path)


def test_a_tokenizer_too_large_is_not_saved(tmp_path):
    tokenizer = Tokenizer.from_str(
        json.dumps({"version": "1.0", "added_tokens": [], "model": {"type": "WordLevel", "unk_token": "a",
                    "vocab": {"a": 0, "b": 1}}})
    )  # fmt: skip
    with pytest.raises(ValueError, match="2 tokens, the model only 1"):
        save_encoder(TextEncoder(**OWN | {"vocab_size": 1}), tokenizer, tmp_path / "never")
    assert not (tmp_path / "never").exists()


@pytest.mark.hub
@needs_hub
@pytest.mark.parametrize("name", ["bert-base-uncased", "sentence-transformers/all-MiniLM-L6-v2"])
def test_models_of_the_hub_give_the_library_s_hidden_states(name):
    transformers.utils.logging.disable_progress_bar()
    model = transformers.AutoModel.from_pretrained(name).eval()
    theirs = transformers.AutoTokenizer.from_pretrained(name)
    encoder, tokenizer = load_encoder(name)
    texts = ["The cat chased a small mouse.", "Attention is a weighted mean of values, no more and no less."]
    given = theirs(texts, padding=True, return_tensors="pt")
    for text, ids, padding in zip(texts, given["input_ids"], given["attention_mask"], strict=True):
        assert tokenizer.encode(text).ids == ids[padding.bool()].tolist()
    assert_parity(model, encoder, given["input_ids"], given["attention_mask"], given["token_type_ids"])


def test_the_books_own_encoder_comes_with_it_and_guesses_a_hidden_word():
    encoder, tokenizer = checkpoints.load_book_encoder()
    assert not encoder.training
    assert {parameter.dtype for parameter in encoder.parameters()} == {torch.float32}
    ids = torch.tensor([tokenizer.encode("the number of rows and [MASK] of the matrix").ids])
    hidden = ids[0] == tokenizer.token_to_id("[MASK]")
    with torch.no_grad():
        scores = encoder.token_scores(encoder(ids)[0, hidden])
    assert (scores > scores[0, tokenizer.token_to_id("columns")]).sum() < 100  # of 4,096
