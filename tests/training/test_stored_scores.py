"""What the benchmarks stored, as the chapters show it."""

import json

import pytest

from mha_lib.training import stored_scores


def rows_of(name):
    """Return the seeds of each task and model in the newest result of a name."""
    seeds = {}
    for row in stored_scores.newest(name)["scores"]:
        seeds.setdefault(row["task"], {}).setdefault(row["model"], set()).add(row["seed"])
    return seeds


@pytest.mark.parametrize("name", ["translation", "bert", "gpt", "text_to_text", "generalisation", "applications"])
def test_every_task_has_three_seeds_and_a_baseline(name):
    seeds = rows_of(name)
    assert seeds
    for models in seeds.values():
        assert len(models) >= 2
        assert all(len(found) >= 3 for found in models.values())


def mean(name, task, model, metric):
    """Return the mean over the seeds of one stored metric."""
    found = [r[metric] for r in stored_scores.newest(name)["scores"] if (r["task"], r["model"]) == (task, model)]
    return sum(found) / len(found)


@pytest.mark.parametrize(
    ("name", "task", "metric", "models"),
    [
        ("bert", "family, 100 labels", "accuracy", ("pretrained", "bag of words", "from scratch")),
        ("bert", "family, 500 labels", "accuracy", ("pretrained", "bag of words", "from scratch")),
        ("bert", "questions", "exact", ('the rule "NAME :"', "pretrained", "from scratch")),
        ("bert", "search", "recall at 10", ("BM25", "pretrained, contrastive", "pretrained, as it is")),
        ("text_to_text", "summarise", "exact", ("T5", "template, first city", "first sentence")),
        ("text_to_text", "few summaries", "exact", ("template, first city", "random spans hidden first")),
        ("text_to_text", "few summaries", "rouge_l", ("from scratch", "template, first city")),
        ("text_to_text", "new adjectives", "exact", ("opinion words hidden first", "from scratch")),
        ("text_to_text", "missing numbers", "two, in turn", ("BERT", "XLNet", "GPT")),
        ("generalisation", "more reviews", "new", ("800 reviews", "400 reviews", "200 reviews", "100 reviews")),
        ("generalisation", "200 reviews", "new", ("nouns swapped", "learning rate 0.007", "dropout 0.1", "nothing")),
        ("generalisation", "200 reviews", "new", ("nothing", "early stopping by loss", "bag of words")),
        ("generalisation", "200 reviews", "loss, new", ("nothing", "weight decay 1.0", "dropout 0.1")),
        (
            "generalisation",
            "random search",
            "test",
            ("winner", "rates above 0.005", "all settings", "rates below 0.002"),
        ),
        ("generalisation", "two pointers", "heads", ("gates, price 0.03", "gates, price 0.3", "gates, price 1.0")),
        (
            "generalisation",
            "two pointers",
            "worse",
            ("gates, price 0.3", "8 heads, 6 silenced after", "gates, price 1.0"),
        ),
        ("applications", "pairs of features", "accuracy", ("attention", "boosted trees", "linear rule")),
        ("applications", "molecules, again", "accuracy", ("two lines of Python", "attention")),
        ("applications", "car sensors", "skill", ("attention", "plain network", "median")),
        ("applications", "odd log sessions", "area", ("attention", "n-grams")),
    ],
)
def test_the_order_that_the_chapters_tell_is_that_of_the_scores(name, task, metric, models):
    scores = [mean(name, task, model, metric) for model in models]
    assert scores == sorted(scores, reverse=True), "a new measurement: read the chapter's sentences about it again"


@pytest.mark.parametrize("cure", ["nouns swapped", "learning rate 0.007", "dropout 0.1"])
def test_what_chapter_18_says_of_every_set_of_reviews_holds_for_each(cure):
    stored = stored_scores.newest("generalisation")
    gains = stored_scores.differences(stored, "200 reviews", cure, "nothing", "new")
    assert len(gains) == 5
    assert min(gains) > 0


@pytest.mark.parametrize("cure", ["dropout 0.1", "label smoothing 0.1"])
def test_what_is_said_to_halve_the_loss_does_so(cure):
    assert mean("generalisation", "200 reviews", cure, "loss, new") == pytest.approx(
        mean("generalisation", "200 reviews", "nothing", "loss, new") / 2, rel=0.15
    )


def test_every_study_but_two_ends_alike_from_every_seed():
    verdicts = stored_scores.newest("applications")["verdicts"]
    assert {study for study, words in verdicts.items() if len(set(words)) > 1} <= {"patients", "temperature"}
    assert not any("attention wins" in verdicts[study] for study in ("patients", "temperature"))
    assert {words[0] for words in verdicts.values()} == {"attention wins", "the baseline wins", "a tie"}


def test_on_every_split_rotary_positions_beat_counting_and_learned_ones_do_not():
    for seed in range(3):
        rows = [row for row in stored_scores.newest("gpt")["scores"] if row["seed"] == seed]
        bits = {row["model"]: row["bits_per_character"] for row in rows}
        counted = min(value for model, value in bits.items() if "gram" in model)
        assert bits["GPT, rotary positions"] < counted < bits["GPT, learned positions"]


def test_the_newest_is_taken_and_no_other_name(tmp_path):
    for stem in ("a_2026-01-02", "a_2026-11-01", "a_quick_2026-12-01", "ab_2026-12-01"):
        (tmp_path / f"{stem}.json").write_text(json.dumps({"stem": stem}))
    assert stored_scores.newest("a", tmp_path) == {"stem": "a_2026-11-01"}
    assert stored_scores.newest("b", tmp_path) == stored_scores.NOTHING


def test_a_table_leaves_out_what_a_model_has_no_score_for():
    rows = [{"task": "a", "model": "x", "seed": 0, "one": 0.5}, {"task": "a", "model": "y", "seed": 0, "two": 0.25}]
    other = {"task": "b", "model": "z", "seed": 0, "one": 0.9}
    lines = stored_scores.table({"scores": [*rows, other]}, "a").splitlines()
    assert [line.split() for line in lines] == [
        ["a", "one", "two"],
        ["x", "0.50", "(0.50–0.50)", "–"],
        ["y", "–", "0.25", "(0.25–0.25)"],
    ]
    assert stored_scores.table(stored_scores.NOTHING, "a") == "a: nothing stored here"


def test_differences_are_taken_within_each_seed_that_both_models_have():
    scores = {("x", 1): 0.5, ("x", 0): 0.25, ("y", 0): 0.5, ("y", 1): 0.25, ("y", 2): 0.75}
    rows = [{"task": "a", "model": m, "seed": seed, "one": score} for (m, seed), score in scores.items()]
    rows += [{"task": "b", "model": "x", "seed": 0, "one": 0.9}, {"task": "a", "model": "x", "seed": 2, "two": 0.1}]
    assert stored_scores.differences({"scores": rows}, "a", "x", "y", "one") == [-0.25, 0.25]
    assert stored_scores.differences(stored_scores.NOTHING, "a", "x", "y", "one") == []
