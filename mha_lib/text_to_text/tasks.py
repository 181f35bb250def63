"""Chapter 13. Text in, text out: spans to hide and restore, a score for summaries, and one loss for every task."""

import itertools

import numpy as np
import torch

from mha_lib.text_to_text.small_tasks import END_ID, PAD_ID, SENTINEL_IDS, START_ID, decode, encode
from mha_lib.translation.decoder import sequence_loss, shift
from mha_lib.translation.decoding import greedy


def corrupt_spans(tokens, spans, sentinels):
    """Return (source, target): the tokens with a sentinel for each span, and the spans, each after its sentinel.

    tokens: (n,) integers   spans: (m, 2) integers, start and stop of each, the stop not included, from left to right
    sentinels: at least m + 1 integers, used in their order  ->  source (n - hidden + m,), target (hidden + m + 1,)

    The target ends with one more sentinel, which says that nothing else is missing. Spans that touch keep a sentinel
    each. No end token is added.
    Raises ValueError if spans are empty, overlap, leave the text or are not in order, or if sentinels run out.
    Source: Raffel et al., 2020, section 3.1.4 and figure 2.

    >>> source, target = corrupt_spans(np.arange(10, 17), [[1, 2], [4, 6]], sentinels=[-1, -2, -3])
    >>> source.tolist(), target.tolist()
    ([10, -1, 12, 13, -2, 16], [-1, 11, -2, 14, 15, -3])
    """
    tokens, spans, sentinels = np.asarray(tokens), np.reshape(spans, (-1, 2)).astype(int), np.asarray(sentinels)
    _check_spans(spans, len(tokens), len(sentinels))
    source, target, end = [], [], 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        source += [tokens[end:start], [sentinel]]
        target += [[sentinel], tokens[start:stop]]
        end = stop
    last = sentinels[len(spans)]
    return np.concatenate([*source, tokens[end:]]), np.concatenate([*target, [last]])


def restore_spans(source, target, sentinels):
    """Return the tokens with each sentinel of the source replaced by what follows it in the target: (n,) integers.

    The other way round of `corrupt_spans`. A sentinel that the target does not name is replaced by nothing.

    >>> restore_spans([10, -1, 12, 13, -2, 16], [-1, 11, -2, 14, 15, -3], sentinels=[-1, -2, -3]).tolist()
    [10, 11, 12, 13, 14, 15, 16]
    """
    marks, spans, current = set(np.asarray(sentinels).tolist()), {}, None
    for token in np.asarray(target).tolist():
        if token in marks:
            current = spans.setdefault(token, [])
        elif current is not None:
            current.append(token)
    parts = [spans.get(token, []) if token in marks else [token] for token in np.asarray(source).tolist()]
    return np.array([token for part in parts for token in part], dtype=int)


def corrupt_text(text, spans):
    """Return (source, target), texts: words at the spans hidden, by the sentinels of `small_tasks`.

    spans: (m, 2) integers, start and stop of each in words; see `corrupt_spans`

    >>> corrupt_text("the song was very good .", [[1, 2], [3, 5]])
    ('the <0> was <1> .', '<0> song <1> very good <2>')
    """
    tokens = encode([text])[0, :-1]
    return tuple(decode([part])[0] for part in corrupt_spans(tokens, spans, SENTINEL_IDS))


def draw_spans(rng, num_tokens, rate=0.15, mean_length=3.0):
    """Return random spans to hide, (m, 2) integers from left to right, that never touch each other.

    rng: numpy.random.Generator   rate: the share of tokens to hide   mean_length: how long a span is on average

    The number of hidden tokens and of spans is fixed; the lengths and the gaps between tokens that stay are drawn. At
    least one token is hidden and one stays. Source: Raffel et al., 2020, section 3.3.4. Their published code puts a
    span at the end of every text; here it may stand anywhere.
    Raises ValueError if there are fewer than two tokens.

    >>> draw_spans(np.random.default_rng(0), 20).tolist()
    [[15, 18]]
    """
    if num_tokens < 2:
        raise ValueError(f"one token must be hidden and one must stay, so 2 tokens are needed, got {num_tokens}")
    num_hidden = min(max(round(num_tokens * rate), 1), num_tokens - 1)
    num_spans = min(max(round(num_hidden / mean_length), 1), num_hidden, num_tokens - num_hidden)
    lengths = np.diff([0, *_distinct(rng, num_hidden - 1, num_spans - 1) + 1, num_hidden])
    gaps = _distinct(rng, num_tokens - num_hidden + 1, num_spans)  # how many of the tokens that stay come before
    stops = gaps + np.cumsum(lengths)
    return np.stack([stops - lengths, stops], axis=1)


def longest_common_subsequence(first, second):
    """Return how many items two sequences have in common in the same order; others may stand between them.

    >>> longest_common_subsequence("the old cat sat".split(), "the cat sat down".split())
    3
    """
    before = [0] * (len(second) + 1)
    for item in first:
        row = [0]
        for j, other in enumerate(second):
            row.append(before[j] + 1 if item == other else max(before[j + 1], row[j]))
        before = row
    return before[-1]


def rouge_l(text, reference):
    """Return the ROUGE-L of a text, 0 to 1: the F measure of its longest common subsequence with the reference.

    text, reference: words separated by spaces

    Precision is that length over the text's, recall over the reference's; both weigh the same. 0 if nothing agrees.
    Source: Lin, 2004, equations 2 to 4, with beta = 1.

    >>> round(rouge_l("the old cat sat", "the cat sat"), 3)  # precision 3/4, recall 1
    0.857
    """
    words, wanted = text.split(), reference.split()
    return 2 * longest_common_subsequence(words, wanted) / max(len(words) + len(wanted), 1)


def mean_rouge_l(texts, references):
    """Return the mean ROUGE-L of texts, each against its own reference."""
    return sum(rouge_l(*pair) for pair in zip(texts, references, strict=True)) / len(references)


def visible(ids, pad=PAD_ID):
    """Return which tokens are no padding, as a mask: (b, n) -> (b, 1, 1, n)."""
    return (ids != pad)[:, None, None, :]


def text_loss(model, sources, labels):
    """Return the one loss of all tasks: the mean surprise at the target's tokens, padding left out.

    sources: (b, n)   labels: (b, m) integers  ->  a number

    Source: Raffel et al., 2020, section 2.4: every task is trained with this objective, whatever its text means.
    """
    scores = model(sources, shift(labels, START_ID), visible(sources))
    return sequence_loss(scores, labels, PAD_ID)


def write(model, prompts, max_new=24):
    """Return the text that a model writes, greedily, for each prompt. prompts: a list of texts  ->  a list of texts"""
    score = scorer(model, torch.from_numpy(encode(prompts)))
    return decode(greedy(score, np.full((len(prompts), 1), START_ID), END_ID, max_new)[:, 1:])


def write_with(model, tokenizer, text, max_new=40):
    """Return the text that a published T5 writes, greedily, for one text; `checkpoints.load_t5` reads it.

    Its targets start with <pad> and end with </s>.
    """
    start, end = (tokenizer.token_to_id(token) for token in ("<pad>", "</s>"))
    score = scorer(model, torch.tensor([tokenizer.encode(text).ids]), pad=start)
    return tokenizer.decode(greedy(score, [[start]], end, max_new)[0].tolist())


def scorer(model, sources, pad=PAD_ID):
    """Return a function from prefixes (b, t) to scores of the next token (b, v); the sources, (b, n), are read once."""
    mask = visible(sources, pad)
    with torch.no_grad():
        memory = model.encode(sources, mask)

    def score(prefixes):
        """Return the score of every next token."""
        with torch.no_grad():
            return model.decode(torch.from_numpy(np.asarray(prefixes)), memory, mask)[:, -1].numpy()

    return score


def _check_spans(spans, num_tokens, num_sentinels):
    edges = [0, *spans.ravel().tolist(), num_tokens]
    in_order = all(a <= b for a, b in itertools.pairwise(edges))
    if not in_order or any(start == stop for start, stop in spans.tolist()):
        raise ValueError(f"spans must be pairs start < stop from left to right within {num_tokens} tokens: {spans}")
    if num_sentinels <= len(spans):
        raise ValueError(f"{len(spans)} spans need {len(spans) + 1} sentinels, one to end with; got {num_sentinels}")


def _distinct(rng, below, count):
    """Return `count` different integers from 0 to `below` - 1 in order, every choice being equally likely."""
    return np.sort(rng.choice(below, count, replace=False))
