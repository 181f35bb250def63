"""The built site: complete, small, and nothing in it leads out of the folder or nowhere."""

import re

import pytest

from tests.book import html_pages
from tests.book.book_site import BOOK, SITE, pages, site

PAGE_BUDGET = 1_500_000
SITE_BUDGET = 25_000_000
CHAPTERS = sorted(path.stem for path in BOOK.glob("[0-9][0-9]_*.md"))


def chapter_page(name):
    """Return a chapter's page, read."""
    return html_pages.read(site() / "notebooks" / f"{name}.html")


def chapter_text(name):
    """Return a chapter's source."""
    return (BOOK / f"{name}.md").read_text("utf-8")


def test_the_book_builds_without_a_warning():
    assert (site() / "index.html").exists()


def test_nothing_is_loaded_from_elsewhere():
    loaded = [(page.name, address) for page in pages() for address in html_pages.read(page).assets]
    assert len(loaded) > len(pages())
    assert [entry for entry in loaded if html_pages.is_foreign(entry[1])] == []


def test_no_script_or_style_of_a_page_names_a_foreign_library():
    hosts = re.compile(r"cdn\.|jsdelivr|unpkg|cdnjs|fonts\.(googleapis|gstatic)")
    found = [
        (page.name, match.group()) for page in pages() for match in [hosts.search(page.read_text("utf-8"))] if match
    ]
    assert found == []


def test_links_and_assets_lead_somewhere():
    read = [html_pages.read(page) for page in pages()]
    inside = [(page, address) for page in read for address in page.links + page.assets]
    inside = [(page, address) for page, address in inside if not html_pages.is_foreign(address)]
    assert len(inside) > 100
    assert [fault for page, address in inside if (fault := html_pages.broken(page, address))] == []


def test_every_image_is_described():
    silent = [(page.name, image["src"]) for page in pages() for image in undescribed(html_pages.read(page))]
    assert silent == []


def undescribed(page):
    """Return the images of a page that have no text; one that is decoration beside its own text says so with alt=""."""
    logo = [image for image in page.images if "logo__image" in (image.get("class") or "")]
    return [image for image in page.images if image not in logo and not (image.get("alt") or "").strip()]


def test_drawings_are_described():
    drawings = [given for tag, given in html_pages.read(site() / "index.html").elements if tag == "svg"]
    assert [drawing["role"] for drawing in drawings if drawing.get("aria-label")] == ["img"]


def test_pages_are_small():
    assert {page.name: page.stat().st_size for page in pages() if page.stat().st_size > PAGE_BUDGET} == {}


def test_the_site_is_small():
    assert sum(path.stat().st_size for path in site().rglob("*") if path.is_file()) < SITE_BUDGET


def test_no_marker_of_an_answer_is_left():
    assert [page.name for page in pages() if re.search("(BEGIN|END) SOLUTION", page.read_text("utf-8"))] == []


def test_the_site_has_an_icon():
    assert "favicon.svg" in " ".join(html_pages.read(site() / "index.html").assets)


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_exercise_is_a_box_with_a_heading_and_an_anchor(name):
    page = chapter_page(name)
    wanted = len(re.findall(r"^### Exercise: ", chapter_text(name), re.MULTILINE))
    assert len(page.with_class("exercise")) == wanted
    assert len(re.findall(r"<h3>Exercise \d+\.\d+: ", page.text)) == wanted
    assert {f"ex-{int(name[:2])}-{order}" for order in range(1, wanted + 1)} <= page.ids


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_answer_is_closed_until_it_is_opened(name):
    text = chapter_page(name).text
    answers = len(re.findall(r"^:tags: .*\banswer\b", chapter_text(name), re.MULTILINE))
    assert text.count("Show solution") == text.count("Hide solution") == answers
    assert "<details open" not in text


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_opens_and_offers_the_students_notebook(name):
    page = chapter_page(name)
    for service in ("mybinder.org", "colab.research.google.com"):
        assert [link for link in page.links if service in link and link.endswith(f"notebooks/{name}.ipynb")]
    download = next(link for link in page.links if "_downloads/" in link)
    offered = (page.path.parent / download).resolve()
    assert offered.read_bytes() == (BOOK.parent / "notebooks" / f"{name}.ipynb").read_bytes()


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_setup_for_colab_is_not_shown(name):
    assert "google.colab" not in chapter_page(name).text


def test_the_solutions_are_not_offered_as_files():
    assert not (site() / "_sources").exists()
    assert [path for path in SITE.rglob("*.ipynb") if path.read_text("utf-8").count("BEGIN SOLUTION")] == []


def test_formulas_are_rendered_by_a_file_of_the_site():
    page = html_pages.read(site() / "notation.html")
    assert any(address.startswith("_static/mathjax/tex-chtml.js") for address in page.assets)
    assert (site() / "_static/mathjax/output/chtml/fonts/woff-v2/MathJax_Main-Regular.woff").exists()


def test_no_script_is_declared_twice():
    for page in pages():
        assert page.read_text("utf-8").count("THEBE_JS_URL") == 0


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_formula_keeps_the_mark_after_it_on_its_line(name):
    html = (site() / "notebooks" / f"{name}.html").read_text("utf-8")
    formula = r'<span class="math notranslate nohighlight">[^<]*</span>[.,;:!?)]'
    assert len(re.findall(formula, html)) == len(re.findall('<span class="no-break">' + formula, html)) > 0
