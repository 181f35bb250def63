"""course.pretrain from end to end on a tiny text and a tiny encoder, and its parts against what they claim."""

import dataclasses
import json
import math
import os
import signal
from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer

from course.errors import CourseError
from course.pretrain import __main__ as pretrain
from course.pretrain import data as pretrain_data
from course.pretrain import loop as pretrain_loop
from course.pretrain import scores as pretrain_scores
from course.pretrain.data import END, HIDDEN, SPECIAL, START
from course.pretrain.loop import Recipe, Training
from mha_lib.bert import guessing
from mha_lib.bert.checkpoints import load_encoder
from mha_lib.bert.corpus import Docstring

TINY = Recipe(
    minutes=6, vocab_size=90, d_model=32, num_heads=4, d_ff=64, num_layers=1, lr=1e-2, warm_up=10, matrix_lr=0.05
)
ANIMALS, VERBS, SIZES = ["cat", "dog", "horse", "bird", "fish"], ["chased", "saw", "heard"], ["small", "large", "old"]


@pytest.fixture(scope="module")
def docstrings():
    """Return sentences of one pattern in forty modules."""
    return [
        Docstring("animals", f"animals.m{(i * 7) % 40}", f"The {a} {v} a {s} {b}, and then it {w} the other {a}.")
        for i, (a, v, s, b, w) in enumerate(
            (a, v, s, b, w) for a in ANIMALS for v in VERBS for s in SIZES for b in ANIMALS for w in VERBS
        )
    ]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def finished(docstrings, tmp_path_factory):
    """Return the folders of a run that is over, and what it said."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrain_loop, "time", clock())
        said = pretrain.pretrain(docstrings, TINY, folder / "build", folder / "out", every=100.0)
    return folder, said


def clock():
    """Return a clock by which every step takes a second, so that a budget of time means the same on any machine."""
    return SimpleNamespace(monotonic=iter(range(10_000)).__next__)


@pytest.fixture
def text(docstrings):
    """Return a stream of tokens."""
    tokenizer = pretrain_data.train_tokenizer([d.text for d in docstrings], TINY.vocab_size)
    return pretrain_data.stream(tokenizer, [d.text for d in docstrings])


def facts(folder):
    return json.loads((folder / "out" / "scores.json").read_text())


def weights(training):
    return torch.cat([p.detach().flatten() for p in training.encoder.parameters()])


def test_a_run_learns_more_than_counting_knows(finished):
    scores = facts(finished[0])["held_out"]
    encoder, bigram, unigram = (scores[name] for name in ("encoder, rows of 64", "left bigram", "unigram"))
    assert encoder["accuracy"] > bigram["accuracy"] > unigram["accuracy"]
    assert max(encoder["perplexity"], bigram["perplexity"]) < unigram["perplexity"] / 2
    assert f"encoder, rows of 64 {encoder['accuracy']:.1%}" in finished[1]


def test_what_is_written_can_be_loaded_and_scores_what_it_says(finished, docstrings):
    folder, _ = finished
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "README.md", "config.json", "model.safetensors", "scores.json", "tokenizer.json",
    ]  # fmt: skip
    encoder, tokenizer = load_encoder(folder / "out")
    _, held_out = pretrain.corpus.split(docstrings)
    rows, chosen = pretrain_scores.examples(pretrain_data.stream(tokenizer, [d.text for d in held_out]), 64, TINY.asked)
    assert pretrain_scores.encoder_score(encoder, rows, chosen) == facts(folder)["held_out"]["encoder, rows of 64"]


def test_each_package_has_a_score_of_its_own(finished, docstrings):
    folder, _ = finished
    encoder, tokenizer = load_encoder(folder / "out")
    _, held_out = pretrain.corpus.split(docstrings)
    package = held_out[0].package
    alone = [d.text for d in held_out if d.package == package]
    score = pretrain_scores.encoder_score(
        encoder, *pretrain_scores.examples(pretrain_data.stream(tokenizer, alone), 64, TINY.asked)
    )
    assert facts(folder)["held_out_by_package"][package] == score
    assert f"{score['accuracy']:.3f} |" in (folder / "out" / "README.md").read_text()


def test_a_note_in_the_diary_stands_in_the_model_card(finished):
    found = facts(finished[0])
    found["history"].append({"minutes": 2.0, "note": "Then the lights went out."})
    assert "Then the lights went out." in pretrain_scores.model_card(found)


def test_the_encoder_fills_a_gap(finished):
    encoder, tokenizer = load_encoder(finished[0] / "out")
    ids = torch.tensor([tokenizer.encode("the cat saw a small dog [MASK] and then it saw the other cat.").ids])
    with torch.no_grad():
        best = encoder.token_scores(encoder(ids))[ids == HIDDEN].argmax(-1)
    assert tokenizer.id_to_token(best.item()) == ","


def test_no_sentence_of_the_text_is_written(finished, docstrings):
    written = b"".join(path.read_bytes().lower() for path in finished[0].rglob("*") if path.is_file())
    assert not [d.text for d in docstrings if d.text[:14].lower().encode() in written]


def test_the_report_names_what_decided_the_run(finished):
    found = facts(finished[0])
    assert found["recipe"] == dataclasses.asdict(TINY)
    assert {"python", "torch", "numpy"} <= set(found["versions"])
    assert found["tokens_read"] >= found["steps"] * 1024 > 0
    assert (found["minutes"], found["steps"]) == (6.0, 360)
    assert [line["minutes"] for line in found["history"]] == [1.67, 3.33, 5.0, 6.0]
    assert found["history"][-1]["loss"] < found["history"][0]["loss"]
    assert found["text"]["held out"]["animals"]["characters"] < 0.06 * found["text"]["train"]["animals"]["characters"]
    assert os.uname().nodename not in json.dumps(found).split()


def test_the_model_card_tells_the_scores(finished):
    card, found = (finished[0] / "out" / "README.md").read_text(), facts(finished[0])
    for name, score in found["held_out"].items():
        easier = found["held_out_as_bert"][name]["accuracy"]
        assert f"| {name} | {score['accuracy']:.3f} | {score['perplexity']:.1f} | {easier:.3f} |" in card
    assert f"{found['steps']:,} steps" in card
    assert "seed 0" in card
    assert "--minutes 6" in card


def test_a_run_that_is_over_is_scored_again_without_training(finished, docstrings):
    folder, said = finished
    before = (folder / "build" / "state.pt").read_bytes()
    torch.set_num_threads(2)  # the fixture sets it back; the run that is scored had one
    assert pretrain.pretrain(docstrings, TINY, folder / "build", folder / "out") == said
    assert facts(folder)["threads"] == 1
    assert (folder / "build" / "state.pt").read_bytes() == before


def test_an_interrupted_run_stops_and_goes_on(docstrings, tmp_path, monkeypatch):
    step = Training.step
    seen = []

    def interrupted(training, tokens):
        step(training, tokens)
        seen.append(training.progress["steps"])
        if len(seen) == 4:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Training, "step", interrupted)
    recipe = dataclasses.replace(TINY, minutes=0.02)
    handler = signal.getsignal(signal.SIGINT)
    assert "goes on from here" in pretrain.pretrain(docstrings, recipe, tmp_path / "build", tmp_path / "out")
    assert seen == [1, 2, 3, 4]
    assert signal.getsignal(signal.SIGINT) is handler
    assert not (tmp_path / "out").exists()
    assert "Written" in pretrain.pretrain(docstrings, recipe, tmp_path / "build", tmp_path / "out")
    assert seen[4] == 5
    assert facts(tmp_path)["steps"] == seen[-1]


def test_a_run_in_two_parts_equals_one_in_one(text, tmp_path, monkeypatch):
    monkeypatch.setattr(pretrain_loop, "time", clock())
    recipe = dataclasses.replace(TINY, minutes=0.2)
    whole, first, second = (Training(recipe, "text") for _ in range(3))
    for _ in range(6):
        whole.step(text)
    for _ in range(3):
        first.step(text)
    first.save(tmp_path / "state.pt")
    second.resume(tmp_path / "state.pt")
    for _ in range(3):
        second.step(text)
    assert torch.equal(weights(whole), weights(second))
    assert not torch.equal(weights(whole), weights(first))
    assert second.progress == whole.progress


def test_a_machine_that_sleeps_does_not_use_up_the_budget(text, monkeypatch):
    monkeypatch.setattr(pretrain_loop, "time", SimpleNamespace(monotonic=iter([10.0, 10.5, 11.0, 7211.0]).__next__))
    training = Training(TINY, "text")
    training.step(text)
    training.step(text)
    assert training.progress["seconds"] == 0.5 + pretrain_loop.LONGEST_STEP


def test_a_file_of_another_run_is_refused_with_the_difference(tmp_path):
    Training(TINY, "one text").save(tmp_path / "state.pt")
    other = Training(dataclasses.replace(TINY, minutes=9.0, seed=4), "another text")
    with pytest.raises(CourseError, match=r"minutes was 6, now 9.0; seed was 0, now 4; text was one text, now another"):
        other.resume(tmp_path / "state.pt")


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "state.pt"
    Training(TINY, "text").save(path)
    before = path.read_bytes()

    def full(state, file):
        file.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(pretrain_loop.torch, "save", full)
    with pytest.raises(OSError, match="no space"):
        Training(TINY, "text").save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("accuracy", "refused"), [(0.999, True), (0.001, False)])
def test_a_better_encoder_is_not_overwritten(accuracy, refused, finished, tmp_path):
    made, out = finished[0] / "build" / "encoder", tmp_path / "out"
    out.mkdir()
    (out / "scores.json").write_text(json.dumps({"held_out": {"encoder, rows of 64": {"accuracy": accuracy}}}))
    before = (out / "scores.json").read_text()
    if refused:
        with pytest.raises(CourseError, match=r"better encoder: it guesses 99.9% .*Nothing there was touched"):
            pretrain.publish(made, out)
        assert [path.name for path in out.iterdir()] == ["scores.json"]
    else:
        pretrain.publish(made, out)
    assert ((out / "scores.json").read_text() == before) == refused


def test_a_problem_is_told_without_a_traceback(docstrings, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pretrain.corpus, "docstrings", lambda packages: docstrings)
    monkeypatch.setattr(pretrain, "pretrain", lambda *given: (_ for _ in ()).throw(CourseError(f"{given[1].minutes}")))
    assert pretrain.main(["--minutes", "7", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.strip() == "7.0"


def test_the_real_recipe_makes_a_file_of_at_most_three_megabytes():
    assert 2 * sum(p.numel() for p in Recipe().encoder().parameters()) < 2.7e6 + 1e4


def test_weights_start_as_wide_as_the_recipe_says_and_the_same_each_time():
    one, two = Recipe().encoder(), Recipe().encoder()
    spread = {name: p.std().item() for name, p in one.named_parameters() if p.ndim > 1}
    assert spread.pop("token_embedding.weight") == pytest.approx(0.1, rel=0.02)
    assert list(spread.values()) == pytest.approx([0.09] * 17, rel=0.02)  # four a block, and the head's
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert one.encoder.blocks[0].attention_norm.weight.eq(1).all()


@pytest.mark.parametrize(
    ("step", "share", "rate"),
    [
        (0, 0.0, 1 / 50),
        (24, 0.0, 0.5),
        (5000, 0.2, 1.0),
        (5000, 0.6, 0.5),
        (5000, 1.0, 0.0),
        (5000, 1.1, 0.0),
    ],
)
def test_the_learning_rate_follows_the_clock(step, share, rate):
    assert Recipe().rate(step, share) == pytest.approx(rate)


@pytest.mark.parametrize(("share", "tokens"), [(0.0, 2048), (0.49, 2048), (0.5, 4096), (1.0, 4096)])
def test_batches_grow(share, tokens):
    assert Recipe().num_rows(share) * 64 == tokens


def groups(training):
    """Return the group of its optimiser that each parameter belongs to, by the parameter's name."""
    found = {
        id(p): (type(o).__name__, group)
        for o in training.optimisers
        for group in o.param_groups
        for p in group["params"]
    }
    return {name: found.pop(id(p)) for name, p in training.encoder.named_parameters()}


def test_muon_turns_the_matrices_and_adamw_the_rest():
    kinds = {name: kind for name, (kind, _) in groups(Training(TINY, "")).items()}
    assert kinds.pop("token_embedding.weight") == "AdamW"
    assert {name for name, kind in kinds.items() if kind == "Muon"} == {
        name for name in kinds if name.endswith("weight") and "norm" not in name
    }


def test_matrices_and_embeddings_decay_and_vectors_do_not():
    training = Training(TINY, "")
    ndims = {name: p.ndim for name, p in training.encoder.named_parameters()}
    decays = {(ndims[name], group["weight_decay"]) for name, (_, group) in groups(training).items()}
    assert decays == {(2, 0.01), (1, 0.0)}


def test_each_optimiser_takes_its_own_rate():
    training = Training(TINY, "")
    training.step(torch.arange(5, 90).repeat(9))
    rates = {kind: group["lr"] for kind, group in groups(training).values()}
    assert rates == pytest.approx({"Muon": TINY.matrix_lr / TINY.warm_up, "AdamW": TINY.lr / TINY.warm_up})


def test_the_tokenizer_is_lower_case_and_cuts_words_into_pieces(docstrings):
    tokenizer = pretrain_data.train_tokenizer([d.text for d in docstrings], TINY.vocab_size)
    assert tokenizer.get_vocab_size() <= TINY.vocab_size
    assert [tokenizer.token_to_id(token) for token in SPECIAL] == [0, 1, 2, 3, 4]
    assert tokenizer.encode("The Cat").tokens == ["[CLS]", "the", "cat", "[SEP]"]
    assert tokenizer.encode("cats", "dog").tokens[-2:] == ["dog", "[SEP]"]
    assert tokenizer.decode(tokenizer.encode("cats, chased").ids) == "cats, chased"
    assert all(token.islower() or not token.isalpha() for token in tokenizer.get_vocab() if token not in SPECIAL)


def test_the_stream_closes_each_text(docstrings):
    tokenizer = pretrain_data.train_tokenizer([d.text for d in docstrings], TINY.vocab_size)
    tokens = pretrain_data.stream(tokenizer, ["The cat", "A dog"])
    names = [tokenizer.id_to_token(token) for token in tokens.tolist()]
    assert names == ["the", "cat", "[SEP]", "a", "dog", "[SEP]"]


def test_rows_follow_one_another_and_begin_with_the_start():
    rows = pretrain_data.all_rows(torch.arange(100, 110), 4)
    assert rows.tolist() == [[START, 100, 101, 102], [START, 103, 104, 105], [START, 106, 107, 108]]
    assert pretrain_data.all_rows(torch.arange(3), 4).tolist() == [[START, 0, 1, 2]]
    with pytest.raises(ValueError, match="rows of 5 need 4 tokens of text, got 3"):
        pretrain_data.all_rows(torch.arange(3), 5)


def test_random_rows_begin_anywhere():
    generator = torch.Generator().manual_seed(0)
    rows = pretrain_data.random_rows(torch.arange(10), 500, 4, generator)
    assert sorted(set(rows[:, 1].tolist())) == list(range(8))
    assert (rows[:, 3] - rows[:, 1]).eq(2).all()


def test_of_ten_chosen_tokens_eight_are_hidden_one_is_replaced_and_one_kept():
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, 50, (400, 1000), generator=generator)
    chosen = pretrain_data.choose_tokens(ids, 0.25, generator)
    before = ids.clone()
    spoiled = pretrain_data.corrupt_tokens(ids, chosen, 5000, generator)
    ordinary = ids >= len(SPECIAL)
    assert torch.equal(ids, before)
    assert chosen[ordinary].float().mean().item() == pytest.approx(0.25, abs=0.005)
    assert not chosen[~ordinary].any()
    assert torch.equal(spoiled[~chosen], ids[~chosen])
    hidden, kept = spoiled[chosen] == HIDDEN, spoiled[chosen] == ids[chosen]
    shares = [part.float().mean().item() for part in (hidden, kept, ~hidden & ~kept)]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.005)
    replaced = spoiled[chosen][~hidden & ~kept]
    assert (replaced.min().item(), replaced.max().item()) == (len(SPECIAL), 4999)


def test_the_loss_asks_only_about_chosen_tokens_and_answers_with_the_original(text):
    encoder = TINY.encoder().eval()
    rows = pretrain_data.all_rows(text, 16)[:40]
    generator = torch.Generator().manual_seed(7)
    loss = pretrain_loop.masked_loss(encoder, rows, TINY, generator)
    generator.manual_seed(7)
    chosen = pretrain_data.choose_tokens(rows, TINY.asked, generator)
    spoiled = pretrain_data.corrupt_tokens(rows, chosen, TINY.vocab_size, generator)
    log_probs = encoder.token_scores(encoder(spoiled)).log_softmax(-1)
    terms = [-log_probs[b, n, rows[b, n]] for b, n in chosen.nonzero().tolist()]
    torch.testing.assert_close(loss, sum(terms) / len(terms))


def test_the_baselines_equal_counting_by_hand():
    a, b, c = range(5, 8)
    train = torch.tensor([a, b, a, b, a, c, END])
    rows = torch.tensor([[START, a, b, c]])
    chosen = torch.tensor([[False, False, True, True]])
    scores = pretrain_scores.baseline_scores(train, rows, chosen, 8)
    unigram = [(2 + 1) / 15, (1 + 1) / 15]  # of b and c, one added to each of eight counts
    assert scores["unigram"]["perplexity"] == round(math.prod(unigram) ** -0.5, 2)
    assert scores["unigram"]["accuracy"] == 0.0
    by_k = [((2 + k * unigram[0]) / (3 + k) * (0 + k * unigram[1]) / (2 + k)) ** -0.5 for k in guessing.SMOOTHING]
    assert scores["left bigram"] == {"accuracy": 0.5, "perplexity": pytest.approx(min(by_k), abs=0.01)}


def test_a_perfect_guesser_scores_one():
    log_probs = torch.zeros(4)
    assert guessing.score(log_probs, torch.ones(4, dtype=torch.bool)) == {"accuracy": 1.0, "perplexity": 1.0}


def test_texts_that_differ_have_other_fingerprints():
    one, two = torch.tensor([1, 2, 3]), torch.tensor([1, 2, 4])
    assert pretrain_data.fingerprint(one) == pretrain_data.fingerprint(one.clone()) != pretrain_data.fingerprint(two)


def test_a_run_keeps_its_tokenizer(docstrings, tmp_path):
    first = pretrain.find_tokenizer(tmp_path, docstrings, TINY)
    again = pretrain.find_tokenizer(tmp_path, docstrings[:3], TINY)
    assert first.to_str() == again.to_str() == Tokenizer.from_file(str(tmp_path / "tokenizer.json")).to_str()
