"""The live attention view, as far as Python writes it: the HTML, the limits, the reading, the files for the page."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

import mha_lib as mha
from mha_lib import live
from mha_lib.bert.checkpoints import load_encoder, save_encoder
from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.live import files, limits, still
from mha_lib.live.answers import read
from tests.book import book_site  # noqa: F401 - it makes the extension importable

from mha_book import live as live_pages  # isort: skip

MARKUP = ['</script><script>alert("1")</script>', "<img src=x onerror=alert(1)>", "a&b", "<!--"]
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "mouse", "chased", "##s", "."]


class Outline(HTMLParser):
    """What a browser would make of a piece of HTML: its elements with their attributes, and its texts."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        """Note a text."""
        self.texts.append(data)

    def find(self, tag):
        """Return the attributes of each element of this name."""
        return [attributes for name, attributes in self.elements if name == tag]


def weights(*shape, seed=0):
    """Return attention weights of this shape."""
    return mha.softmax(np.random.default_rng(seed).normal(size=shape))


def outline(view):
    """Return the outline of a view's HTML."""
    return Outline(view._repr_html_())


def data(view):
    """Return what the view's script gets."""
    seen = outline(view)
    start = next(i for i, text in enumerate(seen.texts) if text.startswith('{"tokens"'))
    return json.loads(seen.texts[start])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a small encoder of the make that the page computes."""
    torch.manual_seed(0)
    encoder = TextEncoder(len(TOKENS), d_model=8, num_heads=2, d_ff=16, num_layers=2)
    tokenizer = Tokenizer(models.WordPiece({name: i for i, name in enumerate(TOKENS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(TOKENS[:5])
    folder = tmp_path_factory.mktemp("encoder")
    save_encoder(encoder, tokenizer, folder, torch.float16)
    return folder


def test_a_view_holds_the_weights_in_thousandths():
    maps = [weights(3, 4, 4, seed=layer) for layer in range(2)]
    stored = data(live.show_attention("abcd", maps))
    assert stored["shape"] == [2, 3]
    assert np.reshape(stored["maps"], (2, 3, 4, 4)) == pytest.approx(1000 * np.stack(maps), abs=0.5)
    assert (stored["tokens"], stored["keys"], stored["sentence"]) == (list("abcd"), None, None)


def test_a_view_of_a_sentence_is_small():
    view = live.show_attention(range(8), weights(4, 8, 8, 8))
    assert len(view.as_json()) < 10_000
    assert len(view._repr_html_()) < 45_000


def test_a_batch_of_one_and_tensors_with_gradients_are_taken():
    plain = weights(2, 3, 3)
    tensor = torch.tensor(plain[None], dtype=torch.bfloat16, requires_grad=True)
    assert data(live.show_attention("abc", [plain[None]])) == data(live.show_attention("abc", [plain]))
    assert live.show_attention("abc", [tensor]).maps[0] == pytest.approx(plain, abs=0.01)


def test_the_keys_may_be_other_tokens_than_the_queries():
    view = live.show_attention("ab", [weights(1, 2, 3)], key_tokens="xyz")
    assert data(view)["keys"] == ["x", "y", "z"]
    assert {"a", "z"} <= set(outline(view).texts)
    assert repr(view) == "<attention of 1 layers x 1 heads: 2 queries, 3 keys>"


def test_tokens_that_look_like_markup_make_no_element():
    harmless, hostile = (live.show_attention(names, [weights(2, 4, 4)]) for names in ("abcd", MARKUP))
    shape = [tag for tag, _ in outline(harmless).elements]
    assert [tag for tag, _ in outline(hostile).elements] == shape
    assert shape.count("script") == 2
    assert data(hostile)["tokens"] == MARKUP
    assert "<" not in hostile.as_json()


def test_a_sentence_that_looks_like_markup_stays_an_attribute(folder):
    sentence = 'the "cat" <b>chased</b> \' </script> &amp; [MASK]'
    view = live.show_encoder(sentence, folder)
    assert outline(view).find("div")[0]["data-mha-encoder"] == sentence
    assert data(view)["sentence"] == sentence
    assert outline(view).find("b") == []


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ([np.ones((3, 3))], r"maps\[0\] must have shape \(h, q, k\), or \(1, h, q, k\), got \(3, 3\)"),
        ([weights(2, 2, 3, 3)], r"maps\[0\] must have shape .*, got \(2, 2, 3, 3\)"),
        ([np.ones((2, 0, 0))], r"maps\[0\] must have shape"),
        ([weights(2, 3, 3), weights(2, 4, 4)], r"all of one shape \(h, q, k\), got \[\(2, 3, 3\), \(2, 4, 4\)\]"),
        ([], "at least one layer"),
        ([weights(1, 3, 3), np.full((1, 3, 3), 2.5)], r"maps\[1\] has 2.5 to 2.5; pass them after softmax"),
        ([np.full((1, 3, 3), np.nan)], r"maps\[0\] has nan"),
        ([weights(2, 4, 4)], "tokens names 3, but the maps have 4"),
    ],
)
def test_weights_that_cannot_be_shown_are_refused(maps, message):
    with pytest.raises(ValueError, match=message):
        live.show_attention("abc", maps)


def test_wrong_names_of_keys_are_refused():
    with pytest.raises(ValueError, match="key_tokens names 2, but the maps have 3"):
        live.show_attention("abc", [weights(1, 3, 3)], key_tokens="xy")


def test_more_than_a_page_can_hold_is_refused():
    size = limits.MAX_TOKENS + 1
    with pytest.raises(ValueError, match=f"at most 128 tokens, got {size}"):
        live.show_attention(range(size), [weights(1, size, size)])
    with pytest.raises(ValueError, match=r"at most 600,000 weights, got 655,360: pass fewer layers"):
        live.show_attention(range(128), [weights(40, 128, 128)])


def test_a_head_that_does_not_exist_is_refused(folder):
    with pytest.raises(ValueError, match="layer 0, head 2 is none of 1 layers with 2 heads, counted from 0"):
        live.show_attention("abc", [weights(2, 3, 3)], head=2)
    with pytest.raises(ValueError, match="layer -1, head 0 is none of 2 layers"):
        live.show_encoder("the cat", folder, layer=-1)


def test_without_scripts_there_is_a_table_of_the_chosen_head():
    maps = weights(2, 2, 3, 3)
    seen = outline(live.show_attention("abc", maps, layer=1, head=0))
    picture = seen.texts[: seen.texts.index(next(text for text in seen.texts if text.startswith("{")))]
    assert picture[0] == "Attention weights of layer 1, head 0, in per cent. Row: query. Column: key."
    numbers = [f"{100 * weight:.0f}" for weight in maps[1, 0].ravel()]
    assert [text for text in picture if text.isdigit()] == numbers
    assert [head["scope"] for head in seen.find("th")] == ["col"] * 3 + ["row"] * 3


def test_the_table_of_a_long_sentence_is_cut():
    picture = Outline(still.still_picture(["a"] * 40, ["b"] * 40, weights(40, 40), (0, 0)))
    assert len(picture.find("tr")) == 1 + still.SHOWN
    assert "the first 16 tokens" in picture.texts[0]


@pytest.mark.parametrize("weight", np.linspace(0, 1, 21))
def test_the_numbers_in_the_table_have_enough_contrast(weight):
    style = Outline(still.cell(weight)).find("td")[0]["style"]
    ground, ink = (part.partition(":")[2] for part in style.split(";"))
    ink = "#" + 2 * ink[1:]
    light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour):
    """Return the relative luminance of #rrggbb, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def test_a_view_asks_for_nothing_elsewhere():
    html = live.show_attention("abc", [weights(2, 3, 3)])._repr_html_()
    assert [kind for kind in ("src=", "href=", "@import", "url(", "fetch(") if kind in html] == []
    assert set(Outline(html).find("script")[1]) == set()


def test_a_view_of_any_weights_needs_no_pytorch():
    script = "import sys; from mha_lib import live; live.show_attention('a', [[[[1.0]]]])._repr_html_(); "
    subprocess.run([sys.executable, "-c", script + "assert 'torch' not in sys.modules"], check=True)


def test_the_encoders_view_holds_the_guesses_with_and_without_each_head(folder):
    encoder, tokenizer = load_encoder(folder)
    sentence = "the [MASK] chased cats ."
    view = live.show_encoder(sentence, folder)
    (fill,) = data(view)["fills"]
    assert fill["place"] == view.tokens.index("[MASK]") == 1
    heads = [(layer, head) for layer in range(2) for head in range(2)]
    for found, off in zip([fill["on"], *fill["off"]], [[], *([head] for head in heads)], strict=True):
        expected = read(encoder, tokenizer, sentence, off).guesses[1]
        assert [token for token, _ in found] == [token for token, _ in expected]
        assert [p for _, p in found] == pytest.approx([p for _, p in expected], abs=1e-4)
    assert fill["on"] not in fill["off"]


def test_a_reading_has_the_models_own_guesses(folder):
    encoder, tokenizer = load_encoder(folder)
    ids = tokenizer.encode("the [MASK] chased").ids
    with torch.no_grad():
        chances = encoder.token_scores(encoder(torch.tensor([ids]))).softmax(-1)[0, 1]
    token, chance = read(encoder, tokenizer, "the [MASK] chased").guesses[1][0]
    assert token == TOKENS[chances.argmax()]
    assert chance == pytest.approx(chances.max().item(), abs=1e-6)


def test_a_long_sentence_is_cut_and_ends_as_it_did(folder):
    encoder, tokenizer = load_encoder(folder)
    tokens = read(encoder, tokenizer, "cat " * 130 + "mouse .").tokens
    assert tokens == ["cat"] * (limits.MAX_TOKENS - 1) + ["."]
    assert len(read(encoder, tokenizer, "cat " * limits.MAX_TOKENS).tokens) == limits.MAX_TOKENS


def test_at_most_four_hidden_words_are_stored(folder):
    fills = data(live.show_encoder("[MASK] " * 6, folder))["fills"]
    assert [fill["place"] for fill in fills] == [0, 1, 2, 3]


def test_the_files_hold_the_encoder(folder, tmp_path):
    written = files.write_files(tmp_path / "live", folder)
    assert {path.name for path in written} == {path.name for path in (tmp_path / "live").iterdir()}
    text = (tmp_path / "live" / "weights.js").read_text("utf-8")
    stored = json.loads(text.removeprefix("mhaLive.stored = ").removesuffix(";\n"))
    assert stored["config"]["hidden_size"] == 8
    assert stored["tokenizer"]["model"]["vocab"]["cat"] == TOKENS.index("cat")
    assert "loads 0.0 MB" in (tmp_path / "live" / "page.js").read_text("utf-8")


@pytest.mark.parametrize("settings", [{"norm": "post"}, {"embedding_norm": False}, {"head": False}])
def test_the_files_refuse_an_encoder_of_another_make(folder, tmp_path, settings):
    _, tokenizer = load_encoder(folder)
    sizes = {"d_model": 8, "num_heads": 2, "d_ff": 16, "num_layers": 1}
    save_encoder(TextEncoder(len(TOKENS), **sizes, **settings), tokenizer, tmp_path / "other")
    with pytest.raises(ValueError, match=f"but .*other has .*{next(iter(settings))}"):
        files.write_files(tmp_path / "live", tmp_path / "other")


def test_the_tokenizer_says_which_characters_vanish_and_stand_alone(folder):
    seen = files.characters(load_encoder(folder)[1])
    for code in (0x00, 0x0301, 0x200B, 0xFFFD):
        assert among(code, seen["vanishing"])
    assert all(among(ord(mark), seen["alone"]) for mark in "!~$—。")
    assert not any(among(ord(letter), runs) for letter in "aé 猫😀⊗\n" for runs in seen.values())


def among(code, runs):
    """Return whether a number lies in [first, last, first, last, ...]."""
    return any(first <= code <= last for first, last in zip(runs[::2], runs[1::2], strict=True))


def site(tmp_path):
    """Return what Sphinx would hand to the extension, for a book in this folder; it lists the pages' scripts."""
    builder = SimpleNamespace(format="html")
    app = SimpleNamespace(srcdir=tmp_path / "book", outdir=tmp_path / "html", builder=builder, scripts=[])
    app.add_js_file = lambda name, **how: app.scripts.append((name, how))
    return app


def test_the_site_gets_the_live_files_and_only_a_page_with_the_view_starts_them(folder, tmp_path):
    app = site(tmp_path)
    (tmp_path / "mha_lib" / "data").mkdir(parents=True)
    (tmp_path / "mha_lib" / "data" / "encoder").symlink_to(folder)
    live_pages.write(app)
    assert (tmp_path / "html" / "_static" / "live" / "weights.js").is_file()
    live_pages.start(app, "a", "page.html", {"body": live.show_attention("a", [[[[1.0]]]])._repr_html_()}, None)
    live_pages.start(app, "search", "search.html", {}, None)
    assert app.scripts == []
    live_pages.start(app, "b", "page.html", {"body": live.show_encoder("cat", folder)._repr_html_()}, None)
    assert app.scripts == [("live/page.js", {"loading_method": "defer"})]


def test_a_site_without_the_encoder_is_built_with_the_still_view(folder, tmp_path):
    app = site(tmp_path)
    old = tmp_path / "html" / "_static" / "live"
    old.mkdir(parents=True)
    live_pages.write(app)
    live_pages.start(app, "b", "page.html", {"body": live.show_encoder("cat", folder)._repr_html_()}, None)
    assert not old.exists()
    assert app.scripts == []
