"""Exercises of chapter 11: hiding tokens, their loss, word pieces, spans and their score, pooling, BERT's tensors."""

from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib import bert, fine_tuning, question_answering, wordpiece
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call

TEN = "Of ten chosen tokens: how many are hidden, how many replaced, how many kept? Count yours."
WHICH_LABELS = "The encoder is asked about some tokens only. Do the others have a right answer to miss?"
WHICH_COUNT = "Which labels are asked about? Only they count, above the line and below."
LOGS = "Score, probability or log-probability: which one do you add up?"
BOUNDS = "start is the answer's first character, stop the first one after it. Which tokens share a character with it?"
PIECE = "Inside of a word a piece is written with ## in front. When is a piece inside?"
NOTHING_FITS = "No piece fits what is left. What becomes of the whole word, by the statement?"
POSSIBLE = "Which pairs (first, last) may be an answer at all? Check both ends, their order and the length."
SHARED = "How often may one word of the right answer be counted as found?"
WHO_COUNTS = "Padding has vectors too. Do they belong to the text?"
WHICH_LAYER = "There are two matrices called output.dense in a layer. Which one belongs to the attention?"

ANSWERS = {  # where an answer stands in the text of `span_probes`
    "the worked example": (6, 9),
    "the first token": (0, 4),
    "the last token": (11, 19),
    "an answer of three tokens": (6, 19),
    "an answer inside of a token": (13, 17),
    "an answer that begins inside of a token": (2, 9),
    "an answer that ends inside of a token": (6, 15),
    "an answer that was cut off behind": (11, 25),
    "an answer that was cut off altogether": (30, 40),
}


def hide_tokens(ids, chance, fate, others, rate):
    """Return what the encoder is shown and the labels, one above the other: (2, b, n)."""
    chosen = (chance < rate) & (ids >= 5)
    spoiled = np.where(fate < 0.8, 4, np.where(fate < 0.9, others, ids))
    shown = np.where(chosen, spoiled, ids)
    labels = np.where(chosen, ids, -100)
    return np.stack([shown, labels])


def hide_tokens_by_loop(ids, chance, fate, others, rate):
    """Return the same, token by token."""
    both = np.array([ids, np.full(ids.shape, -100)])
    for place in np.argwhere(ids >= 5):
        row, column = place
        if chance[row, column] >= rate:
            continue
        both[1, row, column] = ids[row, column]
        if fate[row, column] < 0.8:
            both[0, row, column] = 4
        elif fate[row, column] < 0.9:
            both[0, row, column] = others[row, column]
    return both


def masked_lm_loss(scores, labels):
    """Return the mean of -ln p(label) over the labels that are asked about."""
    log_probs = scores.log_softmax(dim=-1)
    asked = labels != -100
    picked = log_probs.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return -picked[asked].mean()


def loss_by_index(scores, labels):
    """Return the same: PyTorch's loss ignores -100 by itself."""
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=-100)


def loss_of_the_asked(scores, labels):
    """Return the same from the asked places alone, with logsumexp."""
    rows, columns = torch.nonzero(labels >= 0, as_tuple=True)
    asked = scores[rows, columns]
    return (asked.logsumexp(-1) - asked[torch.arange(len(rows)), labels[rows, columns]]).sum() / len(rows)


def cut_word(word, vocabulary):
    """Return the numbers of the longest pieces, one after the other; [UNK] alone if a rest has none."""
    numbers, start = [], 0
    while start < len(word):
        mark = "##" if start > 0 else ""
        stop = len(word)
        while stop > start and mark + word[start:stop] not in vocabulary:
            stop = stop - 1
        if stop == start:
            return np.array([vocabulary.index("[UNK]")])
        numbers.append(vocabulary.index(mark + word[start:stop]))
        start = stop
    return np.array(numbers)


def cut_word_by_recursion(word, vocabulary, mark=""):
    """Return the same: the longest piece, then what is left of the word."""
    for stop in range(len(word), 0, -1):
        if mark + word[:stop] in vocabulary:
            rest = cut_word_by_recursion(word[stop:], vocabulary, "##") if stop < len(word) else np.array([], dtype=int)
            unknown = vocabulary.index("[UNK]")
            return rest if unknown in rest else np.array([vocabulary.index(mark + word[:stop]), *rest])
    return np.array([vocabulary.index("[UNK]")])


def cut_from_the_end(word, vocabulary):
    """Return the mistake of taking the longest piece at the end of the word, and going on to the left."""
    numbers, stop = [], len(word)
    while stop > 0:
        start = next((i for i in range(stop) if ("##" if i else "") + word[i:stop] in vocabulary), None)
        if start is None:
            return np.array([vocabulary.index("[UNK]")])
        numbers.insert(0, vocabulary.index(("##" if start else "") + word[start:stop]))
        stop = start
    return np.array(numbers)


def bert_tensor(name, stored):
    """Return the tensor of our encoder with this name, made of those that BERT's file holds."""
    layer, rest = name.removeprefix("encoder.blocks.").split(".", maxsplit=1)
    rest = rest.replace("attention.project_out", "attention.output.dense")
    rest = rest.replace("attention_norm", "attention.output.LayerNorm")
    rest = rest.replace("feed_forward.project_in", "intermediate.dense")
    rest = rest.replace("feed_forward.project_out", "output.dense")
    rest = rest.replace("feed_forward_norm", "output.LayerNorm")
    theirs = f"bert.encoder.layer.{layer}.{rest}"
    if "project_qkv" not in theirs:
        return stored[theirs]
    parts = [stored[theirs.replace("project_qkv", "self." + part)] for part in ("query", "key", "value")]
    return np.concatenate(parts)


def bert_tensor_by_table(name, stored):
    """Return the same: the name cut at its dots, and a table of what is left."""
    _, _, layer, *rest, kind = name.split(".")
    table = {
        "attention.project_qkv": [f"attention.self.{part}" for part in ("query", "key", "value")],
        "attention.project_out": ["attention.output.dense"],
        "attention_norm": ["attention.output.LayerNorm"],
        "feed_forward.project_in": ["intermediate.dense"],
        "feed_forward.project_out": ["output.dense"],
        "feed_forward_norm": ["output.LayerNorm"],
    }
    return np.concatenate([stored[f"bert.encoder.layer.{layer}.{theirs}.{kind}"] for theirs in table[".".join(rest)]])


def token_span(offsets, allowed, start, stop):
    """Return the first and the last token that hold a character of the answer; (0, 0) if a part of it was cut off."""
    overlaps = (offsets[:, 0] < stop) & (offsets[:, 1] > start)
    inside = np.flatnonzero(allowed & overlaps)
    if len(inside) == 0 or offsets[inside[-1], 1] < stop:
        return np.array([0, 0])
    return np.array([inside[0], inside[-1]])


def token_span_by_loop(offsets, allowed, start, stop):
    """Return the same, token by token."""
    first, last, end = 0, 0, -1
    for token, (i, j) in enumerate(offsets.tolist()):
        if allowed[token] and i < stop and j > start:
            first, last, end = first or token, token, j
    return np.array([first, last] if end >= stop else [0, 0])


def best_span(start_scores, end_scores, allowed, max_len):
    """Return the first and the last token of the possible span with the largest sum of scores."""
    totals = start_scores[:, None] + end_scores[None, :]
    places = np.arange(len(allowed))
    length = places[None, :] - places[:, None] + 1
    possible = allowed[:, None] & allowed[None, :] & (length >= 1) & (length <= max_len)
    best = np.where(possible, totals, -np.inf).argmax()
    return np.array(np.unravel_index(best, totals.shape))


def best_span_by_loop(start_scores, end_scores, allowed, max_len):
    """Return the same, span by span."""
    best, found = -np.inf, None
    for i in np.flatnonzero(allowed):
        for j in range(i, min(i + max_len, len(allowed))):
            if allowed[j] and start_scores[i] + end_scores[j] > best:
                best, found = start_scores[i] + end_scores[j], (i, j)
    return np.array(found)


def best_ends_alone(start_scores, end_scores, allowed, max_len):
    """Return the mistake of taking the best first and the best last token by themselves."""
    return np.array([np.where(allowed, scores, -np.inf).argmax() for scores in (start_scores, end_scores)])


def best_start_first(start_scores, end_scores, allowed, max_len):
    """Return the mistake of settling the first token before looking at the last."""
    first = np.where(allowed, start_scores, -np.inf).argmax()
    places = np.arange(len(allowed))
    possible = allowed & (places >= first) & (places < first + max_len)
    return np.array([first, np.where(possible, end_scores, -np.inf).argmax()])


def token_f1(found, wanted):
    """Return the harmonic mean of precision and recall of the words that two answers share."""
    if not found or not wanted:
        return float(found == wanted)
    shared = sum((Counter(found) & Counter(wanted)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(found), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def token_f1_by_crossing_out(found, wanted):
    """Return the same: each word that is found is crossed out in the right answer."""
    left = list(wanted)
    for word in found:
        if word in left:
            left.remove(word)
    lengths = len(found) + len(wanted)
    return 2 * (len(wanted) - len(left)) / lengths if lengths else 1.0


def mean_pool(hidden, real):
    """Return the mean vector of the real tokens of each row; zeros where there is none."""
    weights = real.to(hidden.dtype)[..., None]
    counts = weights.sum(dim=1).clamp(min=1)
    return (hidden * weights).sum(dim=1) / counts


def mean_pool_by_rows(hidden, real):
    """Return the same, row by row."""
    rows = [row[mask].mean(0) if mask.any() else row.sum(0) * 0 for row, mask in zip(hidden, real, strict=True)]
    return torch.stack(rows)


def mean_pool_by_product(hidden, real):
    """Return the same as a product with weights that sum to 1."""
    weights = real / real.sum(1, keepdim=True).clamp(min=1)
    return torch.einsum("bn,bnd->bd", weights.to(hidden.dtype), hidden)


def hidden_probe(rng, label, shape, rate, special=True):
    """Return a probe of hiding: (b, n) tokens of 12, special ones at the ends, and lots with two decimals."""
    ids = rng.integers(5, 12, shape)
    if special:
        ids[:, 0], ids[:, -1] = 2, 3
    chance, fate = (rng.uniform(size=shape).round(2) for _ in range(2))
    return Probe(label, (ids, chance, fate, (ids - 5 + rng.integers(1, 7, shape)) % 7 + 5, rate))


def hide_probes(rng):
    """Return tokens and lots: the worked example, a text without luck, square, special tokens, ten thousand tokens."""
    worked = np.array([[2, 7, 8, 9, 10, 5, 3]])
    chance = np.array([[0.01, 0.1, 0.9, 0.05, 0.14, 0.02, 0.7]])
    fate = np.array([[0.3, 0.5, 0.1, 0.85, 0.95, 0.81, 0.5]])
    return [
        Probe("the worked example", (worked, chance, fate, np.array([[6, 6, 6, 6, 6, 11, 6]]), 0.15)),
        Probe("nothing chosen", (worked, chance + 0.2, fate, worked, 0.15)),
        hidden_probe(rng, "3 rows of 3 tokens, all of them asked", (3, 3), 1.5, special=False),
        hidden_probe(rng, "special tokens at the ends", (40, 4), 0.5),
        hidden_probe(rng, "10,000 tokens, a quarter chosen", (100, 100), 0.25),
    ]


def loss_probes(rng):
    """Return scores and labels: the worked example, ragged, square, one row, extreme, a label of 0."""
    worked = np.log(np.array([[[0.5, 0.25, 0.25], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]]))
    return [
        Probe("the worked example", (worked, np.array([[1, 2, -100]]))),
        Probe(
            "3 rows of 3 places over 3 tokens",
            (draw(rng, 3, 3, 3), np.array([[1, -100, 2], [-100, 0, -100], [2, 1, 0]])),
        ),
        Probe("a batch of 1, every token asked", (draw(rng, 1, 3, 5), np.array([[4, 1, 2]]))),
        Probe("scores from -900 to 900", (draw(rng, 2, 3, 4, scale=300.0), np.array([[1, -100, 2], [-100, 3, -100]]))),
        Probe("a label of 0", (draw(rng, 2, 4, 5), np.array([[-100, 0, 1, -100], [3, 0, -100, 2]]))),
        Probe(
            "rows with one label and with four", (draw(rng, 2, 4, 5), np.array([[3, 4, 1, 2], [-100, 1, -100, -100]]))
        ),
    ]


def cut_probes(rng):
    """Return words and vocabularies: the worked example, whole words, unknown letters, greed that does not pay."""
    small = ["un", "##mask", "##ed", "mask", "##m", "##e", "ed", "[UNK]"]
    letters = ["a", "[UNK]", "##a", "b", "##b", "ab", "##ab", "ba", "##ba", "aba", "##bab"]
    words = ["".join(rng.choice(["a", "b"], length)) for length in (5, 7, 8)]
    return [
        Probe("the worked example", ("unmasked", small)),
        Probe("a word of the vocabulary", ("mask", small)),
        Probe("a single letter", ("a", letters)),
        *[Probe(f"a word of {len(word)} letters", (word, letters)) for word in words],
        Probe("an unknown letter at the end", ("unmaskz", small)),
        Probe("an unknown letter at the beginning", ("zunmask", small)),
        Probe("an unknown letter inside", ("abcab", letters)),
        Probe("greed that ends in [UNK]", ("abcd", ["[PAD]", "[UNK]", "ab", "abc", "##cd", "a", "##b", "##c"])),
        Probe("a word that ends like another", ("ababab", letters)),
    ]


def bert_file(rng, d_model, d_ff, num_layers):
    """Return arrays under BERT's names: what the blocks of an encoder need, all drawn."""
    names = [f"attention.self.{part}" for part in ("query", "key", "value")]
    shapes = {f"{name}.weight": (d_model, d_model) for name in [*names, "attention.output.dense"]}
    shapes |= {"intermediate.dense.weight": (d_ff, d_model), "output.dense.weight": (d_model, d_ff)}
    shapes |= {"intermediate.dense.bias": (d_ff,)}
    narrow = [*names, "attention.output.dense", "output.dense", "attention.output.LayerNorm", "output.LayerNorm"]
    shapes |= {f"{name}.bias": (d_model,) for name in narrow}
    shapes |= {f"{name}.weight": (d_model,) for name in narrow if "LayerNorm" in name}
    return {
        f"bert.encoder.layer.{i}.{name}": draw(rng, *shape) for i in range(num_layers) for name, shape in shapes.items()
    }


def bert_probes(rng):
    """Return names and files: three matrices that are one, both outputs, both norms, every size, a tenth layer."""
    square, oblong, deep = bert_file(rng, 4, 4, 3), bert_file(rng, 2, 3, 2), bert_file(rng, 2, 2, 13)
    asked = ["attention.project_qkv.weight", "attention.project_qkv.bias", "attention.project_out.weight"]
    asked += ["feed_forward.project_in.weight", "feed_forward.project_out.weight", "feed_forward.project_out.bias"]
    asked += ["attention_norm.weight", "feed_forward_norm.weight", "feed_forward_norm.bias"]
    return [
        *[Probe(f"{name} of layer 1", (f"encoder.blocks.1.{name}", square)) for name in asked],
        *[Probe(f"{name} of layer 0", (f"encoder.blocks.0.{name}", oblong)) for name in asked],
        Probe("layer 11 of 13", ("encoder.blocks.11.attention.project_out.weight", deep)),
        Probe("the queries, keys and values of layer 10", ("encoder.blocks.10.attention.project_qkv.weight", deep)),
    ]


def span_probes(rng):
    """Return offsets and answers: the worked example, neighbours, halves of tokens, cuts, none, long ones."""
    asked = [(0, 0), (0, 4), (4, 5), (0, 0)]  # [CLS] what ? [SEP]
    told = [(0, 4), (5, 6), (6, 9), (9, 10), (11, 19), (0, 0)]  # axis :int, optional [SEP]
    offsets = np.array([*asked, *told])
    allowed = np.array([False] * 4 + [True] * 5 + [False])
    padded = np.concatenate([offsets, np.zeros((2, 2), dtype=int)])
    longer = np.concatenate([allowed, [False, False]])
    found = [Probe(label, (offsets, allowed, *answer)) for label, answer in ANSWERS.items()]
    found.append(Probe("padding at the end", (padded, longer, 5, 10)))
    start = int(rng.integers(0, 3)) * 4
    return [*found, Probe("a row of letters", letters(12, 9, start)), Probe("a question as long", letters(9, 12, 2))]


def letters(num_asked, num_told, start):
    """Return the arguments of `token_span` where every letter is a token and the answer has three."""
    spans = [(0, 0), *[(i, i + 1) for i in range(num_asked)], (0, 0), *[(i, i + 1) for i in range(num_told)], (0, 0)]
    allowed = np.zeros(len(spans), dtype=bool)
    allowed[num_asked + 2 : -1] = True
    return np.array(spans), allowed, start % (num_told - 3), start % (num_told - 3) + 3


def best_probes(rng):
    """Return scores: the worked example, an end before its start, temptation outside, lengths, one place, random."""
    text = np.array([False, False, True, True, True, True, False])
    start, end = np.array([9.0, 0.0, 1.0, 4.0, 2.0, 3.0, 9.0]), np.array([9.0, 1.0, 5.0, 0.0, 3.0, 2.0, 9.0])
    return [
        Probe("the worked example", (start, end, text, 3)),
        Probe("one place", (start, end, np.arange(7) == 4, 3)),
        *far_probes(np.array([4.0, 1.0, 1.0, 2.0, 1.0]), np.array([0.0, 1.0, 2.0, 1.0, 5.0])),
        *[
            Probe(f"{n} tokens, at most {most}", (draw(rng, n), draw(rng, n), np.arange(n) % 5 != 0, most))
            for n, most in ((9, 4), (12, 3), (15, 6), (21, 2), (18, 8))
        ],
        Probe("a tempting question", (np.array([8.0, 1, 2, 1]), np.array([1.0, 3, 1, 2]), np.arange(4) > 1, 4)),
        Probe("a tempting padding", (np.array([2.0, 1, 1, 7]), np.array([1.0, 2, 1, 8]), np.arange(4) < 3, 4)),
    ]


def far_probes(start, end):
    """Return probes of five places whose best end is far from the best start, under several rules."""
    everywhere = np.ones(5, dtype=bool)
    return [
        Probe("a good end too far away", (start, end, everywhere, 3)),
        Probe("the same with room for it", (start, end, everywhere, 5)),
        Probe("answers of one token alone", (start, end, everywhere, 1)),
        Probe("negative scores", (start - 7, end - 7, everywhere, 2)),
        Probe("a gap in the text", (start, end, np.array([True, False, True, True, False]), 4)),
    ]


def f1_probes(rng):
    """Return lists of words: the worked example, equal, nothing shared, repeated words, another order, empty ones."""
    lists = [
        ("the worked example", "int optional", "int"),
        ("the same words", "array like", "array like"),
        ("nothing shared", "float", "int"),
        ("a word twice where once is right", "int int", "int float str"),
        ("a word twice in both", "str str list", "str str"),
        ("another order", "like array of ints", "array like"),
        ("too little", "array", "array like of ints"),
        ("too much", "array like of ints or float", "array like"),
        ("nothing found", "", "int"),
        ("nothing to find", "", ""),
        ("something where nothing is right", "int", ""),
    ]
    some = ["int", "float", "str", "list", "of"]
    random = [("random words", rng.choice(some, 7).tolist(), rng.choice(some, 4).tolist())]
    return [Probe(label, (found.split(), wanted.split())) for label, found, wanted in lists] + [
        Probe(label, (found, wanted)) for label, found, wanted in random
    ]


def pool_probes(rng):
    """Return vectors: the worked example, ragged with large padding, square, one row, an empty row."""
    ragged = draw(rng, 2, 4, 3)
    ragged[1, 2:] = 50.0
    return [
        Probe(
            "the worked example", (np.array([[[1.0, 4.0], [3.0, 0.0], [8.0, 8.0]]]), np.array([[True, True, False]]))
        ),
        Probe("3 rows of 3 tokens of width 3", (draw(rng, 3, 3, 3), np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], bool))),
        Probe("a batch of 1 without padding", (draw(rng, 1, 5, 2), np.ones((1, 5), dtype=bool))),
        Probe("padding with large vectors", (ragged, np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool))),
        Probe("a row of padding alone", (draw(rng, 2, 3, 4), np.array([[1, 1, 0], [0, 0, 0]], bool))),
    ]


def labels_are_true(both, ids, *args):
    """Return whether every label is the true token of its place, or -100."""
    return bool(np.all((both[1] == ids) | (both[1] == -100)))


def unasked_is_kept(both, ids, *args):
    """Return whether what is not asked about is shown as it is."""
    return bool(np.all((both[1] != -100) | (both[0] == ids)))


def is_positive(parts, *args):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= 0)


def is_forward(span, *args):
    """Return whether the span does not end before it begins."""
    return bool(span[0] <= span[1])


def ends_are_allowed(span, start_scores, end_scores, allowed, max_len):
    """Return whether both ends lie in the text."""
    return bool(np.asarray(allowed)[np.asarray(span)].all())


def is_share(value, *args):
    """Return whether the score lies between 0 and 1."""
    return bool(0 <= value <= 1)


SPOILED = "np.where(fate < 0.8, 4, np.where(fate < 0.9, others, ids))"
LABELS = "labels = np.where(chosen, ids, -100)"
HIDE = Exercise(
    reference=hide_tokens,
    returns="what is shown and the labels, one above the other: integers (2, b, n)",
    probes=hide_probes,
    mistakes=(
        edit(
            "special tokens are chosen too",
            "May the encoder be asked what [CLS] is? Which numbers do words have?",
            (" & (ids >= 5)", ""),
        ),
        edit("the first word is never chosen", "Which is the smallest number of a word?", ("ids >= 5", "ids > 5")),
        edit(
            "a rate of 0.15, whatever was given",
            "Who says how many tokens are chosen?",
            ("chance < rate", "chance < 0.15"),
        ),
        edit("every chosen token becomes [MASK]", TEN, (SPOILED, "np.full_like(ids, 4)")),
        edit("a tenth of the rest is replaced", TEN, ("fate < 0.9", "fate < 0.82")),
        edit("none is kept", TEN, ("np.where(fate < 0.9, others, ids)", "others")),
        edit("none is replaced", TEN, ("np.where(fate < 0.9, others, ids)", "ids")),
        edit(
            "the hidden ones are overwritten",
            TEN,
            (SPOILED, "np.where(fate < 0.9, others, np.where(fate < 0.8, 4, ids))"),
        ),
        edit(
            "eight replaced and one hidden",
            TEN,
            (SPOILED, "np.where(fate < 0.8, others, np.where(fate < 0.9, 4, ids))"),
        ),
        edit(
            "tokens that nobody chose are spoiled",
            "How many tokens of the whole text should change?",
            ("np.where(chosen, spoiled, ids)", "np.where(ids >= 5, spoiled, ids)"),
        ),
        edit("a label for every token", WHICH_LABELS, (LABELS, "labels = ids")),
        edit(
            "labels only where something changed",
            "One chosen token in ten is shown as it is. Is it asked about?",
            (LABELS, "labels = np.where(shown != ids, ids, -100)"),
        ),
        edit(
            "the label is what is shown",
            "What should the encoder say: what it sees, or what stood there?",
            (LABELS, "labels = np.where(chosen, shown, -100)"),
        ),
        edit("labels where nothing is asked", WHICH_LABELS, (LABELS, "labels = np.where(chosen, -100, ids)")),
        edit("0 for what is not asked", "Is 0 the number of a token?", ("ids, -100)", "ids, 0)")),
        edit("labels above, tokens below", "Which of the two comes first?", ("[shown, labels]", "[labels, shown]")),
    ),
    equivalents=(hide_tokens_by_loop,),
    hints=(
        "First who is chosen, then what becomes of the chosen, then the labels. Labels need only the first step.",
        "Two np.where inside of each other make three fates: below 0.8, below 0.9, and the rest.",
        "shown = np.where(chosen, spoiled, ids); labels = np.where(chosen, ids, -100)",
    ),
    properties=(
        Property("each label is the true token or -100", labels_are_true),
        Property("what is not asked about is shown as it is", unasked_is_kept),
    ),
)

RETURN = "return -picked[asked].mean()"
LOSS = Exercise(
    reference=bert.masked_lm_loss,
    worked=masked_lm_loss,
    returns="one number, as a tensor",
    probes=loss_probes,
    mistakes=(
        edit("the tokens that are not asked count as token 0", WHICH_COUNT, (RETURN, "return -picked.mean()")),
        edit(
            "left out of the sum, but counted", WHICH_COUNT, (RETURN, "return -(picked * asked).sum() / asked.numel()")
        ),
        edit(
            "a mean of each row's mean",
            "A row with one question and one with four: how much should each question weigh?",
            (RETURN, "return -((picked * asked).sum(1) / asked.sum(1)).mean()"),
        ),
        edit("the sum", "Does twice the batch mean twice the loss?", ("[asked].mean()", "[asked].sum()")),
        edit("a label of 0 is not asked", "Is 0 the number of a token?", ("labels != -100", "labels > 0")),
        edit(
            "shifted by one place",
            "BERT sees both sides. Which place should say token t: t or the one before?",
            ("log_probs = scores", "scores, labels = scores[:, :-1], labels[:, 1:]\n    log_probs = scores"),
        ),
        edit(
            "softmax twice",
            "What is the smallest loss that you can reach?",
            ("scores.log_softmax", "scores.softmax(dim=-1).log_softmax"),
        ),
        edit("softmax over the places", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=1")),
        edit("scores instead of log-probabilities", LOGS, ("scores.log_softmax(dim=-1)", "scores")),
        edit("probabilities without the logarithm", LOGS, ("log_softmax", "softmax")),
        edit("no minus", "Which way is better: a larger loss or a smaller one?", ("return -", "return ")),
        edit(
            "the likeliest token instead of the label",
            "Whose probability do you want: the favourite's, or the right one's?",
            ("log_probs.gather(-1, labels.clamp(min=0)[..., None])[..., 0]", "log_probs.max(dim=-1).values"),
        ),
        edit(
            "the loss cut from the graph",
            "What should learn from this number?",
            ("scores.log_softmax", "scores.detach().log_softmax"),
        ),
    ),
    equivalents=(loss_by_index, loss_of_the_asked),
    hints=(
        "Log-probabilities over the vocabulary; pick the label's; average over the places that are asked.",
        "gather can't pick number -100. Give those places any number that exists, and leave them out afterwards.",
        "picked = log_probs.gather(-1, labels.clamp(min=0)[..., None])[..., 0], then -picked[labels != -100].mean()",
    ),
    properties=(Property("a loss is never negative", is_positive),),
    call=tensor_call("scores"),
)

CUT = Exercise(
    reference=wordpiece.cut_word,
    worked=cut_word,
    returns="the numbers of the pieces: integers (n,)",
    probes=cut_probes,
    mistakes=(
        edit(
            "the shortest piece first",
            "Of all pieces that fit, which one is taken?",
            ("stop = len(word)\n", "stop = start + 1\n"),
            ("while stop > start and", "while stop <= len(word) and"),
            ("stop = stop - 1", "stop = stop + 1"),
            ("if stop == start", "if stop > len(word)"),
        ),
        edit("no ## inside of a word", PIECE, ('"##" if start > 0 else ""', '""')),
        edit("## before the first piece too", PIECE, ('"##" if start > 0 else ""', '"##"')),
        edit(
            "what was cut before the unknown rest is kept",
            NOTHING_FITS,
            ('np.array([vocabulary.index("[UNK]")])', 'np.array([*numbers, vocabulary.index("[UNK]")])'),
        ),
        edit(
            "an [UNK] for each letter that is unknown",
            NOTHING_FITS,
            (
                'return np.array([vocabulary.index("[UNK]")])',
                'numbers.append(vocabulary.index("[UNK]"))\n            start = start + 1\n            continue',
            ),
        ),
        edit(
            "unknown letters are dropped",
            NOTHING_FITS,
            (
                'return np.array([vocabulary.index("[UNK]")])',
                "start = start + 1\n            continue",
            ),
        ),
        edit(
            "the end is dropped if it is unknown",
            NOTHING_FITS,
            ('return np.array([vocabulary.index("[UNK]")])', "break"),
        ),
        edit(
            "number 0 for [UNK]",
            "Where does [UNK] stand in this vocabulary?",
            ('np.array([vocabulary.index("[UNK]")])', "np.array([0])"),
        ),
        edit(
            "never a whole word",
            "A word that the vocabulary has: how many pieces should it be?",
            ("stop = len(word)\n", "stop = len(word) - (start == 0)\n"),
        ),
        rewrite("cut from the end", "From which end of the word is the longest piece taken?", cut_from_the_end),
    ),
    equivalents=(cut_word_by_recursion,),
    hints=(
        "Begin at the front. Try the whole rest of the word, then one letter less, until the vocabulary has it.",
        "Pieces after the first are looked up with ## in front. If not even one letter fits, the word is [UNK].",
        'mark = "##" if start > 0 else ""; lower stop until mark + word[start:stop] in vocabulary; go on at stop.',
    ),
)

STACK = "return np.concatenate(parts)"
TENSORS = Exercise(
    reference=bert_tensor,
    returns="the tensor of our encoder: (3 * d_model, d_model) for the weight of project_qkv",
    probes=bert_probes,
    mistakes=(
        edit(
            "keys before queries",
            "In which order does our packed projection hold its rows?",
            ('("query", "key", "value")', '("key", "query", "value")'),
        ),
        edit(
            "the queries three times", "Three names, three tensors. Do you use all?", ('"self." + part', '"self.query"')
        ),
        edit(
            "stacked along the inputs",
            "A Linear's weight is (out, in). There are three times as many outputs: which axis grows?",
            (STACK, "return np.concatenate(parts, axis=-1)"),
        ),
        edit("stacked along a new axis", "How many axes has a weight?", (STACK, "return np.stack(parts)")),
        edit(
            "rows of queries, keys and values in turn",
            "Are all the queries' rows together in our layer, or is each with its key and value?",
            (STACK, "return np.stack(parts, axis=1).reshape(-1, *parts[0].shape[1:])"),
        ),
        edit(
            "the packed weights transposed",
            "Both are nn.Linear, stored as (out, in). What is there to transpose?",
            (STACK, "return np.concatenate([part.T for part in parts])"),
        ),
        edit(
            "the other weights transposed",
            "Both are nn.Linear, stored as (out, in). What is there to transpose?",
            ("return stored[theirs]", "return stored[theirs].T"),
        ),
        edit("the feed-forward's output for the attention's", WHICH_LAYER, ("attention.output.dense", "output.dense")),
        edit(
            "the attention's output for the feed-forward's",
            WHICH_LAYER,
            ('project_out", "output.dense"', 'project_out", "attention.output.dense"'),
        ),
        edit(
            "the two norms swapped",
            "In a post-norm block, which norm comes after the attention?",
            ('"attention_norm", "attention.output.LayerNorm"', '"attention_norm", "output.LayerNorm"'),
            ('"feed_forward_norm", "output.LayerNorm"', '"feed_forward_norm", "attention.output.LayerNorm"'),
        ),
        edit(
            "the feed-forward's matrices swapped",
            "Which of the two widens, and what does BERT call it?",
            ('project_in", "intermediate.dense"', 'project_in", "output.dense"'),
            ('project_out", "output.dense"', 'project_out", "intermediate.dense"'),
        ),
        edit("the first layer every time", "Whose number stands in the name?", ("{layer}", "0")),
        edit("one digit of the layer's number", "Which layer comes after layer 9?", ("{layer}", "{layer[0]}")),
    ),
    equivalents=(bert_tensor_by_table,),
    hints=(
        "Turn our name into BERT's, piece by piece. One of ours is made of three of BERT's.",
        "The three lie in attention.self.query, .key and .value; their rows follow one another in project_qkv.",
        'np.concatenate([stored[name.replace("project_qkv", "self." + part)] for part in ("query", "key", "value")])',
    ),
)

SPAN = Exercise(
    reference=question_answering.token_span,
    worked=token_span,
    returns="the first and the last token, both inclusive: integers (2,)",
    probes=span_probes,
    mistakes=(
        edit(
            "the question's tokens are not left out",
            "The question has offsets as well. Into which text do they point?",
            ("allowed & overlaps", "overlaps"),
        ),
        edit("the token after the answer", BOUNDS, ("offsets[:, 0] < stop", "offsets[:, 0] <= stop")),
        edit("the token before the answer", BOUNDS, ("offsets[:, 1] > start", "offsets[:, 1] >= start")),
        edit(
            "only tokens that lie wholly inside",
            "An answer may begin in the middle of a token. Is that token part of the span?",
            ("(offsets[:, 0] < stop) & (offsets[:, 1] > start)", "(offsets[:, 0] >= start) & (offsets[:, 1] <= stop)"),
        ),
        edit(
            "the last token is exclusive",
            "Is the last token part of the answer, or the first one after it?",
            ("inside[-1]])", "inside[-1] + 1])"),
        ),
        edit(
            "one place too early",
            "[CLS] stands at place 0. Did you count it?",
            ("[inside[0], inside[-1]]", "[inside[0] - 1, inside[-1] - 1]"),
        ),
        edit(
            "counted from the beginning of the context",
            "The encoder reads question and context in one row. From where are places counted?",
            ("[inside[0], inside[-1]]", "inside[[0, -1]] - np.flatnonzero(allowed)[0]"),
        ),
        edit(
            "half an answer where the rest was cut off",
            "If the end of the answer is gone, is what is left the answer?",
            (" or offsets[inside[-1], 1] < stop", ""),
        ),
        edit(
            "-1 where there is no answer",
            "Which place stands for no answer, by the statement?",
            ("np.array([0, 0])", "np.array([-1, -1])"),
        ),
        edit("the first token alone", "How many tokens may an answer have?", ("inside[-1]])", "inside[0]])")),
    ),
    equivalents=(token_span_by_loop,),
    hints=(
        "Which tokens of the context share at least one character with the answer?",
        "Token (i, j) and answer (start, stop) overlap if i < stop and j > start.",
        "inside = np.flatnonzero(allowed & (offsets[:, 0] < stop) & (offsets[:, 1] > start)), then its first and last",
    ),
    properties=(Property("the last token is not before the first", is_forward),),
)

BEST = Exercise(
    reference=fine_tuning.best_span,
    worked=best_span,
    returns="the first and the last token, both inclusive: integers (2,)",
    probes=best_probes,
    mistakes=(
        rewrite("each end by itself", POSSIBLE, best_ends_alone),
        rewrite(
            "the start is settled first",
            "Could a slightly worse start have a much better end?",
            best_start_first,
        ),
        edit("an end before its start", POSSIBLE, (" & (length >= 1)", "")),
        edit(
            "an answer of one token is refused",
            "How long is a span that ends where it begins?",
            ("(length >= 1)", "(length > 1)"),
        ),
        edit("any length", POSSIBLE, (" & (length <= max_len)", "")),
        edit("one token too short", "May an answer have max_len tokens?", ("length <= max_len", "length < max_len")),
        edit(
            "one token too long",
            "How long is a span that ends where it begins?",
            ("length <= max_len", "length <= max_len + 1"),
        ),
        edit("in the question or the padding", POSSIBLE, ("allowed[:, None] & allowed[None, :] & ", "")),
        edit("only the start is checked", POSSIBLE, (" & allowed[None, :]", "")),
        edit("only the end is checked", POSSIBLE, ("allowed[:, None] & ", "")),
        edit(
            "the last token is exclusive",
            "Is the last token part of the answer, or the first one after it?",
            (
                "np.array(np.unravel_index(best, totals.shape))",
                "np.array(np.unravel_index(best, totals.shape)) + [0, 1]",
            ),
        ),
        edit(
            "scores multiplied",
            "Scores come before softmax. What does a sum of scores mean for probabilities?",
            ("start_scores[:, None] + end_scores", "start_scores[:, None] * end_scores"),
        ),
        edit(
            "rows and columns swapped",
            "In your table of sums, is a row a first token or a last one?",
            ("start_scores[:, None] + end_scores[None, :]", "start_scores[None, :] + end_scores[:, None]"),
        ),
    ),
    equivalents=(best_span_by_loop,),
    hints=(
        "Two loops, or a table: every first token against every last token, the impossible pairs taken out.",
        "length = last - first + 1 must be at least 1 and at most max_len; both ends must be allowed.",
        "np.unravel_index(np.where(possible, totals, -np.inf).argmax(), totals.shape)",
    ),
    properties=(
        Property("the end is not before the start", is_forward),
        Property("both ends lie in the text", ends_are_allowed),
    ),
)

SUM_SHARED = "sum((Counter(found) & Counter(wanted)).values())"
HARMONIC = "2 * precision * recall / (precision + recall)"
F1 = Exercise(
    reference=question_answering.token_f1,
    worked=token_f1,
    returns="one number from 0 to 1",
    probes=f1_probes,
    mistakes=(
        edit(
            "each word counts once",
            SHARED,
            (SUM_SHARED, "len(set(found) & set(wanted))"),
            ("shared / len(found), shared / len(wanted)", "shared / len(set(found)), shared / len(set(wanted))"),
        ),
        edit("a word is found again and again", SHARED, (SUM_SHARED, "sum(word in wanted for word in found)")),
        edit(
            "words must stand at the same place",
            "Does the order of the words matter here?",
            (SUM_SHARED, "sum(one == other for one, other in zip(found, wanted))"),
        ),
        edit("precision alone", "What if the answer is one right word of ten?", (HARMONIC, "precision")),
        edit("recall alone", "What if somebody answers with the whole context?", (HARMONIC, "recall")),
        edit(
            "the arithmetic mean",
            "Which mean is small as soon as one of the two is small?",
            (HARMONIC, "(precision + recall) / 2"),
        ),
        edit(
            "the product",
            "Two perfect halves give 1. What do two halves of 0.5 give?",
            (HARMONIC, "precision * recall"),
        ),
        edit(
            "shared over all words",
            "What stands below the line in precision, and what in recall?",
            (HARMONIC, "shared / (len(found) + len(wanted) - shared)"),
        ),
        edit(
            "divides by 0 where nothing is shared",
            "Precision and recall are both 0. What is the harmonic mean of two zeros, as you write it?",
            ("    if shared == 0:\n        return 0.0\n", ""),
        ),
        edit(
            "0 for two empty answers",
            "Nothing was to be found and nothing was. Is that wrong?",
            ("float(found == wanted)", "0.0"),
        ),
    ),
    equivalents=(token_f1_by_crossing_out,),
    hints=(
        "Count the words that both have; a word that stands once in one of them can be shared once.",
        "Precision is shared / len(found), recall shared / len(wanted); three cases would divide by 0.",
        "shared = sum((Counter(found) & Counter(wanted)).values()); 2 * precision * recall / (precision + recall)",
    ),
    properties=(Property("it lies between 0 and 1", is_share),),
)

DIVIDE = "return (hidden * weights).sum(dim=1) / counts"
POOL = Exercise(
    reference=fine_tuning.mean_pool,
    worked=mean_pool,
    returns="one vector a row, as a tensor: (b, d)",
    probes=pool_probes,
    mistakes=(
        edit("the padding counts", WHO_COUNTS, (DIVIDE, "return hidden.mean(dim=1)")),
        edit(
            "left out of the sum, but counted",
            "By how many tokens do you divide?",
            (DIVIDE, "return (hidden * weights).mean(dim=1)"),
        ),
        edit("summed with the padding", WHO_COUNTS, (DIVIDE, "return hidden.sum(dim=1) / counts")),
        edit("the padding alone", "Read it aloud: `real` is True for ...", ("real.to(", "(~real).to(")),
        edit(
            "the sum",
            "Should a text of forty tokens have a longer vector than one of four?",
            (DIVIDE, "return (hidden * weights).sum(dim=1)"),
        ),
        edit("the first token", "Whose mean is asked for?", (DIVIDE, "return hidden[:, 0]")),
        edit(
            "the largest of each column",
            "Mean or maximum?",
            (DIVIDE, "return hidden.masked_fill(weights == 0, -9e9).amax(dim=1)"),
        ),
        edit("0 / 0 for a row of padding", "How many tokens has an empty row?", (".clamp(min=1)", "")),
        edit(
            "one count for the whole batch",
            "Rows have different lengths. By which do you divide?",
            ("weights.sum(dim=1).clamp(min=1)", "weights.sum() / len(weights)"),
        ),
        edit(
            "over the batch",
            "Which axis are the tokens?",
            (DIVIDE, "return (hidden * weights).sum(dim=0) / weights.sum(dim=0).clamp(min=1)"),
        ),
        edit(
            "the vectors cut from the graph",
            "What should learn from these vectors?",
            ("(hidden *", "(hidden.detach() *"),
        ),
    ),
    equivalents=(mean_pool_by_rows, mean_pool_by_product),
    hints=(
        "Sum the vectors of the real tokens, divide by how many there are.",
        "real[..., None] is (b, n, 1): times hidden it makes the padding zero. An empty row must not divide by 0.",
        "(hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)",
    ),
    call=tensor_call("hidden"),
)

EXERCISES = (HIDE, LOSS, CUT, TENSORS, SPAN, BEST, F1, POOL)
