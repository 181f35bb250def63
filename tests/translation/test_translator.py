"""What stands between pairs and the model: what it may read, what it is judged by, and how it writes."""

import pytest
import torch

from mha_lib.translation import translator
from mha_lib.translation.texts import END_ID, PAD_ID, START_ID, vocabulary


class Copies(torch.nn.Module):
    """A model that is sure that the next token is the one that its source has at the same place."""

    def encode(self, sources, mask):
        """Return the sources themselves as the memory, what is hidden set to 0: (b, k) -> (b, k, 1)."""
        return (sources * mask[:, 0, 0]).double()[..., None]

    def decode(self, target, memory, mask):
        """Return scores: (b, q), (b, k, 1) -> (b, q, v)."""
        wanted = memory[: len(target), : target.shape[1], 0].long()
        return 100.0 * torch.nn.functional.one_hot(wanted, len(vocabulary())).double()

    def forward(self, sources, target, mask):
        """Return the scores after each token of the target."""
        assert target[:, 0].tolist() == [START_ID] * len(target)
        return self.decode(target, self.encode(sources, mask), mask)


def test_padding_of_the_source_is_hidden_from_every_query():
    mask = translator.readable(torch.tensor([[9, END_ID, PAD_ID], [9, 9, END_ID]]))
    assert mask.shape == (2, 1, 1, 3)
    assert mask[:, 0, 0].tolist() == [[True, True, False], [True, True, True]]


def test_the_loss_is_small_where_the_label_is_what_the_model_is_sure_of_and_large_elsewhere():
    sources = torch.tensor([[9, 8, END_ID], [7, END_ID, PAD_ID]])
    assert translator.translation_loss(Copies(), sources, sources) == pytest.approx(0, abs=1e-6)
    other = torch.tensor([[9, 9, END_ID], [7, END_ID, PAD_ID]])
    assert translator.translation_loss(Copies(), sources, other) == pytest.approx(100 / 5, rel=1e-6)


def test_labels_are_counted_without_padding():
    assert translator.num_labels(None, torch.tensor([[9, 8, END_ID], [7, END_ID, PAD_ID]])) == 5


def test_texts_are_written_up_to_their_end_and_no_longer_than_allowed():
    nine, ten = (vocabulary().index(sign) for sign in "90")
    sources = torch.tensor([[nine, ten, END_ID], [ten, END_ID, PAD_ID]])
    assert translator.translate(Copies(), sources, max_new=5) == ["90", "0"]
    assert translator.translate(Copies(), sources, max_new=1) == ["9", "0"]


def test_other_tokens_can_be_written():
    tokens = ("[pad]", "[start]", "[end]", *"abc")
    assert translator.translate(Copies(), torch.tensor([[5, 3, END_ID]]), 5, tokens) == ["ca"]
