"""Chapter 10. WordPiece: words cut into pieces that a vocabulary holds, and the vocabulary learned from a text.

The learning is done by the package `tokenizers`; how a word is cut with a vocabulary is a few lines, written here.
"""

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNKNOWN, START, END, HIDDEN = range(len(SPECIAL))
ALPHABET = 160  # characters that get a token of their own; the others are rare, and unknown
INSIDE = "##"  # before a piece that does not begin a word


def train_tokenizer(texts, vocab_size):
    """Return a lower-case WordPiece tokenizer, as BERT's, with a vocabulary learned from the texts.

    texts: a list of strings   vocab_size: how many tokens at most, those of SPECIAL included, which are the first

    It puts [CLS] before a text and [SEP] after it. Half a million words take a second or two.
    Source: Schuster and Nakajima, 2012, section 2; Devlin et al., 2019, section 3.

    >>> tokenizer = train_tokenizer(["a cat and a cats"] * 9, 30)
    >>> tokenizer.encode("a cat").tokens
    ['[CLS]', 'a', 'cat', '[SEP]']
    """
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size, special_tokens=list(SPECIAL), limit_alphabet=ALPHABET, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", START), ("[SEP]", END)],
    )
    return tokenizer


def cut_word(word, vocabulary):
    """Return the numbers of the pieces of one word, always the longest that the vocabulary has: integers (n,).

    vocabulary: a list of tokens, the number of each being its place; pieces inside of a word have ## in front

    If some rest of the word begins with no piece, the whole word is [UNK]. An empty word has no pieces.
    Source: Devlin et al., 2019, section 3, whose vocabulary it is; the greedy rule is in their code, tokenization.py.

    >>> vocabulary = ["[UNK]", "un", "mask", "##mask", "##ed", "##m", "##e"]
    >>> [vocabulary[i] for i in cut_word("unmasked", vocabulary)], cut_word("unseen", vocabulary).tolist()
    (['un', '##mask', '##ed'], [0])
    """
    number = {token: i for i, token in enumerate(vocabulary)}
    pieces, start = [], 0
    while start < len(word):
        mark = INSIDE if start else ""
        stops = range(len(word), start, -1)
        stop = next((stop for stop in stops if mark + word[start:stop] in number), None)
        if stop is None:
            return np.array([number[SPECIAL[UNKNOWN]]])
        pieces.append(number[mark + word[start:stop]])
        start = stop
    return np.array(pieces, dtype=int)
