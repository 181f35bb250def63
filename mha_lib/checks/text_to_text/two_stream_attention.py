"""Exercise two_stream_attention: two streams."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.checks.text_to_text.shared import ROW_ASKS, WHEN
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.parts import parts_call
from mha_lib.text_to_text import xlnet

BLIND = "Change the token at a place. Which stream at that place may notice?"
ONE_READ = "Both streams read the same thing. What is it, and from before or after this layer?"


BOTH_STREAMS = parts_call("content stream", "query stream")


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


def ends_empty(streams, h, g, w_q, w_k, w_v, order):
    """Return whether the query stream reads nothing at the first place of the order."""
    return not np.any(np.asarray(streams["query stream"])[order[0]])


EXERCISE = Exercise(
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
