"""Exercises of chapter 4: causal, padding and combined masks, masked softmax and its mutants, a test for leaks."""

import functools

import numpy as np

from mha_lib import masks as library
from mha_lib.checks import suspects
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.judge import MUTATES, MUTATES_HINT
from mha_lib.softmax import softmax

READ_ALOUD = (
    "Read a row of your mask aloud: this query may attend to ... Is True the one who may, or the one who may not?"
)
BOOLEANS = "0 and 1 could mean either polarity, and True cannot. Which dtype does a comparison return?"
ROWS = "A row is a query, a column is a key. Which of the two is the newest token's row?"
NO_RULE = (
    ("    hidden = np.where(attends, hidden, 0.0)\n", ""),
    ("np.where(attends, weights, 0.0)", "weights"),
)
NOBODY = "What are 0 divided by 0, and minus infinity less minus infinity? What should this row be?"


def causal_mask(num_queries, num_keys=None):
    """Return True where the key's position is at most the query's."""
    num_keys = num_queries if num_keys is None else num_keys
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    return np.arange(num_keys) <= query


def causal_by_tri(num_queries, num_keys=None):
    """Return the same: a lower triangle, its diagonal moved to the right by the number of cached keys."""
    num_keys = num_queries if num_keys is None else num_keys
    return np.tri(num_queries, num_keys, num_keys - num_queries, dtype=bool)


def causal_by_counting_from_the_end(num_queries, num_keys=None):
    """Return the same: query and key counted from the end, where they line up."""
    num_keys = num_queries if num_keys is None else num_keys
    from_the_end = np.arange(num_keys)[::-1]
    return from_the_end >= np.arange(num_queries)[::-1, None]


def causal_on_the_other_diagonal(num_queries, num_keys=None):
    """Return a triangle in the wrong corner: the first query sees most."""
    return np.fliplr(np.triu(np.ones((num_queries, num_keys or num_queries), dtype=bool)))


def padding_mask(lengths, num_keys):
    """Return True where the key's position is below the sentence's length."""
    positions = np.arange(num_keys)
    return positions < lengths[:, None, None]


def padding_by_loop(lengths, num_keys):
    """Return the same, sentence by sentence."""
    mask = np.zeros((len(lengths), 1, num_keys), dtype=bool)
    for sentence, length in enumerate(lengths):
        mask[sentence, 0, :length] = True
    return mask


def padding_by_rows_of_a_triangle(lengths, num_keys):
    """Return the same: row n of a lower triangle without its diagonal has n times True."""
    return np.tri(num_keys + 1, num_keys, -1, dtype=bool)[lengths][:, None, :]


def combine_masks(*masks):
    """Return True where every mask that is not None is True."""
    allowed = True
    for mask in masks:
        if mask is not None:
            allowed = allowed & mask
    return allowed


def combine_by_product(*masks):
    """Return the same: a product of booleans is an and."""
    return functools.reduce(np.multiply, [mask for mask in masks if mask is not None])


def combine_by_what_is_hidden(*masks):
    """Return the same: hidden is what any mask hides."""
    hidden = False
    for mask in masks:
        hidden = hidden | (~mask if mask is not None else False)
    return ~hidden


def combine_in_place(*masks):
    """Return the same, written into the first mask where it fits."""
    given = [mask for mask in masks if mask is not None]
    for mask in given[1:]:
        given[0] &= mask
    return given[0]


def masked_softmax(scores, mask=None):
    """Return softmax with the hidden scores at minus infinity, and zeros where nothing is left."""
    hidden = np.where(mask, scores, -np.inf)
    attends = np.any(mask, axis=-1, keepdims=True)
    hidden = np.where(attends, hidden, 0.0)
    exponentials = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return np.where(attends, weights, 0.0)


def masked_softmax_shared_out_again(scores, mask=None):
    """Return the same: weights zeroed after the softmax, then divided by what is left of their sum."""
    kept = softmax(scores) * mask
    total = kept.sum(axis=-1, keepdims=True)
    return kept / np.where(total == 0, 1, total)


def masked_softmax_with_nan_to_num(scores, mask=None):
    """Return the same: the only rows that come out NaN are those of nobody."""
    return np.nan_to_num(softmax(np.where(mask, scores, -np.inf)))


def masked_softmax_with_lowest_fill(scores, mask=None):
    """Return the same: the lowest finite number hides as well as minus infinity, once empty rows are zeroed."""
    lowest = np.where(mask, scores, np.finfo(float).min)
    return softmax(lowest) * np.any(mask, axis=-1, keepdims=True)


def masked_softmax_in_place(scores, mask=None):
    """Return the same, written into the caller's scores."""
    scores[~np.broadcast_to(mask, scores.shape)] = -np.inf
    return np.nan_to_num(softmax(scores))


def leaks_by_changing_all_that_follow(attend, x):
    """Return the same: all later tokens swapped for others at once."""
    other = np.random.default_rng(1).normal(size=x.shape)
    for t in range(1, len(x)):
        after = attend(np.concatenate([x[:t], other[t:]]))
        if np.abs(after[:t] - attend(x)[:t]).max() > 1e-6:
            return True
    return False


def leaks_by_cutting_off(attend, x):
    """Return the same: without its future, an output must be what it was."""
    whole = attend(x)
    return not all(np.allclose(attend(x[:t]), whole[:t]) for t in range(1, len(x)))


def causal_probes(rng):
    """Return sizes: square, one word, and fewer queries than keys."""
    return [
        Probe("3 words", (3,)),
        Probe("a single word", (1,)),
        Probe("6 words", (6,)),
        Probe("as many queries as keys, both given", (4, 4)),
        Probe("1 new query and 4 keys", (1, 4)),
        Probe("2 new queries and 5 keys", (2, 5)),
    ]


def padding_probes(rng):
    """Return ragged lengths: the worked example, one sentence, as many sentences as keys, an empty one."""
    return [
        Probe("the worked example", (np.array([3, 1]), 4)),
        Probe("a single sentence", (np.array([2]), 5)),
        Probe("3 sentences in a shuffled order", (rng.permutation([2, 5, 3]), 5)),
        Probe("as many sentences as keys", (np.array([2, 4, 1, 3]), 4)),
        Probe("an empty sentence", (np.array([2, 0]), 3)),
    ]


def combine_probes(rng):
    """Return masks of several shapes, one, two or three of them, with None among them."""
    causal, padding = library.causal_mask(4), library.padding_mask([2, 4], 4)
    return [
        Probe("the worked example", (np.array([[True, False, True]]), np.array([[True, True, False]]))),
        Probe("one mask alone", (library.causal_mask(3),)),
        Probe("three masks", tuple(rng.permutation([True, True, False, True] * 3).reshape(3, 4) for _ in range(3))),
        Probe("None before a mask", (None, library.causal_mask(3))),
        Probe("None between two masks", (np.tri(3, 4, 1, dtype=bool), None, ~np.tri(3, 4, -1, dtype=bool))),
        Probe("a causal mask with the padding of 2 sentences", (causal, padding)),
    ]


def softmax_probes(rng):
    """Return scores and masks: ordinary, broadcast, very low, very large, and a row that may attend to nothing."""
    lengths = library.padding_mask([2, 4], 5)
    holes = np.array([[True, False, True, True], [False, True, True, False], [True, True, True, False]])
    low, lower = draw(rng, 2, 4) - 200, draw(rng, 2, 4) - 20000
    extreme = np.array([[1000.0, 1001.0, 1002.0], [-1000.0, -999.0, -1001.0]])
    return [
        Probe("the worked example", (np.log([[1.0, 3.0, 4.0]]), np.array([[True, True, False]]))),
        Probe("a causal mask", (draw(rng, 4, 4), library.causal_mask(4))),
        Probe("2 sentences, 3 queries, 5 keys, padding", (draw(rng, 2, 3, 5), lengths)),
        Probe("a mask with holes", (draw(rng, 3, 4), holes)),
        Probe("scores of +-1000", (extreme, np.array([[True, True, False], [False, True, True]]))),
        Probe("scores near -20000", (lower, holes[:2])),
        Probe("scores near -200", (low, holes[:2])),
        Probe("a query that may attend to nothing", (draw(rng, 2, 3), np.array([[True, False, True], [False] * 3]))),
    ]


def leak_probes(rng):
    """Return suspects, each with five small tokens, so that no softmax is too sharp for a leak to show."""
    tokens = draw(rng, 5, 4, scale=0.5)
    labels = {
        suspects.no_mask: "attention without a mask",
        suspects.causal: "causal attention",
        suspects.one_step_ahead: "attention that sees the next token",
        suspects.two_steps_ahead: "attention that sees the token after the next",
        suspects.only_itself: "a function that reads no other token",
        suspects.the_token_before: "a function that returns the token before",
        suspects.the_first_token: "a function that returns the first token",
        suspects.centred_first: "tokens centred over the whole sentence first",
        suspects.last_number_leaks: "a leak of one number only",
        suspects.nearly_causal: "a leak of one part in a thousand",
        suspects.causal_but_for_rounding: "a change in the last digits only",
        suspects.hole_at_the_end: "a mask with a single hole at the end",
        suspects.one_hole: "a mask with a single hole in the middle",
        suspects.zeroed_weights: "weights zeroed after the softmax",
    }
    return [Probe(label, (suspect, tokens)) for suspect, label in labels.items()]


def first_query_sees_one(mask, num_queries, num_keys=None):
    """Return whether the first query may attend to its own position and what came before it."""
    return mask[0].sum() == (num_keys or num_queries) - num_queries + 1


def last_query_sees_all(mask, num_queries, num_keys=None):
    """Return whether the last row is all True."""
    return bool(np.all(mask[-1]))


def as_many_true_as_words(mask, lengths, num_keys):
    """Return whether each sentence has as many True as words."""
    return np.array_equal(mask.sum(axis=-1).ravel(), lengths)


def within_each(mask, *masks):
    """Return whether nothing is allowed that one of the masks hides."""
    return all(not np.any(mask & ~given) for given in masks if given is not None)


def rows_sum_to_one_or_nothing(weights, scores, mask=None):
    """Return whether a row sums to 1, or to 0 where nothing is allowed."""
    attends = np.any(np.broadcast_to(mask, weights.shape), axis=-1)
    return np.allclose(weights.sum(axis=-1), attends)


def hidden_get_nothing(weights, scores, mask=None):
    """Return whether every hidden key has weight 0."""
    return not np.any(weights[~np.broadcast_to(mask, weights.shape)])


CAUSAL_MASK = Exercise(
    reference=library.causal_mask,
    worked=causal_mask,
    returns="booleans, one row a query and one column a key: (q, k)",
    probes=causal_probes,
    mistakes=(
        edit("excludes the diagonal", "May a token look at itself? What does your first row see?", ("<=", "<")),
        edit(
            "leaks one",
            "Which of your entries lets the first query see the second token?",
            ("<= query", "<= query + 1"),
        ),
        edit("the upper triangle", "Which way does time run along a row? " + ROWS, ("<=", ">=")),
        rewrite(
            "the triangle in the other corner",
            "How many keys may the first query see, and how many the last?",
            causal_on_the_other_diagonal,
        ),
        edit(
            "aligned top-left",
            "The last query is the newest token. Which keys are older than it?",
            (" + num_keys - num_queries", ""),
        ),
        edit("polarity inverted", READ_ALOUD, ("<=", ">")),
        edit("rows are keys", ROWS, ("np.arange(num_keys) <= query", "(np.arange(num_keys) <= query).T")),
        edit(
            "always square",
            "With 2 queries and 5 keys, how many columns has a row?",
            ("num_keys = num_queries if num_keys is None else num_keys", "num_keys = num_queries"),
        ),
        edit(
            "numbers instead of booleans",
            BOOLEANS,
            ("np.arange(num_keys) <= query", "(np.arange(num_keys) <= query) * 1.0"),
        ),
    ),
    equivalents=(causal_by_tri, causal_by_counting_from_the_end),
    hints=(
        "Number the keys 0, 1, 2, ... At which of these numbers does each query stand?",
        "The last query stands at the last key. So query i of q stands at position i + num_keys - num_queries.",
        "Compare np.arange(num_keys) with np.arange(num_queries)[:, None] + num_keys - num_queries.",
    ),
    properties=(
        Property("the first query sees its own position and those before it", first_query_sees_one),
        Property("the last query sees every key", last_query_sees_all),
    ),
)

PADDING_MASK = Exercise(
    reference=library.padding_mask,
    worked=padding_mask,
    returns="booleans, sentences by 1 by keys: (b, 1, k)",
    probes=padding_probes,
    mistakes=(
        edit("polarity inverted", READ_ALOUD, ("positions < ", "positions >= ")),
        edit(
            "one padded key too many",
            "A sentence of 3 words fills positions 0, 1 and 2. Does position 3 pass your comparison?",
            ("positions < ", "positions <= "),
        ),
        edit(
            "the last word hidden too",
            "A sentence of 3 words fills positions 0, 1 and 2. Does position 2 pass your comparison?",
            ("positions < ", "positions + 1 < "),
        ),
        edit(
            "on the query axis",
            "Should anybody read the padding? Then which axis must know about it: who asks, or who is asked?",
            ("positions < ", "positions[:, None] < "),
        ),
        edit(
            "no axis for the queries",
            "Scores have shape (b, q, k). Write the axes of your mask under it: what stands under q?",
            ("lengths[:, None, None]", "lengths[:, None]"),
        ),
        edit(
            "the sentences on the query axis",
            "Scores have shape (b, q, k). Under which of these axes do your sentences stand?",
            ("lengths[:, None, None]", "lengths[None, :, None]"),
        ),
        edit(
            "the first sentence's length for all",
            "Are all sentences of a batch equally long?",
            ("lengths[:, None, None]", "np.full_like(lengths, lengths[0])[:, None, None]"),
        ),
        edit(
            "padding at the front",
            "Where does the padding stand: before the words or after them?",
            ("positions < lengths", "positions >= num_keys - lengths"),
        ),
        edit(
            "masks the queries too",
            "A padded query whose whole row is hidden: what is its softmax? Does anybody use its output?",
            ("positions < lengths[:, None, None]", "(positions[:, None] < lengths[:, None, None])"),
            ("return ", "return (positions < lengths[:, None, None]) & "),
        ),
        edit(
            "numbers instead of booleans",
            BOOLEANS,
            ("positions < lengths[:, None, None]", "(positions < lengths[:, None, None]) * 1.0"),
        ),
    ),
    equivalents=(padding_by_loop, padding_by_rows_of_a_triangle),
    hints=(
        "Number the keys. A key is a word if its number is below the length of its sentence.",
        "Compare np.arange(num_keys) with the lengths. Which shape must the lengths have for (b, 1, k) to come out?",
        "np.arange(num_keys) < lengths[:, None, None]",
    ),
    properties=(Property("each sentence has as many True as words", as_many_true_as_words),),
)

COMBINE_MASKS = Exercise(
    reference=library.combine_masks,
    worked=combine_masks,
    returns="booleans of the shape that the masks have together: (..., q, k)",
    probes=combine_probes,
    mistakes=(
        edit(
            "or instead of and",
            "A padded key in the past: one mask allows it, the other hides it. Who should win?",
            ("allowed = True", "allowed = False"),
            ("&", "|"),
        ),
        edit(
            "only the last mask counts",
            "What does your loop do with the masks before?",
            ("allowed = allowed & mask", "allowed = mask"),
        ),
        edit(
            "only the first mask counts",
            "Does your answer change when the second mask does?",
            ("allowed = allowed & mask", "allowed = mask if allowed is True else allowed"),
        ),
        edit(
            "exclusive or",
            "Two masks both say True. What does your operator say?",
            ("allowed = True", "allowed = False"),
            ("&", "^"),
        ),
        edit(
            "None is not skipped",
            "None means: no mask here. What does your operator do with it?",
            ("if mask is not None", "if True"),
        ),
        edit(
            "None hides everything",
            "None means: no mask here. Does no mask hide something?",
            ("allowed & mask", "allowed & mask\n        else:\n            allowed = allowed & np.False_"),
        ),
        edit("only two masks", "How many masks may be given? What becomes of the third?", ("in masks", "in masks[:2]")),
        edit("numbers instead of booleans", BOOLEANS, ("allowed = True", "allowed = 1"), ("&", "*")),
        rewrite(MUTATES, MUTATES_HINT, combine_in_place),
    ),
    equivalents=(combine_by_product, combine_by_what_is_hidden),
    hints=(
        "A key may be looked at if the first mask allows it, and the second, and so on. Which operator is that?",
        "Start with something that allows everything, and go through the masks; what do you do at None?",
        "allowed = True, then for each mask that is not None: allowed = allowed & mask.",
    ),
    properties=(Property("nothing is allowed that one of the masks hides", within_each),),
)

MASKED_SOFTMAX = Exercise(
    reference=library.masked_softmax,
    worked=masked_softmax,
    returns="weights, one row a query and one column a key: (..., q, k)",
    probes=softmax_probes,
    mistakes=(
        edit(
            "weights zeroed after the softmax",
            "Do your rows still sum to 1? Where did the weight of the hidden keys go?",
            ("np.where(mask, scores, -np.inf)", "scores"),
            ("np.where(attends, weights, 0.0)", "weights * mask"),
        ),
        edit(
            "hidden scores become 0",
            "What is exp(0)? And what should exp of a hidden score be?",
            ("-np.inf", "0.0"),
        ),
        edit(
            "fills with -100",
            "Can a real score be so low that your fill wins against it?",
            ("-np.inf", "-100.0"),
        ),
        edit(
            "fills with -10000",
            "Is there really no real score below your fill? Is there a number below every score?",
            ("-np.inf", "-1e4"),
        ),
        edit(
            "a huge negative number instead of minus infinity",
            "Where every score of a row is your fill, they are all equal. What does softmax make of equal scores?",
            ("-np.inf", "-1e9"),
            *NO_RULE,
        ),
        edit(
            "adds a huge negative number",
            "What does softmax do when you add the same number to every score of a row?",
            ("np.where(mask, scores, -np.inf)", "scores - 1e9 * ~mask"),
            *NO_RULE,
        ),
        edit(
            "no rule for a query that may attend to nothing",
            NOBODY,
            *NO_RULE,
        ),
        edit("polarity inverted", READ_ALOUD, ("np.where(mask, scores, -np.inf)", "np.where(mask, -np.inf, scores)")),
        edit("fills with plus infinity", "What is exp of plus infinity? And of minus infinity?", ("-np.inf", "np.inf")),
        edit(
            "0 times infinity",
            "What is 0 times infinity? Can you choose between two numbers without multiplying?",
            ("np.where(mask, scores, -np.inf)", "scores + ~mask * -np.inf"),
        ),
        edit(
            "the mask is ignored",
            "Change the mask. Does your answer change?",
            ("np.where(mask, scores, -np.inf)", "scores"),
            *NO_RULE,
        ),
        edit(
            "zeros for a query with any hidden key",
            "Is the row zeros when one key is hidden, or when all are?",
            ("np.any(mask", "np.all(mask"),
        ),
        edit(
            "softmax over the queries",
            "Which axis does one query own? Its weights must sum to 1 along that axis.",
            ("hidden.max(axis=-1", "hidden.max(axis=-2"),
            ("exponentials.sum(axis=-1", "exponentials.sum(axis=-2"),
        ),
        edit(
            "no maximum subtracted",
            "What is exp(1000)? What may you subtract from a row of scores without changing its softmax?",
            ("hidden - hidden.max(axis=-1, keepdims=True)", "hidden"),
        ),
        edit(
            "the mask is not stretched to the scores",
            "Indexing needs a mask of the very shape of the scores. Which function chooses and broadcasts at once?",
            ("np.where(mask, scores, -np.inf)", "scores.copy()\n    hidden[~mask] = -np.inf"),
        ),
        rewrite(MUTATES, MUTATES_HINT, masked_softmax_in_place),
    ),
    equivalents=(
        masked_softmax_shared_out_again,
        masked_softmax_with_nan_to_num,
        masked_softmax_with_lowest_fill,
    ),
    hints=(
        "A hidden key must have weight 0. Which score does softmax turn into 0?",
        "np.where(mask, scores, -np.inf) hides. Rows with nothing left are ~mask.any(axis=-1, keepdims=True).",
        "Where nothing is left, put 0 for the scores before the softmax and 0 for the weights after it.",
    ),
    properties=(
        Property("each row sums to 1, or to 0 where nothing is allowed", rows_sum_to_one_or_nothing),
        Property("a hidden key has weight 0", hidden_get_nothing),
    ),
)

LEAKS_FUTURE = Exercise(
    reference=library.leaks_future,
    returns="True or False",
    probes=leak_probes,
    mistakes=(
        edit(
            "looks at the outputs after the change",
            "Which outputs may move when token t changes, and which must not?",
            ("[:position]", "[position:]"),
        ),
        edit(
            "counts the changed token's own output",
            "May output t move when token t itself changes?",
            ("[:position]", "[: position + 1]"),
        ),
        edit(
            "changes the first token",
            "Which outputs lie before the first token?",
            ("changed[position]", "changed[0]"),
            ("[:position]", "[1:]"),
        ),
        edit(
            "changes the last token only",
            "Could token 3 leak into output 1 while the last token leaks nowhere?",
            ("range(1, len(x))", "range(len(x) - 1, len(x))"),
        ),
        edit(
            "looks at the first output only",
            "Could output 1 see the future although output 0 does not?",
            ("[:position]", "[:1]"),
        ),
        edit(
            "looks at the output right before only",
            "Could an output see two steps ahead, and not one?",
            ("[:position]", "[position - 1 : position]"),
        ),
        edit(
            "gives up after the first position",
            "When may you say False: after one position without a leak, or after all of them?",
            ("            return True\n    return False", "            return True\n        return False"),
        ),
        edit(
            "too small a change",
            "A leak of one part in a thousand makes your change a thousand times smaller. Would you still see it?",
            ("+= 10.0", "+= 1e-4"),
        ),
        edit(
            "changes one number of the token only",
            "Could the other numbers of a token leak?",
            ("changed[position] +=", "changed[position, 0] +="),
        ),
        edit(
            "never finds a leak",
            "Try it on attention without a mask. Do your two inputs differ? Do you compare numbers, or only shapes?",
            ("+= 10.0", "+= 0.0"),
        ),
        edit(
            "takes rounding for a leak",
            "Two sums of the same terms may differ in the last digit. How do you compare floats?",
            (
                "np.allclose(after[:position], before[:position], rtol=0.0, atol=1e-6)",
                "(after == before)[:position].all()",
            ),
        ),
        edit(
            "poisons with NaN or infinity",
            "What is 0 times NaN? Does a weight of exactly 0 keep it out?",
            ("+= 10.0", "= np.nan"),
        ),
        edit(
            "the answer is the wrong way round",
            "Read the name: leaks_future. What should it say of attention without a mask?",
            ("return True", "return None"),
            ("return False", "return True"),
            ("return None", "return False"),
        ),
    ),
    equivalents=(leaks_by_changing_all_that_follow, leaks_by_cutting_off),
    hints=(
        "Call attend twice: on x, and on a copy in which a token is different. Which outputs must agree?",
        "At every position but the first, change all numbers of the token, by much. Compare the outputs before it.",
        "For each t from 1: y = x.copy(), y[t] += 10, and np.allclose(attend(y)[:t], attend(x)[:t], atol=1e-6).",
    ),
)


def expose_masks():
    """Return scores and a mask on which every broken masked softmax gives itself away."""
    scores = np.array([[-20001.0, -20000.0, -20000.5], [1.0, 2.0, 3.0]])
    return scores, np.array([[True, True, False], [False, False, False]])


def expose_masks_in_a_batch():
    """Return another such input: more rows, more sentences, the empty one first."""
    scores = np.array([[[3.0, 1.0, 2.0, 0.0]], [[-20001.0, -20000.0, -20000.5, -20002.0]]])
    return scores, library.padding_mask([0, 3], 4)


def _ordinary():
    return np.array([[1.0, 2.0, 3.0], [2.0, 0.5, 1.0]]), np.array([[True, True, False], [True, False, True]])


def _all_or_nothing():
    return expose_masks()[0], np.array([[True] * 3, [False] * 3])


def _large_scores():
    return np.array([[1000.0, 999.0, 998.0]]), np.array([[True, True, False]])


def _near_minus_200():
    return np.array([[-200.0, -201.0, -199.0], [1.0, 2.0, 3.0]]), expose_masks()[1]


EXPOSE_MASKS = Exposure(
    reference=expose_masks,
    target=MASKED_SOFTMAX,
    mistakes=(
        misses("weights zeroed after the softmax", "Which masks hide nothing, or all?", _all_or_nothing),
        misses("hidden scores become 0", "When is exp(0) next to nothing beside the others?", _large_scores),
        misses("fills with -100", "Beside which scores is exp(-100) next to nothing?", _ordinary),
        misses("fills with -10000", "How low must a real score be for this fill to win?", _near_minus_200),
        misses("a huge negative number instead of minus infinity", "Is any of your rows all fill?", _ordinary),
        misses("no rule for a query that may attend to nothing", "May each of your queries look somewhere?", _ordinary),
    ),
    hints=(
        "A fill gives itself away where a real score is lower than it. How low must you go to beat both?",
        "One row with low real scores, one of them hidden; and a second row for the two that the first cannot show.",
        "Scores near -20000 with the mask True, True, False; below them any scores with False, False, False.",
    ),
    equivalents=(expose_masks_in_a_batch,),
    returns="a tuple (scores, mask)",
)

EXERCISES = (CAUSAL_MASK, PADDING_MASK, COMBINE_MASKS, MASKED_SOFTMAX, LEAKS_FUTURE, EXPOSE_MASKS)
