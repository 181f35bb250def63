"""Exercises of chapter 13: spans and sentinels, the decoder's buckets, ROUGE-L, two masks, two streams, filling in."""

import numpy as np

from mha_lib import positions, text_to_text, xlnet
from mha_lib.attention import attention
from mha_lib.checks.cost import parts_call
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

WHICH_SENTINEL = "Two spans are missing. How does the target say which of its words belong to which of them?"
STOP = "A span is written (start, stop). Does the token at stop belong to it, as in Python's slices?"
NOTHING_LOST = "Put every token of the text on one of two heaps, shown or hidden. Is each on exactly one of yours?"
LAST_ONE = "How does the reader of the target know that the last span is over, and that no other is missing?"
BEHIND = "A key after the query is hidden anyway. Which keys are the buckets for?"
NEWEST = "The last query is the newest token. How far is key 0 from it?"
IN_COMMON = "Which of the words may you count, if they must stand in the same order in both texts?"
BOTH_SIDES = (
    "A text of one right word has a precision of 1. A text with every word there is has a recall of 1. And yours?"
)
WHEN = "order[0] is the place that comes first. When does place 0 come?"
ITSELF = "A place is asked for its word. May it read that word? And the content, which is that word?"
ROW_ASKS = "A row is a query. Does your row 0 say whom place 0 reads, or who reads place 0?"
BLIND = "Change the token at a place. Which stream at that place may notice?"
ONE_READ = "Both streams read the same thing. What is it, and from before or after this layer?"
AFTER_FIRST = "The first number is filled in. What does the model see when you ask for the second?"

BOTH_TEXTS = parts_call("source", "target")
BOTH_STREAMS = parts_call("content stream", "query stream")


def corrupt_spans(tokens, spans, sentinels):
    """Return (source, target): a sentinel for each span, and each span after its sentinel."""
    source, target, end = [], [], 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        source += [*tokens[end:start], sentinel]
        target += [sentinel, *tokens[start:stop]]
        end = stop
    source += [*tokens[end:]]
    target += [sentinels[len(spans)]]
    return np.array(source), np.array(target)


def corrupt_by_cutting(tokens, spans, sentinels):
    """Return the same: the text cut at every edge, shown and hidden pieces in turns."""
    pieces = np.split(tokens, np.ravel(spans))
    shown, hidden = pieces[0::2], pieces[1::2]
    marks = [sentinels[i : i + 1] for i in range(len(spans) + 1)]
    source = [part for pair in zip(shown, marks[:-1], strict=False) for part in pair]
    target = [part for pair in zip(marks, hidden, strict=False) for part in pair]
    return np.concatenate([*source, shown[-1]]), np.concatenate([*target, marks[-1]])


def corrupt_from_the_end(tokens, spans, sentinels):
    """Return the same, spans put in place from right to left, so that earlier places keep their numbers."""
    source, target = list(tokens), [sentinels[len(spans)]]
    for i in range(len(spans) - 1, -1, -1):
        start, stop = spans[i]
        target = [sentinels[i], *tokens[start:stop], *target]
        source[start:stop] = [sentinels[i]]
    return np.array(source), np.array(target)


def corrupt_as_one(tokens, spans, sentinels):
    """Return the mistake of giving spans that touch one sentinel together."""
    joined = []
    for start, stop in np.asarray(spans).tolist():
        if joined and joined[-1][1] == start:
            joined[-1][1] = stop
        else:
            joined.append([start, stop])
    return corrupt_spans(tokens, joined, sentinels)


def causal_buckets(num_queries, num_keys, num_buckets, max_distance):
    """Return the bucket of each key's distance behind each query."""
    alone = num_buckets // 2
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    distance = np.maximum(query - np.arange(num_keys), 0)
    share = np.log(np.maximum(distance, 1) / alone) / np.log(max_distance / alone)
    far = np.minimum(alone + np.floor(share * (num_buckets - alone) + 1e-9).astype(int), num_buckets - 1)
    return np.where(distance < alone, distance, far)


def causal_buckets_by_loop(num_queries, num_keys, num_buckets, max_distance):
    """Return the same, one pair after the other, each bucket found by walking up the edges."""
    alone = num_buckets // 2
    growth = (max_distance / alone) ** (1 / (num_buckets - alone))
    buckets = np.zeros((num_queries, num_keys), dtype=int)
    for i, j in np.ndindex(num_queries, num_keys):
        distance = max(i + num_keys - num_queries - j, 0)
        bucket = min(distance, alone)
        while alone <= bucket < num_buckets - 1 and distance >= alone * growth ** (bucket + 1 - alone) - 1e-6:
            bucket += 1
        buckets[i, j] = bucket
    return buckets


def rouge_l(text, reference):
    """Return the F measure of the longest common subsequence of two texts' words."""
    words, wanted = text.split(), reference.split()
    table = np.zeros((len(words) + 1, len(wanted) + 1))
    for i, word in enumerate(words):
        for j, other in enumerate(wanted):
            longest = max(table[i, j + 1], table[i + 1, j])
            table[i + 1, j + 1] = table[i, j] + 1 if word == other else longest
    common = table[-1, -1]
    if common == 0:
        return 0.0
    precision, recall = common / len(words), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def rouge_by_recursion(text, reference):
    """Return the same: the first words agree, or one of them is left out."""
    words, wanted = text.split(), reference.split()
    known = {}

    def common(i, j):
        """Return the longest common subsequence of what follows word i and word j."""
        if i == len(words) or j == len(wanted):
            return 0
        if (i, j) not in known:
            same = words[i] == wanted[j]
            known[i, j] = 1 + common(i + 1, j + 1) if same else max(common(i + 1, j), common(i, j + 1))
        return known[i, j]

    return 2 * common(0, 0) / (len(words) + len(wanted))


def query_mask(order):
    """Return which places are earlier in the order than each place: (..., n, n)."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] < rank[..., :, None]


def query_mask_by_turns(order):
    """Return the same, turn by turn: whoever has come so far may be read by who comes now."""
    order = np.asarray(order)
    mask = np.zeros((*order.shape, order.shape[-1]), dtype=bool)
    for row in np.ndindex(order.shape[:-1]):
        for turn, place in enumerate(order[row]):
            mask[row][place, order[row][:turn]] = True
    return mask


def content_mask(order):
    """Return which places are not later in the order than each place: (..., n, n)."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] <= rank[..., :, None]


def content_mask_from_the_other(order):
    """Return the same: what the query stream may read, and the place itself."""
    return query_mask_by_turns(order) | np.eye(np.shape(order)[-1], dtype=bool)


def rows_by_turn(order):
    """Return the mistake of a row for each turn instead of each place, the own place left out."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] < np.arange(rank.shape[-1])[:, None]


def rows_by_turn_with_itself(order):
    """Return the mistake of a row for each turn instead of each place, the own place included."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] <= np.arange(rank.shape[-1])[:, None]


def two_stream_attention(h, g, w_q, w_k, w_v, order):
    """Return (content, query): what both streams read from the content, each under its own mask."""
    rank = np.argsort(order)
    sees, asks = rank <= rank[:, None], rank < rank[:, None]
    k, v = h @ w_k, h @ w_v
    content = attention(h @ w_q, k, v, sees)
    query = attention(g @ w_q, k, v, asks)
    return content, query


def two_streams_in_one(h, g, w_q, w_k, w_v, order):
    """Return the same in one call: 2 n queries over n keys, the masks one above the other."""
    mask = np.concatenate([xlnet.content_mask(order), xlnet.query_mask(order)])
    read = attention(np.concatenate([h, g]) @ w_q, h @ w_k, h @ w_v, mask)
    return read[: len(h)], read[len(h) :]


def fill_in_turn(score, tokens, places, mask):
    """Return the tokens with those at `places` replaced by the likeliest, one after the other: (n,)."""
    filled = tokens.copy()
    filled[places] = mask
    for place in places:
        filled[place] = score(filled)[place].argmax()
    return filled


def fill_by_lists(score, tokens, places, mask):
    """Return the same, with a list of what is known so far."""
    known = [mask if i in set(places.tolist()) else int(token) for i, token in enumerate(tokens)]
    for place in places.tolist():
        known = [*known[:place], int(np.argmax(score(np.array(known)), axis=-1)[place]), *known[place + 1 :]]
    return np.array(known)


def span_probes(rng):
    """Return texts and spans: the worked example, one at either edge, touching, nothing hidden, everything, random."""
    marks = np.array([99, 98, 97, 96, 95])
    return [
        Probe("the worked example", (np.arange(10, 16), np.array([[1, 2], [4, 5]]), marks[:3])),
        Probe("a span at either end", (np.arange(21, 28), np.array([[0, 2], [5, 7]]), marks)),
        Probe("nothing hidden", (np.array([7, 7, 4]), np.zeros((0, 2), dtype=int), marks)),
        Probe("everything hidden", (np.array([5, 6, 8]), np.array([[0, 3]]), marks)),
        Probe(
            "three spans of 1, 3 and 2 tokens", (rng.integers(10, 90, 12), np.array([[1, 2], [4, 7], [9, 11]]), marks)
        ),
        Probe("two spans that touch", (rng.integers(10, 90, 9), np.array([[2, 4], [4, 5], [7, 8]]), marks)),
    ]


def bucket_probes(rng):
    """Return sizes: the worked example, one new query, square and far, few buckets, T5's own."""
    return [
        Probe("the worked example", (3, 3, 4, 16)),
        Probe("one query with 20 keys", (1, 20, 4, 16)),
        Probe("12 queries and keys, 6 buckets", (12, 12, 6, 9)),
        Probe("2 queries with 9 keys", (2, 9, 4, 6)),
        Probe("distances beyond the largest", (1, 60, 8, int(rng.integers(20, 30)))),
        Probe("T5's 32 buckets up to 128", (2, 200, 32, 128)),
    ]


def text_probes(rng):
    """Return texts: the worked example, Lin's, no word in common, an empty one, repetitions, random ones."""
    words = np.array(["a", "b", "c", "d", "e"])
    first, second = (" ".join(rng.choice(words, size)) for size in (7, 11))
    return [
        Probe("the worked example", ("the old cat sat", "the cat sat down here")),
        Probe("the same words in another order", ("the gunman kill police", "police kill the gunman")),
        Probe("no word in common", ("rain in oslo", "sun at noon")),
        Probe("an empty text", ("", "the cat sat")),
        Probe("a text longer than its reference", ("the old cat sat down on the mat", "the cat sat")),
        Probe("a word again and again", ("the the the the", "the cat and the dog")),
        Probe("words with letters in common", ("star rats art", "tars arts rat star")),
        Probe("random words", (first, second)),
        Probe("a text shorter than its reference", ("warmest rome", "the warmest place is rome , sunny")),
    ]


def order_probes(rng):
    """Return orders: the worked example, left to right, right to left, one place, a batch, a square batch."""
    return [
        Probe("the worked example", (np.array([2, 0, 1]),)),
        Probe("left to right", (np.arange(4),)),
        Probe("right to left", (np.arange(4)[::-1].copy(),)),
        Probe("one place", (np.array([0]),)),
        Probe("4 orders of 4 places", (xlnet.draw_orders(rng, 4, 4),)),
        Probe("6 places", (np.array([3, 5, 0, 1, 4, 2]),)),
        Probe("a batch of 2 orders of 5", (np.array([[1, 3, 0, 4, 2], [4, 2, 3, 0, 1]]),)),
    ]


def stream_probe(rng, label, order, width, d_head, d_value):
    """Return one probe of `two_stream_attention`, everything drawn but the order."""
    sizes = ((len(order), width), (len(order), width), (width, d_head), (width, d_head), (width, d_value))
    return Probe(label, (*(draw(rng, *size, scale=1.2) for size in sizes), np.array(order)))


def stream_probes(rng):
    """Return two streams: the worked example, one place, a square one, two orders of different sizes."""
    h, g = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.5, 0.5], [0.5, 0.5]])
    return [
        Probe("the worked example", (h, g, np.eye(2), np.eye(2), np.eye(2), np.array([1, 0]))),
        stream_probe(rng, "3 places", [1, 2, 0], 2, 1, 1),
        stream_probe(rng, "one place, which may read nothing", [0], 3, 2, 4),
        stream_probe(rng, "4 places of width 4", [1, 3, 0, 2], 4, 4, 4),
        stream_probe(rng, "5 places", [3, 0, 4, 1, 2], 4, 3, 2),
        stream_probe(rng, "6 places from right to left", [5, 4, 3, 2, 1, 0], 3, 2, 5),
    ]


def neighbour_scorer(rng, num_tokens):
    """Return a function that scores every place by all tokens, each place reading the others its own way."""
    table = draw(rng, num_tokens + 1, num_tokens)

    def score(tokens):
        """Return the scores of each place: (n,) -> (n, v)."""
        n = len(tokens)
        reads = np.cos(1.0 + np.arange(n)[:, None] * 2.3 + np.arange(n) * 1.7)
        return reads @ table[np.minimum(tokens, num_tokens)]

    return score


def differing(tokens):
    """Return scores by which each of two places wants what the other one is not; 1 is a little likelier than 0."""
    return np.array([[2.0 * (other == 1), 2.0 * (other == 0) + 0.5, -9.0] for other in tokens[::-1]])


def fill_probes(rng):
    """Return what scores, tokens and places: the worked example, one missing, an order of its own, all missing."""
    return [
        Probe("the worked example", (differing, np.array([0, 0]), np.array([0, 1]), 2)),
        Probe("one missing token", (neighbour_scorer(rng, 5), rng.integers(0, 5, 4), np.array([2]), 5)),
        Probe("all tokens missing", (neighbour_scorer(rng, 6), rng.integers(0, 6, 5), np.array([3, 0, 4, 1, 2]), 6)),
        *[
            Probe(f"{len(places)} of 7 tokens missing", (neighbour_scorer(rng, 9), rng.integers(0, 9, 7), places, 9))
            for places in (np.array([5, 1, 3]), np.array([6, 0]), np.array([4, 2, 6, 1]))
        ],
    ]


def keeps_tokens(texts, tokens, spans, sentinels):
    """Return whether shown and hidden tokens together are the text."""
    found = np.concatenate([np.ravel(text) for text in texts.values()])
    return sorted(found[~np.isin(found, sentinels)].tolist()) == sorted(tokens.tolist())


def within_buckets(buckets, num_queries, num_keys, num_buckets, max_distance):
    """Return whether every bucket lies between 0 and num_buckets - 1."""
    return bool(np.all((np.asarray(buckets) >= 0) & (np.asarray(buckets) < num_buckets)))


def within_one(score, text, reference):
    """Return whether a score lies between 0 and 1."""
    return bool(0 <= score <= 1)


def one_earlier_each(mask, order):
    """Return whether the rows, sorted by how many they see, see 0, 1, 2 and so on places."""
    counts = np.sort(np.sum(mask, axis=-1), axis=-1)
    return bool(np.all(counts == np.arange(np.shape(order)[-1])))


def at_least_itself(mask, order):
    """Return whether every place sees itself."""
    return bool(np.all(np.diagonal(mask, axis1=-2, axis2=-1)))


def ends_empty(streams, h, g, w_q, w_k, w_v, order):
    """Return whether the query stream reads nothing at the first place of the order."""
    return not np.any(np.asarray(streams["query stream"])[order[0]])


def touches_only_places(filled, score, tokens, places, mask):
    """Return whether the tokens that were not missing are as they were."""
    kept = np.setdiff1d(np.arange(len(tokens)), places)
    return np.array_equal(np.asarray(filled)[kept], tokens[kept])


SPANS = Exercise(
    reference=text_to_text.corrupt_spans,
    worked=corrupt_spans,
    returns="(source, target), two arrays of integers",
    probes=span_probes,
    mistakes=(
        edit("no sentinel at the end of the target", LAST_ONE, ("    target += [sentinels[len(spans)]]\n", "")),
        edit("the first sentinel again at the end", LAST_ONE, ("sentinels[len(spans)]", "sentinels[0]")),
        edit("the last of all sentinels at the end", LAST_ONE, ("sentinels[len(spans)]", "sentinels[-1]")),
        edit(
            "a final sentinel in the source too",
            "What does the source show where nothing is missing?",
            ("[*tokens[end:]]", "[*tokens[end:], sentinels[len(spans)]]"),
        ),
        edit("the rest of the text is lost", NOTHING_LOST, ("    source += [*tokens[end:]]\n", "")),
        edit(
            "one sentinel for all spans",
            WHICH_SENTINEL,
            ("zip(spans, sentinels, strict=False)", "zip(spans, [sentinels[0]] * len(spans), strict=False)"),
        ),
        edit(
            "a sentinel for every hidden token",
            "Three tokens in a row are hidden. By how much does the source get shorter?",
            ("[*tokens[end:start], sentinel]", "[*tokens[end:start], *[sentinel] * (stop - start)]"),
        ),
        edit("one token too many in the target", STOP, ("tokens[start:stop]", "tokens[start : stop + 1]")),
        edit(
            "the stop belongs to the span",
            STOP,
            ("tokens[start:stop]", "tokens[start : stop + 1]"),
            ("end = stop", "end = stop + 1"),
        ),
        edit(
            "sentinels behind their spans",
            "The target is read from left to right. What must the reader know before the hidden words come?",
            ("[sentinel, *tokens[start:stop]]", "[*tokens[start:stop], sentinel]"),
        ),
        edit("the hidden tokens stay in the source", NOTHING_LOST, ("end = stop", "end = start")),
        edit(
            "sentinels sorted by number",
            "Their numbers are only names. In which order were they given?",
            ("source, target, end = [], [], 0", "source, target, end, sentinels = [], [], 0, np.sort(sentinels)"),
        ),
        edit(
            "source and target exchanged",
            "Which of the two does the encoder read?",
            ("np.array(source), np.array(target)", "np.array(target), np.array(source)"),
        ),
        rewrite(
            "touching spans share a sentinel",
            "Two spans, one right after the other. How many sentinels were asked for?",
            corrupt_as_one,
        ),
    ),
    equivalents=(corrupt_by_cutting, corrupt_from_the_end),
    hints=(
        "Walk over the spans from left to right, and remember where the last one ended.",
        "For each span: the source gets what lies before it and a sentinel, the target the sentinel and the span.",
        "After the loop two things are left: tokens[end:] for the source and one more sentinel for the target.",
    ),
    properties=(Property("every token is in one of the two texts, once", keeps_tokens),),
    call=BOTH_TEXTS,
)

BUCKETS = Exercise(
    reference=positions.causal_buckets,
    worked=causal_buckets,
    returns="buckets, one row a query and one column a key, whole numbers: (q, k)",
    probes=bucket_probes,
    mistakes=(
        edit("the future instead of the past", BEHIND, ("query - np.arange(num_keys)", "np.arange(num_keys) - query")),
        edit(
            "keys ahead count by their distance",
            BEHIND,
            ("np.maximum(query - np.arange(num_keys), 0)", "np.abs(query - np.arange(num_keys))"),
        ),
        edit(
            "half the buckets kept for the future",
            "The encoder needs buckets for both directions. Which does the decoder need?",
            ("num_buckets // 2", "num_buckets // 4"),
            ("num_buckets - alone", "num_buckets // 2 - alone"),
            ("num_buckets - 1", "num_buckets // 2 - 1"),
        ),
        edit(
            "no logarithm",
            "Which distances have a bucket each, and which share one?",
            ("np.floor(share * (num_buckets - alone) + 1e-9).astype(int)", "distance - alone"),
        ),
        edit(
            "far distances run over",
            "What becomes of a distance beyond the largest?",
            ("np.minimum(alone + ", "(alone + "),
            (", num_buckets - 1)", ")"),
        ),
        edit(
            "the logarithm starts at 1",
            "The first shared bucket begins where the lone ones end. What is your logarithm there?",
            ("np.maximum(distance, 1) / alone", "np.maximum(distance, 1)"),
            ("max_distance / alone", "max_distance"),
        ),
        edit("rounded to the nearest bucket", "Floor, or the nearest?", ("np.floor(", "np.round(")),
        edit("the query's own position is one step away", NEWEST, ("query - np", "query + 1 - np")),
        edit("aligned top-left", NEWEST, (" + num_keys - num_queries", "")),
        edit(
            "rows are keys",
            "Row 0 belongs to the first query. How long is it?",
            ("np.where(distance < alone, distance, far)", "np.where(distance < alone, distance, far).T"),
        ),
    ),
    equivalents=(causal_buckets_by_loop,),
    hints=(
        "First how far behind its query each key lies, 0 where it does not lie behind. Then two cases: near and far.",
        "All buckets look back: the first half of them stand for one distance each, the rest share by the logarithm.",
        "far is alone + floor(log(distance / alone) / log(max_distance / alone) * (num_buckets - alone)), or the last.",
    ),
    properties=(Property("every bucket lies between 0 and num_buckets - 1", within_buckets),),
)

F_MEASURE = "2 * precision * recall / (precision + recall)"
ROUGE = Exercise(
    reference=text_to_text.rouge_l,
    worked=rouge_l,
    returns="a number from 0 to 1",
    probes=text_probes,
    mistakes=(
        edit(
            "a run without gaps instead of a subsequence",
            "May other words stand between those that agree?",
            ("else longest", "else 0 * longest"),
            ("table[-1, -1]", "table.max()"),
        ),
        edit(
            "words in any order",
            IN_COMMON,
            ("table[-1, -1]", "sum(min(words.count(word), wanted.count(word)) for word in set(words))"),
        ),
        edit("one word matched again and again", IN_COMMON, ("table[i, j] + 1 if", "longest + 1 if")),
        edit("precision alone", BOTH_SIDES, (F_MEASURE, "precision")),
        edit("recall alone", BOTH_SIDES, (F_MEASURE, "recall")),
        edit(
            "the plain mean of both",
            "Which mean is near 0 if one of the two is?",
            (F_MEASURE, "(precision + recall) / 2"),
        ),
        edit(
            "the geometric mean of both",
            "Which mean does the statement ask for?",
            (F_MEASURE, "(precision * recall) ** 0.5"),
        ),
        edit("the 2 forgotten", "Two equal texts: what must come out?", ("2 * precision", "precision")),
        edit(
            "divides by the longer text",
            BOTH_SIDES,
            (F_MEASURE, "common / max(len(words), len(wanted))"),
        ),
        edit(
            "characters instead of words",
            "What is one item of your sequences: a letter or a word?",
            ("text.split(), reference.split()", "list(text), list(reference)"),
        ),
        edit(
            "0 / 0 where nothing agrees",
            "Not one word agrees. What are precision and recall, and what is their mean?",
            ("    if common == 0:\n        return 0.0\n", ""),
        ),
    ),
    equivalents=(rouge_by_recursion,),
    hints=(
        "First the longest common subsequence. Compare prefixes: what if their last words agree, and what if not?",
        "table[i + 1, j + 1] is table[i, j] + 1 if the words agree, else the larger of the two neighbours.",
        "precision = common / len(words), recall = common / len(wanted); return 2 p r / (p + r), or 0 if common is 0.",
    ),
    properties=(Property("the score lies between 0 and 1", within_one),),
)

BY_RANK = "np.argsort(order, axis=-1)"


def order_mistakes(compare, just_before, by_turn):
    """Return the mistakes that both masks share; `compare` is the right sign, the others are wrong lines and rows."""
    signs = f"rank[..., None, :] {compare} rank[..., :, None]"
    return (
        edit("the order taken for the rank", WHEN, (BY_RANK, "np.asarray(order)")),
        edit("rows and columns exchanged", ROW_ASKS, (f" {compare} ", f" {compare.replace('<', '>')} ")),
        edit(
            "left to right, whatever the order",
            "Change the order. Does your mask change?",
            (BY_RANK, "np.sort(order, axis=-1)"),
        ),
        edit(
            "the ranks sorted over the batch",
            "Each row of a batch is an order of its own. Along which axis do you sort?",
            (BY_RANK, "np.argsort(order, axis=0)"),
        ),
        edit(
            "only the place just before",
            "Place 4 comes third. How many words are known by then?",
            (signs, just_before),
        ),
        edit("numbers instead of booleans", "What does a mask hold in this book?", (signs, f"({signs}) * 1.0")),
        rewrite("a row for each turn instead of each place", "Row 0 belongs to place 0. When does it come?", by_turn),
    )


QUERY_MASK = Exercise(
    reference=xlnet.query_mask,
    worked=query_mask,
    returns="who may read whom, one row a query, booleans: (..., n, n)",
    probes=order_probes,
    mistakes=(
        edit("sees itself", ITSELF, (" < ", " <= ")),
        edit("sees all but itself", "Who is not yet known when a place has its turn?", (" < ", " != ")),
        *order_mistakes("<", "rank[..., None, :] + 1 == rank[..., :, None]", rows_by_turn),
    ),
    equivalents=(query_mask_by_turns,),
    hints=(
        "When does each place have its turn? Whoever had it earlier may be read.",
        "rank = np.argsort(order, axis=-1) is the turn of each place. Row i asks, column j is read: compare the two.",
        "rank[..., None, :] holds the ranks of the columns, rank[..., :, None] those of the rows. Which is smaller?",
    ),
    properties=(Property("one place sees nobody, one sees one, one sees two, and so on", one_earlier_each),),
)

CONTENT_MASK = Exercise(
    reference=xlnet.content_mask,
    worked=content_mask,
    returns="who may read whom, one row a query, booleans: (..., n, n)",
    probes=order_probes,
    mistakes=(
        edit("does not see itself", ITSELF, (" <= ", " < ")),
        edit(
            "sees everybody",
            "The content of the first place: whom may it have read?",
            ("rank[..., None, :] <= ", "0 * rank[..., None, :] <= "),
        ),
        *order_mistakes("<=", "(rank[..., :, None] - rank[..., None, :]) // 2 == 0", rows_by_turn_with_itself),
    ),
    equivalents=(content_mask_from_the_other,),
    hints=(
        "It is the query stream's mask and one thing more.",
        "The content stream is what others will read of a place, so it knows its own token.",
        "The diagonal is True: compare ranks with <= instead of <.",
    ),
    properties=(Property("every place sees itself", at_least_itself),),
)

TWO_STREAMS = Exercise(
    reference=two_stream_attention,
    returns="(content, query), two arrays (n, e)",
    probes=stream_probes,
    mistakes=(
        edit("the query stream asks with the content", BLIND, ("g @ w_q", "h @ w_q")),
        edit("the query stream reads itself", BLIND, ("rank < rank", "rank <= rank")),
        edit(
            "the content stream does not read itself",
            "The content of a place is what others read there. May it lack the place's own token?",
            ("rank <= rank", "rank < rank"),
        ),
        edit("the two masks exchanged", BLIND, ("sees, asks = rank", "asks, sees = rank")),
        edit(
            "keys and values of the query stream are its own",
            ONE_READ,
            ("attention(g @ w_q, k, v, asks)", "attention(g @ w_q, g @ w_k, g @ w_v, asks)"),
        ),
        edit(
            "the query stream's keys are its own",
            ONE_READ,
            ("attention(g @ w_q, k, v, asks)", "attention(g @ w_q, g @ w_k, v, asks)"),
        ),
        edit(
            "the content stream asks with the query",
            "Who asks in the content stream?",
            ("attention(h @ w_q", "attention(g @ w_q"),
        ),
        edit("the order taken for the rank", WHEN, ("np.argsort(order)", "np.asarray(order)")),
        edit(
            "left to right, whatever the order",
            "Change the order. Does anything change?",
            ("np.argsort(order)", "np.sort(order)"),
        ),
        edit(
            "rows and columns of the masks exchanged",
            ROW_ASKS,
            ("rank <= rank", "rank >= rank"),
            ("rank < rank", "rank > rank"),
        ),
        edit(
            "values without their projection",
            "Which of the three matrices did you not use?",
            ("h @ w_v", "h[:, :1] @ w_v[:1]"),
        ),
        edit(
            "the two streams exchanged",
            "Which of the two is asked for first?",
            ("return content, query", "return query, content"),
        ),
    ),
    equivalents=(two_streams_in_one,),
    hints=(
        "Both streams read the same keys and values. They differ in who asks, and in whom they may read.",
        "Keys and values come from h, before it changes. The content stream asks with h, the query stream with g.",
        "attention(g @ w_q, h @ w_k, h @ w_v, asks), where asks is the query mask of the order.",
    ),
    properties=(Property("the first place of the order reads nothing in its query stream", ends_empty),),
    call=BOTH_STREAMS,
)

FILL = Exercise(
    reference=fill_in_turn,
    returns="the tokens, all places filled in, as an array of integers: (n,)",
    probes=fill_probes,
    mistakes=(
        edit(
            "all places at once",
            AFTER_FIRST,
            (
                "    for place in places:\n        filled[place] = score(filled)[place].argmax()\n",
                "    filled[places] = score(filled)[places].argmax(axis=-1)\n",
            ),
        ),
        edit(
            "reads the answers",
            "What does the model see at a place that is missing?",
            ("    filled[places] = mask\n", ""),
        ),
        edit(
            "hides one place at a time",
            "Two are missing. When you ask for the first, what stands at the second?",
            ("    filled[places] = mask\n", ""),
            ("        filled[place] =", "        filled[place] = mask\n        filled[place] ="),
        ),
        edit(
            "left to right, whatever was asked",
            "In which order do the places come?",
            ("for place in places", "for place in np.sort(places)"),
        ),
        edit(
            "in the opposite order",
            "In which order do the places come?",
            ("for place in places", "for place in places[::-1]"),
        ),
        edit(
            "the least likely token",
            "Is the best token the one with the largest score or the smallest?",
            ("argmax", "argmin"),
        ),
        edit(
            "scores of the wrong place",
            "score returns a row for each place. Which row belongs to the one you ask for?",
            ("[place].argmax()", "[place - 1].argmax()"),
        ),
        edit(
            "the last place stays hidden",
            "How many places are there to fill?",
            ("for place in places", "for place in places[:-1]"),
        ),
    ),
    equivalents=(fill_by_lists,),
    hints=(
        "Hide all the places first. Then ask for one, write it down, and ask for the next with that in view.",
        "score(filled) is (n, v): row `place` scores the tokens for that place.",
        "filled[place] = score(filled)[place].argmax(), for each place in turn, on a copy of the tokens.",
    ),
    properties=(Property("tokens that were not missing stay", touches_only_places),),
)

EXERCISES = (SPANS, BUCKETS, ROUGE, QUERY_MASK, CONTENT_MASK, TWO_STREAMS, FILL)
