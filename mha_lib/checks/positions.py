"""Exercises of chapter 7: sinusoidal codes, adding them, distance buckets, rotation and its mutants, ALiBi."""

import numpy as np

from mha_lib import positions as library
from mha_lib.attention import attention
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.judge import MUTATES, MUTATES_HINT
from mha_lib.positions import rotate as turn

LAST = "The last query is the newest token. At which position does the first query stand?"
TWO_KINDS = "In one pair of columns, which number holds the sine and which the cosine?"


def article_position(position, d_model):
    """Return the code of one position: a sine and a cosine for each pair of columns."""
    code = np.zeros(d_model)
    for i in range(d_model // 2):
        angle = position / 10000 ** (2 * i / d_model)
        code[2 * i] = np.sin(angle)
        code[2 * i + 1] = np.cos(angle)
    return code


def article_position_by_columns(position, d_model):
    """Return the same, each column by its parity: a cosine is a sine that is a quarter turn ahead."""
    columns = np.arange(d_model)
    return np.sin(position / 10000.0 ** ((columns - columns % 2) / d_model) + np.pi / 2 * (columns % 2))


def sinusoidal_positions(num_positions, d_model):
    """Return one code a position, pairs of a sine and a cosine side by side."""
    pairs = np.arange(d_model // 2)
    angles = np.arange(num_positions)[:, None] / 10000 ** (2 * pairs / d_model)
    codes = np.empty((num_positions, d_model))
    codes[:, 0::2] = np.sin(angles)
    codes[:, 1::2] = np.cos(angles)
    return codes


def sinusoidal_through_logs(num_positions, d_model):
    """Return the same: the frequencies as exponentials, the pairs stacked and laid side by side."""
    frequencies = np.exp(np.arange(0, d_model, 2) * -np.log(10000.0) / d_model)
    angles = np.outer(np.arange(num_positions), frequencies)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(num_positions, d_model)


def sinusoidal_by_rows(num_positions, d_model):
    """Return the same, one position after the other."""
    return np.array([article_position(position, d_model) for position in range(num_positions)])


def add_positions(x, codes):
    """Return the tokens, scaled up, plus the codes of their positions."""
    n, d_model = x.shape[-2:]
    return x * np.sqrt(d_model) + codes[:n]


def add_positions_by_token(x, codes):
    """Return the same, one token after the other."""
    scaled = [x[..., i, :] * x.shape[-1] ** 0.5 + codes[i] for i in range(x.shape[-2])]
    return np.stack(scaled, axis=-2)


def add_positions_in_place(x, codes):
    """Return the right sum, and leave the caller's tokens changed."""
    x *= np.sqrt(x.shape[-1])
    x += codes[: x.shape[-2]]
    return x


def relative_buckets(num_queries, num_keys, num_buckets, max_distance):
    """Return the bucket of each key's distance from each query."""
    half, alone = num_buckets // 2, num_buckets // 4
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    offset = np.arange(num_keys) - query
    distance = np.abs(offset)
    share = np.log(np.maximum(distance, 1) / alone) / np.log(max_distance / alone)
    far = np.minimum(alone + (share * (half - alone)).astype(int), half - 1)
    return np.where(distance < alone, distance, far) + half * (offset > 0)


def relative_buckets_by_loop(num_queries, num_keys, num_buckets, max_distance):
    """Return the same, one pair after the other, each bucket found by walking up the edges."""
    half, alone = num_buckets // 2, num_buckets // 4
    growth = (max_distance / alone) ** (1 / (half - alone))
    buckets = np.zeros((num_queries, num_keys), dtype=int)
    for i, j in np.ndindex(num_queries, num_keys):
        offset = j - (i + num_keys - num_queries)
        bucket = min(abs(offset), alone)
        while alone <= bucket < half - 1 and abs(offset) >= alone * growth ** (bucket + 1 - alone):
            bucket += 1
        buckets[i, j] = bucket + (half if offset > 0 else 0)
    return buckets


def rotate(x, positions, base=10000.0):
    """Return each token turned by its position, neighbouring columns together."""
    d = x.shape[-1]
    frequencies = base ** (-np.arange(0, d, 2) / d)
    angles = positions[..., None] * frequencies
    cos, sin = np.cos(angles), np.sin(angles)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = np.empty(x.shape)
    turned[..., 0::2] = even * cos - odd * sin
    turned[..., 1::2] = even * sin + odd * cos
    return turned


def rotate_by_complex_numbers(x, positions, base=10000.0):
    """Return the same: a pair is one complex number, and turning it is one product."""
    d = x.shape[-1]
    angles = positions[..., None] / base ** (np.arange(d // 2) * 2 / d)
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)


def rotate_with_repeated_angles(x, positions, base=10000.0):
    """Return the same: every column times a cosine, plus its partner times a sine, one of the two negative."""
    d = x.shape[-1]
    angles = np.repeat(positions[..., None] * base ** (-np.arange(0, d, 2) / d), 2, axis=-1)
    partner = np.stack([-x[..., 1::2], x[..., 0::2]], axis=-1).reshape(x.shape)
    return x * np.cos(angles) + partner * np.sin(angles)


def rotary_attention(q, k, v, positions):
    """Return attention with queries and keys turned by their positions."""
    turned_q, turned_k = turn(q, positions), turn(k, positions)
    return attention(turned_q, turned_k, v)


def rotary_attention_counting_from_one(q, k, v, positions):
    """Return the same: only differences of positions matter."""
    return attention(turn(q, positions + 1), turn(k, positions + 1), v)


def rotary_attention_in_another_order(q, k, v, positions):
    """Return the same: columns of queries and keys may change places after the turn, if both do it alike."""
    order = np.r_[0 : q.shape[-1] : 2, 1 : q.shape[-1] : 2]
    return attention(turn(q, positions)[..., order], turn(k, positions)[..., order], v)


def alibi_bias(num_heads, num_queries, num_keys):
    """Return minus the distance of query and key, times the slope of the head."""
    slopes = 2.0 ** (-8.0 * np.arange(1, num_heads + 1) / num_heads)
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    distance = np.abs(np.arange(num_keys) - query)
    return slopes[:, None, None] * -distance


def alibi_bias_by_products(num_heads, num_queries, num_keys):
    """Return the same: each slope is the last one times their common ratio."""
    slopes = np.cumprod(np.full(num_heads, 2.0 ** (-8.0 / num_heads)))
    i, j = np.arange(num_keys - num_queries, num_keys), np.arange(num_keys)
    return np.multiply.outer(slopes, np.minimum(i[:, None] - j, j - i[:, None]))


def position_probes(rng):
    """Return a position and a width: the worked example, position 0, a far one."""
    return [
        Probe("the worked example", (1, 4)),
        Probe("position 0 of width 6", (0, 6)),
        Probe("position 7 of width 2", (7, 2)),
        Probe("position 3 of width 6", (3, 6)),
        Probe("position 250 of width 8", (250, 8)),
    ]


def table_probes(rng):
    """Return a number of positions and a width: the worked example, one position, one pair, square, long."""
    return [
        Probe("the worked example", (2, 4)),
        Probe("a single position", (1, 6)),
        Probe("a single pair of columns", (5, 2)),
        Probe("6 positions of width 6", (6, 6)),
        Probe("50 positions of width 8", (50, 8)),
    ]


def token_probes(rng):
    """Return tokens and more codes than they need: one sequence, a batch, as many sequences as tokens."""
    return [
        Probe("the worked example", (np.array([[1.0, 2.0, 0.0, -1.0]]), library.sinusoidal_positions(2, 4))),
        Probe("3 tokens of width 5, 4 codes", (draw(rng, 3, 5), draw(rng, 4, 5))),
        Probe("a batch of 1 sequence", (draw(rng, 1, 4, 3), draw(rng, 7, 3))),
        Probe("as many sequences as tokens", (draw(rng, 3, 3, 6), draw(rng, 8, 6))),
        Probe("a batch of 2 sequences of 4 tokens", (draw(rng, 2, 4, 6), draw(rng, 9, 6))),
    ]


def bucket_probes(rng):
    """Return sizes and buckets: the worked example, square, few queries, distances beyond the largest."""
    return [
        Probe("the worked example", (1, 8, 8, 16)),
        Probe("a query and a key", (1, 1, 8, 16)),
        Probe("5 queries and keys in 4 buckets", (5, 5, 4, 6)),
        Probe("30 queries and keys, distances beyond the largest", (30, 30, 12, 20)),
        Probe("3 queries and 50 keys", (3, 50, 16, 40)),
    ]


def turn_probes(rng):
    """Return tokens, positions that are no plain count, and a base."""
    quarter = np.array([np.pi / 2, np.pi / 2])
    return [
        Probe("the worked example", (np.array([[1.0, 0.0], [0.0, 1.0]]), quarter)),
        Probe("4 tokens of width 4 at positions 7, 3, 0 and 11", (draw(rng, 4, 4), np.array([7.0, 3.0, 0.0, 11.0]))),
        Probe("a batch of 1 sequence with 1 token", (draw(rng, 1, 1, 6), np.array([5.0]))),
        Probe("2 sequences and 3 positions", (draw(rng, 2, 3, 8), np.array([9.0, 4.0, 2.0]))),
        Probe("base 100", (draw(rng, 3, 6), np.array([4.0, 0.0, 6.0]), 100.0)),
        Probe(
            "2 sequences, each with positions of its own",
            (draw(rng, 2, 3, 6), np.array([[2.0, 0.0, 5.0], [7.0, 3.0, 1.0]])),
        ),
    ]


def rotary_probes(rng):
    """Return queries, keys, values and positions: the worked example, square, a batch."""
    return [
        Probe(
            "the worked example",
            (np.array([[3.0, 0.0], [1.0, 2.0]]), np.eye(2), np.array([[4.0], [8.0]]), np.array([0.0, np.pi / 2])),
        ),
        Probe("4 tokens of width 4", (*(draw(rng, 4, 4) for _ in range(3)), np.array([3.0, 0.0, 4.0, 9.0]))),
        Probe("a batch of 1 sequence", (draw(rng, 1, 3, 6), draw(rng, 1, 3, 6), draw(rng, 1, 3, 2), np.arange(3.0))),
        Probe(
            "2 sequences at positions 7, 3 and 4",
            (draw(rng, 2, 3, 4), draw(rng, 2, 3, 4), draw(rng, 2, 3, 6), np.array([7.0, 3.0, 4.0])),
        ),
    ]


def bias_probes(rng):
    """Return a number of heads and sizes: the worked example, few queries, all alike, all different."""
    return [
        Probe("the worked example", (8, 1, 3)),
        Probe("a query and a key", (2, 1, 1)),
        Probe("3 heads, 3 queries, 3 keys", (3, 3, 3)),
        Probe("2 heads, 5 queries, 5 keys", (2, 5, 5)),
        Probe("4 heads, 2 queries, 6 keys", (4, 2, 6)),
    ]


def first_row_alternates(codes, *args):
    """Return whether position 0 has the code 0, 1, 0, 1, ..."""
    return np.allclose(codes[0, 0::2], 0) and np.allclose(codes[0, 1::2], 1)


def equal_lengths(codes, *args):
    """Return whether all rows have the length of as many unit circles as there are pairs."""
    return np.allclose(np.sum(codes**2, axis=-1), codes.shape[-1] / 2)


def nothing_positive(bias, *args):
    """Return whether no number is above 0."""
    return bool(np.all(bias <= 0))


def keeps_lengths(turned, x, *args):
    """Return whether every token is as long as before."""
    return np.allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1))


def within_values(output, q, k, v, positions):
    """Return whether every output lies between the smallest and the largest value of its column."""
    low, high = v.min(axis=-2, keepdims=True), v.max(axis=-2, keepdims=True)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


def within_buckets(buckets, num_queries, num_keys, num_buckets, max_distance):
    """Return whether every bucket is one of those that exist."""
    return bool(np.all((buckets >= 0) & (buckets < num_buckets)))


ARTICLE_POSITION = Exercise(
    reference=article_position,
    returns="the code of one position: (d_model,)",
    probes=position_probes,
    mistakes=(
        edit(
            "the angles alone, as printed",
            "How large is your first number at position 250? What keeps a code small?",
            ("np.sin(angle)", "angle"),
            ("np.cos(angle)", "angle"),
        ),
        edit("a sine in both columns", TWO_KINDS, ("np.cos(angle)", "np.sin(angle)")),
        edit(
            "a cosine in both columns",
            "Do the two columns of a pair tell you different things?",
            ("np.sin(angle)", "np.cos(angle)"),
        ),
        edit(
            "sine and cosine swapped",
            "What is the code of position 0? The book's begins 0, 1.",
            ("code[2 * i] = np.sin(angle)", "code[2 * i] = np.cos(angle)"),
            ("code[2 * i + 1] = np.cos(angle)", "code[2 * i + 1] = np.sin(angle)"),
        ),
        edit(
            "only the first column of a pair is mended",
            "Two columns share one angle. What became of the second?",
            ("np.cos(angle)", "angle"),
        ),
        edit(
            "divides after the sine",
            "Should the wave become lower, or longer?",
            ("np.sin(angle)", "np.sin(position) / 10000 ** (2 * i / d_model)"),
            ("np.cos(angle)", "np.cos(position) / 10000 ** (2 * i / d_model)"),
        ),
    ),
    equivalents=(article_position_by_columns,),
    hints=(
        "A code must stay small however long the text is. Which functions of an angle stay between -1 and 1?",
        "The two columns of a pair share one angle. One holds its sine, the other its cosine.",
        "code[2 * i] = np.sin(angle), and code[2 * i + 1] = np.cos(angle).",
    ),
)

SINUSOIDAL = Exercise(
    reference=library.sinusoidal_positions,
    worked=sinusoidal_positions,
    returns="codes, one row a position: (num_positions, d_model)",
    probes=table_probes,
    mistakes=(
        edit(
            "the exponent is doubled",
            "The exponent is 2i / d_model, where i counts the pairs: 0, 1, 2. Does your i count pairs or columns?",
            ("2 * pairs / d_model", "4 * pairs / d_model"),
        ),
        edit(
            "each cosine has a frequency of its own",
            "A sine and its cosine share one angle. Do yours?",
            ("np.cos(angles)", "np.cos(np.arange(num_positions)[:, None] / 10000 ** ((2 * pairs + 1) / d_model))"),
        ),
        edit(
            "multiplies where it should divide",
            "Should the later columns change more slowly or faster?",
            ("[:, None] /", "[:, None] *"),
        ),
        edit("base 1000", "How long is the longest wave meant to be? Count the zeros.", ("10000 **", "1000 **")),
        edit(
            "a whole number for the exponent",
            "What is 2 // 8? What kind of division does the exponent need?",
            ("2 * pairs / d_model", "2 * pairs // d_model"),
        ),
        edit(
            "all sines first, then all cosines",
            "A sound code, but another layout. What is row 0 in this book: 0, 1, 0, 1 or 0, 0, 1, 1?",
            ("codes[:, 0::2]", "codes[:, : d_model // 2]"),
            ("codes[:, 1::2]", "codes[:, d_model // 2 :]"),
        ),
        edit(
            "positions count from 1",
            "What is the sine of position 0?",
            ("np.arange(num_positions)", "np.arange(1, num_positions + 1)"),
        ),
        edit(
            "sines and cosines swapped",
            TWO_KINDS,
            ("codes[:, 0::2] = np.sin(angles)", "codes[:, 0::2] = np.cos(angles)"),
            ("codes[:, 1::2] = np.cos(angles)", "codes[:, 1::2] = np.sin(angles)"),
        ),
        edit(
            "a position is a column",
            "One row a position. Which axis of yours counts the positions?",
            ("return codes", "return codes.T"),
        ),
    ),
    equivalents=(sinusoidal_through_logs, sinusoidal_by_rows),
    hints=(
        "First a table of angles, one row a position and one column a pair. Then its sines and its cosines.",
        "angles = positions as a column, divided by a row of wavelengths 10000 ** (2i / d_model), i = 0, 1, 2, ...",
        "codes[:, 0::2] = np.sin(angles) fills every second column, codes[:, 1::2] = np.cos(angles) the others.",
    ),
    properties=(
        Property("position 0 has the code 0, 1, 0, 1, ...", first_row_alternates),
        Property("all rows have the same length", equal_lengths),
    ),
)

ADD_POSITIONS = Exercise(
    reference=add_positions,
    returns="tokens with their positions, in the shape of x: (..., n, d_model)",
    probes=token_probes,
    mistakes=(
        edit(
            "the tokens are not scaled",
            "Compare the sizes of the two things that you add. What does section 3.4 of the paper multiply by?",
            (" * np.sqrt(d_model)", ""),
        ),
        edit(
            "the codes are scaled too",
            "Which of the two is to grow, the token or its position?",
            ("x * np.sqrt(d_model) + codes[:n]", "(x + codes[:n]) * np.sqrt(d_model)"),
        ),
        edit(
            "divides by the root",
            "The entries of a fresh embedding are small. Should they become smaller?",
            ("x * np.sqrt", "x / np.sqrt"),
        ),
        edit(
            "the root of the number of tokens",
            "What should the scale depend on: the width, or the length?",
            ("np.sqrt(d_model)", "np.sqrt(n)"),
        ),
        edit(
            "added along the batch axis",
            "Swap two tokens of one sequence. Does your output change by more than their order?",
            ("codes[:n]", "codes[: len(x), None]"),
        ),
        edit("every token gets the first code", "Do two tokens of one sequence differ?", ("codes[:n]", "codes[0]")),
        edit("takes the last codes", "At which position does the first token stand?", ("codes[:n]", "codes[-n:]")),
        edit("adds all codes", "There are more codes than tokens. How many do you need?", ("codes[:n]", "codes")),
        rewrite(MUTATES, MUTATES_HINT, add_positions_in_place),
    ),
    equivalents=(add_positions_by_token,),
    hints=(
        "The first token gets the first code, the second the second, in every sequence of the batch.",
        "How many tokens are there? x.shape[-2]. How wide are they? x.shape[-1]. Take as many codes as tokens.",
        "x * np.sqrt(d_model) + codes[:n]: NumPy repeats the codes for every sequence.",
    ),
)

RELATIVE_BUCKETS = Exercise(
    reference=library.relative_buckets,
    worked=relative_buckets,
    returns="buckets, one row a query and one column a key, whole numbers: (q, k)",
    probes=bucket_probes,
    mistakes=(
        edit(
            "past and future swapped",
            "Which keys get the upper half of the buckets, those before the query or those after it?",
            ("offset > 0", "offset < 0"),
        ),
        edit(
            "past and future share their buckets",
            "Can your buckets tell the word before from the word after?",
            (" + half * (offset > 0)", ""),
        ),
        edit(
            "the query's own position counts as the future",
            "Distance 0 is bucket 0. In which half is yours?",
            ("offset > 0", "offset >= 0"),
        ),
        edit(
            "no logarithm",
            "Which distances have a bucket each, and which share one?",
            ("num_buckets // 4", "num_buckets // 2 - 1"),
        ),
        edit(
            "far distances run over",
            "How many buckets has each direction? What becomes of a distance beyond the largest?",
            (
                "np.minimum(alone + (share * (half - alone)).astype(int), half - 1)",
                "(share * (half - alone)).astype(int) + alone",
            ),
        ),
        edit(
            "the logarithm starts at 1",
            "The first shared bucket begins where the lone ones end. What is your logarithm there?",
            ("np.maximum(distance, 1) / alone", "np.maximum(distance, 1)"),
            ("max_distance / alone", "max_distance"),
        ),
        edit("aligned top-left", LAST, (" + num_keys - num_queries", "")),
    ),
    equivalents=(relative_buckets_by_loop,),
    hints=(
        "First the offset of each key from its query, with its sign. Then three cases: near, far, and after the query.",
        "Half the buckets are for each direction. Of those, the first half stand for one distance each.",
        "far = alone + floor(log(distance / alone) / log(max_distance / alone) * (half - alone)), at most half - 1.",
    ),
    properties=(Property("every bucket lies between 0 and num_buckets - 1", within_buckets),),
)

ROTATE = Exercise(
    reference=library.rotate,
    worked=rotate,
    returns="the turned tokens, in the shape of x: (..., n, d)",
    probes=turn_probes,
    mistakes=(
        edit(
            "pairs halves, not neighbours",
            "Which two numbers turn together in this book?",
            ("x[..., 0::2], x[..., 1::2]", "x[..., : d // 2], x[..., d // 2 :]"),
            ("turned[..., 0::2]", "turned[..., : d // 2]"),
            ("turned[..., 1::2]", "turned[..., d // 2 :]"),
        ),
        edit(
            "takes neighbours and puts halves",
            "You read columns 0 and 1 as a pair. Where do you write them?",
            ("turned[..., 0::2]", "turned[..., : d // 2]"),
            ("turned[..., 1::2]", "turned[..., d // 2 :]"),
        ),
        edit(
            "turns clockwise",
            "Turn (1, 0) by a quarter. Is it (0, 1) or (0, -1)?",
            ("np.sin(angles)", "-np.sin(angles)"),
        ),
        edit(
            "a minus is missing",
            "Is a token as long as before? What is the matrix of a rotation?",
            ("even * cos - odd * sin", "even * cos + odd * sin"),
        ),
        edit(
            "ignores the positions",
            "Where do positions come from when one new token follows a hundred old ones?",
            ("positions[..., None]", "np.arange(x.shape[-2])[:, None]"),
        ),
        edit(
            "the first sequence's positions for all",
            "Each sequence may bring positions of its own. Whose do you use?",
            ("positions[..., None]", "positions.reshape(-1, x.shape[-2])[0, :, None]"),
        ),
        edit("ignores the base", "Which base did the caller ask for?", ("base **", "10000.0 **")),
        edit(
            "the exponent is doubled",
            "The exponent is -2i / d, where i counts the pairs. Does yours count pairs or columns?",
            ("np.arange(0, d, 2)", "2 * np.arange(0, d, 2)"),
        ),
        edit("one speed for all pairs", "Does the last pair turn as fast as the first?", (" * frequencies", "")),
        edit(
            "later pairs turn faster",
            "Should the last pair turn more slowly than the first, or faster?",
            ("base ** (-np", "base ** (np"),
        ),
    ),
    equivalents=(rotate_by_complex_numbers, rotate_with_repeated_angles),
    hints=(
        "Each pair of neighbours is a point of the plane. Turning it by an angle is a product with a 2 x 2 matrix.",
        "angles = positions[..., None] * base ** (-2i / d), one column a pair. Pairs are x[..., 0::2], x[..., 1::2].",
        "The new even column is even * cos - odd * sin, the new odd one is even * sin + odd * cos.",
    ),
    properties=(Property("every token keeps its length", keeps_lengths),),
)

ROTARY_ATTENTION = Exercise(
    reference=rotary_attention,
    returns="outputs, one row a token, as wide as a value: (..., n, e)",
    probes=rotary_probes,
    mistakes=(
        edit(
            "turns the values too",
            "Values are read, not compared. Should what is read depend on where it stood?",
            ("turned_k, v)", "turned_k, turn(v, positions))"),
        ),
        edit(
            "turns only the queries",
            "What should the score of two tokens depend on: one position, or their difference?",
            ("turn(k, positions)", "k"),
        ),
        edit(
            "turns only the keys",
            "If the query stays as it is, how can the score know how far away it stands?",
            ("turn(q, positions)", "q"),
        ),
        edit(
            "turns queries and keys apart",
            "Turn both by the same angle. Should their dot product change?",
            ("turn(k, positions)", "turn(k, -positions)"),
        ),
        edit(
            "turns nothing",
            "Shuffle the positions. Does your output change?",
            ("turn(q, positions), turn(k, positions)", "q, k"),
        ),
        edit(
            "turns the output",
            "The order should decide who looks at whom. When does your position come in?",
            ("turn(q, positions), turn(k, positions)", "q, k"),
            ("return attention(turned_q, turned_k, v)", "return turn(attention(turned_q, turned_k, v), positions)"),
        ),
    ),
    equivalents=(rotary_attention_counting_from_one, rotary_attention_in_another_order),
    hints=(
        "Positions must enter where two tokens are compared: in the scores.",
        "A score is a dot product of a query and a key. Turn both, each by its own position; leave the values alone.",
        "mha.attention(mha.rotate(q, positions), mha.rotate(k, positions), v)",
    ),
    properties=(Property("each output lies between the smallest and the largest value", within_values),),
)

ALIBI_BIAS = Exercise(
    reference=library.alibi_bias,
    worked=alibi_bias,
    returns="biases, for each head one row a query and one column a key: (h, q, k)",
    probes=bias_probes,
    mistakes=(
        edit(
            "rewards distance",
            "Should a far key be easier or harder to reach? Which sign makes a weight smaller?",
            ("* -distance", "* distance"),
        ),
        edit(
            "slopes begin at 1",
            "With 8 heads the first slope is one half. Where does your counting of heads begin?",
            ("np.arange(1, num_heads + 1)", "np.arange(num_heads)"),
        ),
        edit(
            "the distance keeps its sign",
            "Without a causal mask there are keys after the query. What do they get?",
            ("np.abs(np.arange(num_keys) - query)", "query - np.arange(num_keys)"),
        ),
        edit("aligned top-left", LAST, (" + num_keys - num_queries", "")),
        edit(
            "the slopes of 8 heads",
            "The slopes end at 2 ** -8 with any number of heads. Where do yours end with 4?",
            ("-8.0 * np.arange(1, num_heads + 1) / num_heads", "-1.0 * np.arange(1, num_heads + 1)"),
        ),
        edit(
            "one slope for all heads",
            "Why have several heads, if all are equally short-sighted?",
            ("np.arange(1, num_heads + 1)", "np.ones(num_heads)"),
        ),
        edit(
            "slopes fall in a line",
            "Each slope is the one before it times a fixed number. Is yours?",
            ("2.0 ** (-8.0 * np.arange(1, num_heads + 1) / num_heads)", "np.arange(num_heads, 0, -1) / num_heads"),
        ),
        edit(
            "heads last",
            "The scores are (h, q, k). Which axis of yours counts the heads?",
            ("slopes[:, None, None] * -distance", "-distance[..., None] * slopes"),
        ),
    ),
    equivalents=(alibi_bias_by_products,),
    hints=(
        "One table of distances serves all heads. Each head multiplies it by a number of its own.",
        "Query i stands at position i + num_keys - num_queries. The distance to key j is the absolute difference.",
        "slopes = 2.0 ** (-8 * h / num_heads) for h = 1, 2, ...; return -slopes[:, None, None] * distance.",
    ),
    properties=(Property("no bias is above 0", nothing_positive),),
)


def expose_rotate():
    """Return tokens, positions and a base on which every broken rotation gives itself away."""
    x = np.array([[[1.0, 2.0, 3.0, 5.0], [2.0, -1.0, 0.5, 4.0]], [[-3.0, 1.0, 2.0, 2.0], [1.0, 1.0, -2.0, 3.0]]])
    positions = np.array([[7.0, 3.0], [2.0, 11.0]])
    return x, positions, 100.0


def expose_rotate_with_three_tokens():
    """Return another such input: wider, longer, and with positions that are no whole numbers."""
    x = np.sin(np.arange(1.0, 1 + 2 * 3 * 6)).reshape(2, 3, 6)
    return x, np.array([[0.5, 2.5, 1.5], [4.0, 6.0, 3.0]]), 20.0


def _narrow():
    x, positions, base = expose_rotate()
    return x[..., :2], positions, base


def _at_position_zero():
    x, positions, base = expose_rotate()
    return x, np.zeros_like(positions), base


def _first_of_each_pair():
    x, positions, base = expose_rotate()
    return x * [1.0, 0.0, 1.0, 0.0], positions, base


def _counted():
    x, _, base = expose_rotate()
    return x, np.array([[0.0, 1.0], [0.0, 1.0]]), base


def _usual_base():
    x, positions, _ = expose_rotate()
    return x, positions, 10000.0


def _shared_positions():
    x, positions, base = expose_rotate()
    return x, positions[0], base


EXPOSE_ROTATE = Exposure(
    reference=expose_rotate,
    target=ROTATE,
    mistakes=(
        misses("pairs halves, not neighbours", "At which width are the halves the neighbours?", _narrow),
        misses("turns clockwise", "By which angle does it not matter which way you turn?", _at_position_zero),
        misses("a minus is missing", "Which number would make the wrong sign harmless?", _first_of_each_pair),
        misses("ignores the positions", "Which positions would this version make up by itself?", _counted),
        misses(
            "the first sequence's positions for all",
            "When do two sequences have the same positions?",
            _shared_positions,
        ),
        misses("ignores the base", "Which base does this version always use?", _usual_base),
        misses("one speed for all pairs", "With how many pairs is there only one speed?", _narrow),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Where does turning make none?",
        "More than one pair, more than one sequence, positions that are not 0, 1, 2, and a base that is not 10000.",
        "x of shape (2, 2, 4) without zeros, positions of shape (2, 2) with different rows, and base 100.",
    ),
    equivalents=(expose_rotate_with_three_tokens,),
    returns="a tuple (x, positions, base)",
)

EXERCISES = (
    ARTICLE_POSITION,
    SINUSOIDAL,
    ADD_POSITIONS,
    RELATIVE_BUCKETS,
    ROTATE,
    ROTARY_ATTENTION,
    EXPOSE_ROTATE,
    ALIBI_BIAS,
)
