"""The book's own encoder through the reader's parts: its weights, in the reader's stack, block, heads and rotation."""

import inspect

import numpy as np
import torch
from torch import nn

from mha_lib.bert.checkpoints import load_book_encoder
from mha_lib.bert.masking import encode_texts, key_mask
from mha_lib.bert.wordpiece import HIDDEN

NUM_BLANKS = 200


class Turning(nn.Module):
    """A layer of the book's encoder, with its matrices, computed by the reader's functions on arrays."""

    def __init__(self, mine, layer):
        super().__init__()
        self.mine, self.layer = mine, layer

    def forward(self, x, memory=None, mask=None, is_causal=False):
        """Return what each token reads. x: (b, n, d_model)   mask: (b, 1, 1, n) or None  ->  (b, n, d_model)"""
        mine, num_heads = self.mine, self.layer.num_heads
        q, k, v = (
            mine.split_heads(part, num_heads) for part in np.split(self.layer.project_qkv(x).numpy(), 3, axis=-1)
        )
        places = np.arange(x.shape[1])
        q, k = mine.rotate(q, places), mine.rotate(k, places)
        read = mine.merge_heads(mine.masked_attention(q, k, v, None if mask is None else mask.numpy()))
        return self.layer.project_out(torch.from_numpy(read).to(x.dtype))


def through(mine, book):
    """Return the reader's stack with the weights of the book's, its attention computed by the reader's functions."""
    first = book.blocks[0]
    d_model, d_ff = first.attention.project_out.in_features, first.feed_forward.project_in.out_features
    stack = mine.Encoder(d_model, first.attention.num_heads, d_ff, len(book.blocks)).eval()
    stack.load_state_dict(book.state_dict())
    for own, block in zip(stack.blocks, book.blocks, strict=True):
        own.attention = Turning(mine, block.attention)
    return stack


def blanks(tokenizer):
    """Return ids (b, n) of documentation in which every eighth token is hidden, 200 in all, the mask, and which are."""
    texts = [inspect.getdoc(getattr(np, name)) for name in sorted(np.__all__) if inspect.isroutine(getattr(np, name))]
    ids = encode_texts(tokenizer, texts[:40], 64)
    hidden = torch.zeros_like(ids, dtype=torch.bool)
    hidden[:, 4::8] = ids[:, 4::8] != 0
    hidden &= (hidden.flatten().cumsum(0) <= NUM_BLANKS).view_as(hidden)
    return ids.masked_fill(hidden, HIDDEN), key_mask(ids), hidden


@torch.no_grad()
def same_guesses(mine):
    """Return the share of 200 blanks in which the book's encoder guesses the same through the reader's parts."""
    book, tokenizer = load_book_encoder()
    ids, mask, hidden = blanks(tokenizer)
    embedded = book.embed(ids)
    theirs, yours = (stack(embedded, mask)[hidden] for stack in (book.encoder, through(mine, book.encoder)))
    same = book.token_scores(theirs).argmax(-1) == book.token_scores(yours).argmax(-1)
    return same.double().mean().item()
