"""The live attention view in a browser, from the disk: the numbers are Python's, and everybody can use it."""

import base64
import json

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import mha_lib as mha
from mha_lib import live
from mha_lib.bert.checkpoints import load_encoder
from mha_lib.live import files
from mha_lib.live.answers import read
from mha_lib.live.view import BOOK_ENCODER
from tests.book.book_site import BOOK
from tests.browser.reader import DESK, PHONE, TOO_WIDE, Reader

SENTENCE = "the cat chased a small [MASK] ."
OTHERS = ("q", "r", "s")
MARKUP = '<img src=x onerror="hit=1"><script>hit=1</script><b id=typed>bold</b> &amp; [MASK]'
TWENTY = "the cat chased a small mouse and the dog slept by the old [MASK] in the sun ."
CHAPTER = "notebooks/11_seeing.html"
CLOSE = 1e-4
NUM_HEADS = 8

SENTENCES = (
    "",
    " ",
    "\n\t \r\n",
    ".",
    "a",
    "[MASK]",
    "the cat chased a small mouse",
    "The CAT Chased A Small MOUSE.",
    "the cat chased a small [MASK] .",
    "the [MASK] chased a small [MASK] .",
    "[MASK] [MASK] [MASK] [MASK] [MASK]",
    "[mask] is no hidden word, [MASK]is one",
    "[CLS] [SEP] [PAD] [UNK] typed by hand",
    "[[MASK]] [MASK][MASK] [MASK",
    "don't stop: it's 3.14, isn't it?",
    "well-known re-read e-mail",
    "x = softmax(q @ k.T / sqrt(d)) @ v",
    "def f(x, *, y=None): return x ** 2 if y is None else -1",
    "1 234 567 890 0.5 1e-7 0x1F 50%",
    "a_b __init__ self.weight[:, None] #comment ##ing",
    "naïve café, Übergröße, señor, Ångström, façade",
    "cafe\u0301 nai\u0308ve",
    "Straße ẞ ﬁne ﬀ œuvre Æther",
    "İstanbul ISTANBUL ıstanbul",
    "ΣΊΣΥΦΟΣ Σ σς Οδυσσεύς",
    "привет мир, Ёлка, й",
    "猫が小さなネズミを追いかけた",
    "我喜欢猫 mixed 中文and English",
    "안녕하세요 고양이",
    "مرحبا بالعالم، قطة",
    "שָׁלוֹם עולם",
    "नमस्ते दुनिया।",
    "ภาษาไทย แมว",
    "😀",
    "the 🐱 chased a small 🐭!",
    "👩\u200d👩\u200d👧\u200d👦 family 🇪🇺 flag ❤\ufe0f heart 👍🏽",
    "zero\u200bwidth soft\u00adhyphen \ufeffbom \u202eright to left\u202c",
    "nul\x00 bell\x07 escape\x1b delete\x7f c1\x85\x9f tab\x0b\x0c",
    "replacement \ufffd private \ue000 unassigned \u0378",
    "non\u00a0breaking thin\u2009space ideographic\u3000space line\u2028end",
    "“quotes” ‘single’ – dash — em … ellipsis • bullet",
    "α β γ ∂ ∑ ∫ ≤ ≥ ≠ ⊗ → ↔ ² ₀",
    "Zalgo: z\u0351\u0300a\u0315\u0301l\u0321\u0317g\u0328\u0308o",
    "\U0001d4d0\U0001d4d1 mathematical 𝒜 Ⅳ ① ﾊﾝｶｸ",
    "\U000110c2\u061d\u2e43 signs that are newer than the tokenizer's Unicode",
    "<b>bold</b> &amp; <script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "</textarea></script><!-- --> {{ x }} ${y} `z`",
    "'; DROP TABLE words; --",
    "https://example.org/a/b?c=d&e=f#g",
    "\\frac{1}{2} \\n \\u0041 $\\sqrt{d}$",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "a" * 100,
    "a" * 101,
    "é" * 100 + " " + "é" * 101,
    "x" * 5000,
    "the cat chased a small mouse " * 30,
    "word, " * 63 + "[MASK] end",
    "[MASK] " + "the cat " * 62 + "sat",
    "the cat " * 63,
    "a very long text with one hidden [MASK] and much more to say about it " * 300,
)

ASK = """([text, off]) => {
    const host = document.querySelector('.mha-live'), view = host.mhaView
    host.shadowRoot.querySelector('textarea').value = text
    view.off = new Set(off)
    host.mhaDesk.change()
    const {tokens, fills, maps} = view.reading, bytes = new Uint8Array(maps.buffer, maps.byteOffset, maps.byteLength)
    let packed = ''
    for (let i = 0; i < bytes.length; i += 8192) packed += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return {tokens, fills, maps: btoa(packed)}
}"""
WITHOUT_LIMIT = "stored => { window.whole = new mhaLive.Tokenizer(...stored, Infinity) }"
CODES = """([first, last]) => {
    const words = []
    for (let code = first; code < last; code++)
        if (code < 0xD800 || code >= 0xE000) words.push(`a${String.fromCodePoint(code)}b`)
    return window.whole.encode(words.join(' ')).tokens.join('\\n')
}"""
TIMES = """text => {
    const host = document.querySelector('.mha-live'), times = []
    host.shadowRoot.querySelector('textarea').value = text
    for (let i = 0; i < 7; i++) {
        const start = performance.now()
        host.mhaDesk.change()
        times.push(performance.now() - start)
    }
    return {times, tokens: host.mhaView.reading.tokens.length}
}"""
CREATED = "() => document.querySelector('.mha-live').shadowRoot.querySelectorAll('img, script, #typed').length"
CHOSEN = "heads => heads.find(head => head.getAttribute('aria-checked') === 'true').getAttribute('aria-label')"


@pytest.fixture(scope="module")
def model():
    """Return the book's encoder and its tokenizer, in Python."""
    return load_encoder(BOOK_ENCODER)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return the address of a folder with a page like the book's: the encoder's view, then one of other weights."""
    folder = tmp_path_factory.mktemp("live page")
    files.write_files(folder / "live", BOOK_ENCODER)
    other = live.show_attention(OTHERS, mha.softmax(np.eye(3)[[1, 2, 0]] * 3)[None, None])
    views = f"{live.show_encoder(SENTENCE)._repr_html_()}<p>Between.</p>{other._repr_html_()}"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Live</title>'
    text = f'<!DOCTYPE html><html lang="en">{head}<main><h1>Live</h1>{views}</main><script src="live/page.js"></script>'
    (folder / "index.html").write_text(text, "utf-8")
    return folder


@pytest.fixture
def reader(browser, place):
    """Return a reader with the page open before them."""
    with Reader(browser, place.as_uri()) as reader:
        reader.page.goto(f"{reader.address}/index.html")
        yield reader


@pytest.fixture(scope="module")
def desk(browser, place):
    """Return a page whose encoder has been brought."""
    with Reader(browser, place.as_uri()) as reader:
        reader.page.goto(f"{reader.address}/index.html")
        yield bring(reader.page)
        assert reader.errors == []


def bring(page):
    """Press the button, and return the page when the encoder is there."""
    page.locator(".try").first.click()
    page.locator("textarea").wait_for()
    return page


def ask(page, text, off=()):
    """Return the reading that the page makes of a text: its tokens, maps (layers, h, n, n) and fills."""
    found = page.evaluate(ASK, [text, list(off)])
    numbers = np.frombuffer(base64.b64decode(found["maps"]), np.float32)
    size = len(found["tokens"])
    return found | {"maps": numbers.reshape(-1, NUM_HEADS, size, size)}


def agree(found, expected, without):
    """Assert that guesses of a page are Python's: the probabilities, and the tokens where no two are as likely."""
    for fill, place in zip(found["fills"], list(expected.guesses)[:4], strict=True):
        assert fill["place"] == place
        for theirs, ours in ((fill["on"], expected), (fill["off"], without)):
            chances = dict(ours.guesses[place])
            assert [chance for _, chance in theirs] == pytest.approx(list(chances.values()), abs=CLOSE)
            apart = [token for token, chance in chances.items() if stands_apart(chance, chances.values())]
            assert set(apart) <= {token for token, _ in theirs}


def stands_apart(chance, chances):
    """Return whether a chance is larger than the smallest of them by more than the tolerance."""
    return chance > min(chances) + CLOSE


@pytest.mark.parametrize("text", SENTENCES)
def test_the_numbers_are_pythons(desk, model, text):
    expected = read(*model, text)
    found = ask(desk, text)
    assert found["tokens"] == expected.tokens
    assert np.abs(found["maps"] - expected.maps).max() <= CLOSE
    assert [fill["off"] for fill in found["fills"]] == [None] * min(4, len(expected.guesses))
    found["fills"] = [{**fill, "off": fill["on"]} for fill in found["fills"]]
    agree(found, expected, expected)


@pytest.mark.parametrize("off", [[0], [13], [2, 9, 31], range(8, 16), range(32)])
@pytest.mark.parametrize("text", [text for text in SENTENCES if "[MASK]" in text and len(text) < 200])
def test_the_numbers_with_heads_off_are_pythons(desk, model, text, off):
    expected = read(*model, text)
    without = read(*model, text, [divmod(number, NUM_HEADS) for number in off])
    found = ask(desk, text, off)
    assert np.abs(found["maps"] - without.maps).max() <= CLOSE
    agree(found, expected, without)


def test_enough_sentences_are_compared():
    assert len(set(SENTENCES)) >= 50


def test_every_character_is_cut_as_python_cuts_it(desk, model, place):
    text = (place / "live" / "weights.js").read_text("utf-8").removeprefix("mhaLive.stored = ").removesuffix(";\n")
    stored = json.loads(text)
    desk.evaluate(WITHOUT_LIMIT, [stored["tokenizer"], stored["characters"]])
    for start in range(0, 0x110000, 0x8000):
        codes = [code for code in range(start, start + 0x8000) if not 0xD800 <= code < 0xE000]
        expected = model[1].encode(" ".join(f"a{chr(code)}b" for code in codes)).tokens
        assert desk.evaluate(CODES, [start, start + 0x8000]).split("\n") == expected, hex(start)


def test_half_a_character_is_left_out(desk):
    assert desk.evaluate("live => mhaLive.tokenizer.encode('a\\ud83d mouse').tokens") == [
        "[CLS]",
        "a",
        "mouse",
        "[SEP]",
    ]


def test_twenty_tokens_are_answered_at_once(desk):
    seen = desk.evaluate(TIMES, TWENTY)
    assert seen["tokens"] >= 20
    assert min(seen["times"]) <= 200  # milliseconds; the fastest, for the others waited for whatever else ran


def test_what_the_page_loads_is_at_most_4_megabytes(place):
    assert sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) <= 4_000_000


def test_nothing_is_loaded_before_the_reader_asks_and_nothing_ever_from_elsewhere(reader, place):
    names = [url.rpartition("/")[2] for url in reader.requests]
    assert names == ["index.html", "page.js"]
    page = bring(reader.page)
    ask(page, MARKUP)
    later = [url for url in reader.requests if url.rpartition("/")[2] not in names]
    assert [url.rpartition("/")[2] for url in later] == ["tokenizer.js", "encoder.js", "weights.js"]
    assert [url for url in reader.requests if not url.startswith(place.as_uri())] == []
    assert reader.errors == []


def test_typed_markup_is_text(reader):
    page = bring(reader.page)
    page.locator("textarea").fill(MARKUP)
    page.locator(".tokens button", has_text="<").first.wait_for()
    page.locator("summary").first.click()
    assert page.evaluate(CREATED) == 0
    assert page.evaluate("() => window.hit") is None
    assert {"<", "=", '"', "/", "[MASK]"} <= set(page.locator(".tokens button").all_inner_texts())
    assert page.locator(".scroll th").first.inner_text() == "[CLS]"


def test_several_views_share_a_page(reader):
    tokens = reader.page.locator(".mha-live").nth(1).locator(".tokens button")
    assert tuple(tokens.all_inner_texts()) == OTHERS
    assert reader.page.locator(".try").count() == 1
    tokens.first.hover()
    assert reader.page.locator(".mha-live").nth(1).locator(".readout").inner_text().startswith("q looks at r ")
    assert reader.page.locator(".mha-live").first.locator(".readout").inner_text().startswith("The stronger a line")


def test_a_stored_view_compares_the_guesses_without_a_head(reader):
    page = reader.page
    page.locator(".heads button").nth(9).click()
    page.locator(".switches input").first.check()
    assert page.locator(".guesses thead th").all_inner_texts() == ["every head on", "without layer 1, head 1"]
    page.locator(".heads button").nth(0).click()
    page.locator(".switches input").first.check()
    assert page.locator(".guesses thead th").nth(1).inner_text() == "without layer 0, head 0"


def test_the_keyboard_is_enough(reader):
    page = reader.page
    press = page.keyboard.press
    press("Tab")
    press("Enter")
    page.locator("textarea").wait_for()
    press("Control+A")
    page.keyboard.type("the cat sat on the mat")
    page.locator(".chips button", has_text="mat").wait_for()
    for key in ("Tab", "End", "Space"):
        press(key)
    page.locator(".guesses table").wait_for()
    view = page.locator(".mha-live").first
    assert view.locator(".tokens button").all_inner_texts()[-2] == "[MASK]"
    for key in ("Tab", "ArrowDown", "ArrowRight", "ArrowRight"):
        press(key)
    assert view.locator(".heads button").evaluate_all(CHOSEN) == "Layer 1, head 2"
    for key in ("Tab", "ArrowDown", "Enter"):
        press(key)
    assert page.locator(".tokens button[aria-pressed=true]").inner_text() == "the"
    assert view.locator(".readout").inner_text().startswith("the looks at ")
    for key in ("Tab", "Space"):
        press(key)
    assert " tokens. Without layer 1, head 2: " in view.locator(".status").inner_text()
    for key in ("Tab", "Tab", "Enter"):
        press(key)
    assert view.locator(".scroll caption").inner_text().startswith("Layer 1, head 2: weights")


def test_the_table_holds_the_chosen_heads_weights(desk, model):
    weights = read(*model, "the cat sat").maps[2, 3]
    ask(desk, "the cat sat")
    desk.locator(".heads button").nth(2 * NUM_HEADS + 3).click()
    desk.locator("summary").first.click()
    table = desk.locator(".mha-live").first.locator(".scroll table")
    table.wait_for()
    found = [float(cell) for cell in table.locator("tbody td").all_inner_texts()]
    assert found == pytest.approx(weights.ravel(), abs=1e-3)
    assert table.locator("th[scope=col]").count() == table.locator("th[scope=row]").count() == len(weights)


def test_a_word_is_hidden_and_comes_back(reader):
    page = bring(reader.page)
    page.locator("textarea").fill("a small mouse, then.")
    page.locator(".chips button", has_text="mouse").click()
    shown = page.locator(".tokens button")
    assert "[MASK] ," in " ".join(shown.all_inner_texts())
    page.locator(".chips button", has_text="mouse").click()
    assert "[MASK]" not in shown.all_inner_texts()
    assert page.locator(".guesses table").count() == 0


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE])
def test_axe_finds_nothing(browser, place, colours, screen):
    with Reader(browser, place.as_uri(), screen, colours) as reader:
        reader.page.goto(f"{reader.address}/index.html")
        assert violations(reader.page) == set()
        page = bring(reader.page)
        page.locator(".chips button").nth(1).click()
        page.locator(".switches input").first.check()
        page.locator("summary").first.click()
        assert violations(page) == set()
        assert page.evaluate(TOO_WIDE) == 0


def violations(page):
    """Return the (rule, element) pairs that axe reports on a page."""
    found = Axe().run(page).response["violations"]
    return {(rule["id"], node["html"][:80]) for rule in found for node in rule["nodes"]}


@pytest.mark.parametrize("text", [SENTENCES[-1], "x" * 5000, MARKUP, "mouse " * 20])
def test_a_phone_never_scrolls_sideways(browser, place, text):
    with Reader(browser, place.as_uri(), PHONE) as reader:
        reader.page.goto(f"{reader.address}/index.html")
        assert reader.page.evaluate(TOO_WIDE) == 0
        ask(bring(reader.page), text)
        assert reader.page.evaluate(TOO_WIDE) == 0


@pytest.mark.parametrize("mark", ["documentElement.dataset.theme = 'dark'", "body.dataset.jpThemeLight = 'false'"])
def test_the_view_follows_the_page_into_the_dark(reader, mark):
    page = reader.page
    frames = page.locator(".frame")
    assert frames.first.get_attribute("data-colours") == "light"
    page.evaluate(f"() => {{ document.{mark} }}")
    page.locator(".frame[data-colours=dark]").nth(1).wait_for()


def test_without_scripts_the_still_picture_stands(browser, place):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{place.as_uri()}/index.html")
    assert page.locator(".mha-still table").count() == 2
    assert page.locator(".mha-still").first.is_visible()
    assert page.locator(".mha-still caption").first.inner_text().startswith("Attention weights of layer 0, head 0")
    assert page.locator("textarea").count() == 0
    context.close()


def test_with_scripts_the_still_picture_is_not_shown_twice(reader):
    assert not reader.page.locator(".mha-still").first.is_visible()


@pytest.mark.skipif(
    not (BOOK / "11_seeing.md").exists(), reason="the book does not have the chapter yet whose page this is"
)
def test_the_books_page_answers(browser, address, model):
    with Reader(browser, address) as reader:
        page = bring(reader.open(CHAPTER))
        found = ask_first(page, "a reader writes a [MASK] here")
        assert found == read(*model, "a reader writes a [MASK] here").tokens
        assert reader.errors == []
        assert [url for url in reader.requests if not url.startswith((address, "data:", "blob:"))] == []


def ask_first(page, text):
    """Type a text into the first box of a page; return the tokens when they are shown."""
    page.locator("textarea").first.fill(text)
    tokens = page.locator(".mha-live[data-mha-encoder]").first.locator(".tokens button")
    expect(tokens.nth(1)).to_have_text(text.split()[0])
    return tokens.all_inner_texts()
