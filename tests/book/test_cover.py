"""The front page's figure is what the library computes."""

import numpy as np

from tests.book.book_site import BOOK

from mha_book import cover  # isort: skip - book_site makes it importable


def test_the_figure_on_the_front_page_is_the_one_that_is_drawn():
    assert (BOOK / "_static" / "cover.svg").read_text("utf-8") == cover.draw()


def test_each_word_divides_its_attention():
    np.testing.assert_allclose(cover.weights().sum(axis=-1), 1)


def test_the_front_page_says_of_the_figure_what_the_figure_shows():
    seen = dict(zip(cover.mha.SENTENCE, map(cover.favourites, cover.weights()), strict=True))
    assert seen["chased"] == seen["the"] == ["cat", "mouse"]
    assert seen["a"] == seen["small"] == ["mouse"]
