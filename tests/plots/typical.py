"""Every function of `mha_lib.plots` with what a chapter gives it, or what is hardest to fit of it."""

import numpy as np

import mha_lib as mha
from mha_lib import plots
from mha_lib.applications.verdicts import Ledger
from mha_lib.nn import EncoderClassifier
from mha_lib.similarity import words

WORDS = mha.SENTENCE
RNG = np.random.default_rng(0)
STEPS = np.arange(1, 201)
FALLING = {
    name: place + 2 / np.sqrt(STEPS) for place, name in enumerate(("pre-norm", "post-norm, warm-up", "post-norm"))
}
LENGTHS = [128, 256, 512, 1024, 2048, 4096, 8192]
GROWTH = {
    name: (LENGTHS, scale * np.power(LENGTHS, 2.0))
    for name, scale in (("plain", 1e-3), ("block-wise", 3e-4), ("fused kernel", 1e-4))
}
IMAGES = RNG.random((10, 8, 8, 1))
MODELS = {
    **{"float32": (5.4, 0.384), "float16": (2.7, 0.384), "8 bits": (1.4, 0.383), "4 bits": (0.75, 0.317)},
    **{"8 heads fewer": (5.1, 0.365), "8 heads fewer, 8 bits": (1.35, 0.366), "16 heads fewer": (4.8, 0.298)},
    **{"2 layers, taught": (3.8, 0.248), "2 layers, 8 bits": (1.0, 0.249)},
}
KERNELS = {
    "q kᵀ": (["q", "k"], ["scores!"]),
    "softmax": (["masked!"], ["weights!"]),
    "weights · v": (["weights!", "v"], ["output"]),
}
TOKENS = ["[CLS]", "the", "cat", "ch", "##ased", "a", "small", "mouse", "[SEP]"]
MANY = ["[CLS]", "return", "the", "first", "item", "(", "or", "none", ")", "and", "remove", "it", "[SEP]"]


def ledger():
    """Return some studies, as chapter 21 enters them."""
    made, wobble = Ledger(), 0.05 * np.resize([1.0, -1.0], 50)
    for study, ahead in (
        ("patients", 0.0),
        ("molecules, again", -0.4),
        ("shop, list of 3", 0.3),
        ("log sessions", 0.2),
    ):
        made.enter(study, "hit rate at 3", {"attention": ahead + wobble, "counting": np.zeros(50)})
    return made.entries


def weights(*shape):
    """Return weights, each row summing to one."""
    return mha.softmax(RNG.normal(size=shape))


def groups():
    """Return the words that chapter 1 draws, and in which groups."""
    labels, vectors = words.load()
    shown = dict(list(words.GROUPS.items())[:4])
    return words.principal_plane(vectors), labels, shown


def reliability():
    """Return confidences and what came true, for three panels."""
    sure = RNG.uniform(0.4, 1, 300)
    return {
        title: (sure, RNG.random(300) < sure) for title in ("clean, as trained", "clean, T fitted", "typos, same T")
    }


CALLS = {
    "show_against_length": lambda: plots.show_against_length(
        {"milliseconds": GROWTH, "peak MiB": GROWTH}, {"plain": 4096}
    ),
    "show_against_temperature": lambda: plots.show_against_temperature(
        np.geomspace(0.1, 10, 20), {"keys": np.linspace(1, 6, 20)}, "number of keys, exp(entropy)"
    ),
    "show_alignment": lambda: plots.show_alignment(
        weights(22, 28),
        [*"2024. május 3., péntek"[:21], "[end]"],
        ["[hu]", *"Wednesday, the 3 of May 2024"[:26], "[end]"],
        {"year": (slice(0, 5), slice(22, 27)), "weekday": (slice(15, 21), slice(1, 10))},
    ),
    "show_angle": lambda: plots.show_angle({"cat": (3.0, 1.0), "mouse": (2.0, -1.0)}, "animal", "size"),
    "show_angles": lambda: plots.show_angles({f"d = {d}": RNG.normal(90, 90 / d, 500) for d in (2, 10, 300)}),
    "show_arrows": lambda: plots.show_arrows({"cat": (3, 0), "mouse": (2, 2), "click": (0, 3)}, "animal", "desk"),
    "show_bar_panels": lambda: plots.show_bar_panels(
        {"scores": [4, 1, -2, 0, 3, 2.5], "exponentials": [54.6, 2.7, 0.1, 1, 20.1, 12], "weights": weights(6)}, WORDS
    ),
    "show_bars": lambda: plots.show_bars(weights(6), WORDS, "weight"),
    "show_biases": lambda: plots.show_biases(
        mha.alibi_bias(4, 6, 6), WORDS, WORDS, [f"slope 1/{2**i}" for i in range(4)]
    ),
    "show_blend": lambda: plots.show_blend(
        [(0, 0), (4, 0), (2, 2)], [0.2, 0.5, 0.3], ("the", "cat", "mouse"), "animal", "desk"
    ),
    "show_book_map": plots.show_book_map,
    "show_buckets": lambda: plots.show_buckets(
        {title: RNG.integers(0, 8, (12, 12)) for title in ("encoder: both ways", "decoder: back only")}
    ),
    "show_cache_sizes": lambda: plots.show_cache_sizes(
        [2**power for power in range(10, 18)],
        {
            name: 2.0 ** np.arange(30 + i, 38 + i)
            for i, name in enumerate(("GPT-3", "Llama 2 70B", "PaLM", "Mistral 7B"))
        },
    ),
    "show_codes": lambda: plots.show_codes(mha.sinusoidal_positions(60, 32)),
    "show_collectives": plots.show_collectives,
    "show_costs": lambda: plots.show_costs(
        {"previous token 3.1": 0.04, "next token 2.5": 0.51, "same bracket 3.7": 0.02},
        RNG.random(29) / 10,
        "more loss without it, nats",
        "the other 29 heads",
    ),
    "show_cross_attention_flow": plots.show_cross_attention_flow,
    "show_curves": lambda: plots.show_curves(STEPS, FALLING, "number of steps", "share of right answers, of all"),
    "show_extrapolation": lambda: plots.show_extrapolation(
        {
            task: {
                name: RNG.random(3) for name in ("sinusoidal", "learned", "rotary", "ALiBi", "relative bias", "none")
            }
            for task in ("three back", "last letter")
        },
        (16, 32, 64),
        1 / 8,
    ),
    "show_forecasts": lambda: plots.show_forecasts(
        np.sin(np.arange(48) / 4),
        np.sin(np.arange(48, 72) / 4),
        {name: RNG.normal(size=24) for name in ("attention", "linear", "a day ago")},
        "temperature, scaled",
    ),
    "show_gate_draws": lambda: plots.show_gate_draws(
        {f"log α = {a}": np.clip(RNG.normal(0.5 + a / 4, 0.5, 900), 0, 1) for a in (-2, 0, 2)}
    ),
    "show_gates": lambda: plots.show_gates(STEPS, np.linspace(0.9, [1, 0, 0, 1, 0, 0], 200)),
    "show_grid": lambda: plots.show_grid([-1.0, 0.0, 0.6, 2.0], [-1, 0, 1, 2], range(4)),
    "show_growth": lambda: plots.show_growth(GROWTH, "tokens", "seconds of processor time"),
    "show_growth_panels": lambda: plots.show_growth_panels(
        {"milliseconds": GROWTH, "MiB, output included": GROWTH}, "tokens"
    ),
    "show_head_tables": lambda: plots.show_head_tables(
        {title: RNG.random((4, 8)) for title in ("previous token", "next token")}
    ),
    "show_heads": lambda: plots.show_heads(weights(3, 6, 6), WORDS, WORDS),
    "show_heads of some tokens": lambda: plots.show_heads(weights(8, 9, 9), TOKENS, TOKENS),
    "show_heads of many tokens": lambda: plots.show_heads(weights(2, 13, 13), MANY, MANY),
    "show_images": lambda: plots.show_images(IMAGES, range(10)),
    "show_intervals": lambda: plots.show_intervals(
        {
            model: dict.fromkeys(("mixed sentences", "demographic parity", "odds by even labels"), (0.1, 0.05, 0.2))
            for model in ("plain", "augmented")
        },
        "gap",
        limit=0.1,
    ),
    "show_jacobian": lambda: plots.show_jacobian(RNG.normal(size=(6, 6)), WORDS),
    "show_kernels": lambda: plots.show_kernels(KERNELS),
    "show_layer_flow": lambda: plots.show_layer_flow(mha.nn.MultiHeadAttention(128, 8), 6),
    "show_looks": lambda: plots.show_looks(IMAGES[:6], RNG.random((6, 4, 4)), range(6)),
    "show_mask": lambda: plots.show_mask(mha.causal_mask(6), WORDS, WORDS, title="causal"),
    "show_masks": lambda: plots.show_masks(
        {title: mha.causal_mask(6) for title in ("as we meant it", "where the layer looks", "both")}, WORDS, WORDS
    ),
    "show_masks without labels": lambda: plots.show_masks(
        {f"after layer {i}": mha.causal_mask(10) for i in range(1, 5)}
    ),
    "show_matches": lambda: plots.show_matches(
        RNG.uniform(-1, 1, (10, 10)), IMAGES, [f"a drawing of a {i}" for i in range(10)]
    ),
    "show_measured": lambda: plots.show_measured(None),
    "show_measured_roofline": lambda: plots.show_measured_roofline(None, 8192),
    "show_modules": lambda: plots.show_modules(EncoderClassifier(998, 2, 32, 4, 64, 2, 30)),
    "show_next_tokens": lambda: plots.show_next_tokens(
        {title: weights(12) for title in ("as it is", "T = 0.5", "top-k = 5", "top-p = 0.9")}, list("abcdefghijkl")
    ),
    "show_norm_places": plots.show_norm_places,
    "show_null": lambda: plots.show_null(RNG.normal(size=924), 2.5, "difference of mean associations"),
    "show_overfitting": lambda: plots.show_overfitting(STEPS, FALLING, FALLING, 50),
    "show_packed_shards": lambda: plots.show_packed_shards(4, 2),
    "show_patches": lambda: plots.show_patches(IMAGES[0], 2),
    "show_pipeline": lambda: plots.show_pipeline(mha.pipeline_schedule(4, 4), 4),
    "show_places": lambda: plots.show_places(RNG.uniform(-1, 1, (16, 16)), 4, 4),
    "show_points_under_roof": lambda: plots.show_points_under_roof(
        {"plain": (4, 8e12), "block-wise": (300, 4e14), "fused kernel": (600, 6e14)}, 9e14, 4e12
    ),
    "show_reliability": lambda: plots.show_reliability(reliability()),
    "show_ring_states": lambda: plots.show_ring_states(mha.ring_all_reduce(np.ones((4, 4)))[1][..., 0]),
    "show_ring_work": lambda: plots.show_ring_work(
        {title: RNG.integers(0, 99, (4, 4)) for title in ("one block each", "zigzag")}
    ),
    "show_roofline": lambda: plots.show_roofline({"plain": (2, 4e9), "block-wise": (30, 2e10)}, 4e10, 1e10),
    "show_scores": lambda: plots.show_scores(RNG.normal(size=(6, 6)).round(2), WORDS, WORDS),
    "show_self_attention_flow": plots.show_self_attention_flow,
    "show_shadow": lambda: plots.show_shadow({"cat": (3.0, 1.0), "mouse": (2.0, -1.0)}, "animal", "size"),
    "show_sharing": lambda: plots.show_sharing(8, {"multi-head: 8": 8, "grouped: 2": 2, "multi-query: 1": 1}),
    "show_sizes": lambda: plots.show_sizes(
        {name: 1e6 * size for name, (size, _) in MODELS.items()},
        {name: score for name, (_, score) in MODELS.items()},
        "accuracy",
    ),
    "show_split": lambda: plots.show_split(3, 2, 2),
    "show_surprise": lambda: plots.show_surprise([f"open file {i}" for i in range(18)], RNG.random(18), marked=5),
    "show_tile_walk": lambda: plots.show_tile_walk(12, 12, 3, 2),
    "show_verdicts": lambda: plots.show_verdicts(ledger()),
    "show_weights": lambda: plots.show_weights(
        weights(8, 8),
        [f"layer {i}, head {i}" for i in range(8)],
        ["[cls]", "the", "film", "was", "not", "good", "at", "all"],
    ),
    "show_words": lambda: plots.show_words(*groups()),
    "show_work": lambda: plots.show_work(
        {title: mha.causal_mask(6) * 6 for title in ("without a cache", "with a cache")}, WORDS
    ),
}
