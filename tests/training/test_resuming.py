"""A training that was interrupted goes on with the same numbers, and no file of anybody else is lost or run."""

import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mha_lib.training import loop as training
from mha_lib.training import resuming
from mha_lib.training.resuming import Checkpoints, kept_weights


class Interrupted(Exception):
    """What a test throws into a training."""


def model(seed=0, width=5):
    """Return a small model with dropout, whose weights are drawn from a seed."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(3, width), torch.nn.Dropout(0.5), torch.nn.Linear(width, 1))


def examples(seed=0, epochs=6):
    """Return 12 batches of 7 examples."""
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(rng.normal(size=(14, 3)).astype("float32"))
    return training.batches(rng, x, x[:, :1] ** 2, size=7, epochs=epochs)


def squared_error(model, x, y):
    return ((model(x) - y) ** 2).mean()


def early():
    return training.EarlyStop(squared_error, examples(9, 1), every=2, patience=50)


def interrupted_after(steps):
    """Return a loss that throws at the step after so many."""
    seen = []

    def loss(model, x, y):
        seen.append(x)
        if len(seen) > steps:
            raise Interrupted
        return squared_error(model, x, y)

    return loss


@pytest.mark.parametrize("steps", [4, 7])
def test_an_interrupted_training_ends_with_the_numbers_of_one_that_was_not(tmp_path, steps):
    whole, stop = model(), early()
    losses = training.train(whole, squared_error, examples(), lr=0.1, stop=stop)
    with pytest.raises(Interrupted):
        training.train(
            model(), interrupted_after(steps), examples(), lr=0.1, stop=early(), checkpoints=Checkpoints(tmp_path, 3)
        )
    torch.rand(100)  # somebody else used the dice meanwhile
    again, resumed = model(), early()
    seen = training.train(again, squared_error, examples(), lr=0.1, stop=resumed, checkpoints=Checkpoints(tmp_path, 3))
    assert seen == losses
    assert resumed.scores == stop.scores
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), again.parameters(), strict=True))


def test_only_the_steps_since_the_last_writing_are_taken_again(tmp_path):
    with pytest.raises(Interrupted):
        training.train(model(), interrupted_after(8), examples(), checkpoints=Checkpoints(tmp_path, 3))
    taken = []
    training.train(
        model(),
        lambda m, x, y: taken.append(x) or squared_error(m, x, y),
        examples(),
        checkpoints=Checkpoints(tmp_path, 3),
    )
    assert len(taken) == 12 - 6


def test_a_training_that_is_over_is_read_and_not_repeated(tmp_path):
    first, second = model(), model()
    stop = training.EarlyStop(squared_error, examples(9, 1), every=1, patience=1)
    losses = training.train(first, squared_error, examples(), lr=1.0, stop=stop, checkpoints=Checkpoints(tmp_path))
    assert len(losses) < 12
    again = training.train(second, interrupted_after(0), examples(), lr=1.0, checkpoints=Checkpoints(tmp_path))
    assert again == losses
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not second.training


def test_the_kept_weights_are_the_best_ones_if_somebody_chose_them(tmp_path):
    values = iter([1.0, 2.0, 3.0])
    stop = training.EarlyStop(lambda m, x: torch.tensor(next(values)), [(torch.zeros(1),)], every=4)
    best, last = model(), model()
    training.train(best, squared_error, examples(), lr=0.1, stop=stop, checkpoints=Checkpoints(tmp_path / "best"))
    training.train(last, squared_error, examples(), lr=0.1, checkpoints=Checkpoints(tmp_path / "last"))
    other = model(seed=3)
    for made, folder in ((best, "best"), (last, "last")):
        other.load_state_dict(kept_weights(tmp_path / folder))
        assert torch.equal(other[0].weight, made[0].weight)
    assert not torch.equal(best[0].weight, last[0].weight)


OTHERS = {
    "model of another width": (lambda: (model(width=6), examples(), 0.1), "model was Sequential of 26 numbers, now"),
    "model of another seed": (lambda: (model(seed=1), examples(), 0.1), r"model at the start \(checksum\) was"),
    "other batches": (lambda: (model(), examples(seed=1), 0.1), r"batches \(checksum\) was"),
    "more batches": (lambda: (model(), examples(epochs=7), 0.1), "number of batches was 12, now 14"),
    "another rate": (lambda: (model(), examples(), 0.2), "lr was 0.1, now 0.2"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_checkpoint_of_another_training_is_refused_and_stays(tmp_path, name):
    training.train(model(), squared_error, examples(), lr=0.1, checkpoints=Checkpoints(tmp_path))
    before = (tmp_path / "training.safetensors").read_bytes()
    make, said = OTHERS[name]
    other, made, lr = make()
    with pytest.raises(ValueError, match=rf"is of another training: .*{said}.*choose another folder"):
        training.train(other, squared_error, made, lr=lr, checkpoints=Checkpoints(tmp_path, every=1))
    assert (tmp_path / "training.safetensors").read_bytes() == before


def test_a_pickle_is_never_run(tmp_path):
    class Trap:
        """Makes a file when it is unpickled."""

        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    path = tmp_path / "training.safetensors"
    for content in (pickle.dumps(Trap()), b"", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"training\.safetensors (is not a safetensors file|says format None)"):
            training.train(model(), squared_error, examples(), checkpoints=Checkpoints(tmp_path))
        assert path.read_bytes() == content
    assert not (tmp_path / "sprung").exists()


def test_a_file_that_somebody_else_wrote_is_refused_and_stays(tmp_path):
    path = tmp_path / "training.safetensors"
    save_file({"weight": torch.zeros(3)}, path, metadata={"format": "pt"})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="says format 'pt'; only 'mha_lib training 1'"):
        training.train(model(), squared_error, examples(), checkpoints=Checkpoints(tmp_path))
    assert path.read_bytes() == before


def test_a_writing_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    training.train(model(), squared_error, examples(), checkpoints=Checkpoints(tmp_path))
    path = tmp_path / "training.safetensors"
    before = path.read_bytes()

    def half(tensors, file, metadata):
        file.write_bytes(before[:100])
        raise Interrupted

    def interrupted(source, target):
        raise Interrupted

    for place, name, failing in ((resuming, "save_file", half), (resuming.os, "replace", interrupted)):
        with monkeypatch.context() as patched:
            patched.setattr(place, name, failing)
            with pytest.raises(Interrupted):
                resuming.write(path, {"new": torch.zeros(1)}, {})
        assert path.read_bytes() == before


def test_tied_weights_can_be_kept(tmp_path):
    tied = model(width=3)
    tied[2] = torch.nn.Linear(3, 3)
    tied[2].weight = tied[0].weight
    training.train(tied, squared_error, examples(), checkpoints=Checkpoints(tmp_path))
    assert torch.equal(kept_weights(tmp_path)["2.weight"], tied[0].weight)


def test_a_folder_without_a_training_and_a_file_in_its_place_are_told_apart(tmp_path):
    with pytest.raises(ValueError, match=r"there is no .*training\.safetensors; a training with Checkpoints"):
        kept_weights(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file; checkpoints need a folder"):
        Checkpoints(tmp_path / "file")
    with pytest.raises(ValueError, match=r"every \(0\) must be at least 1"):
        Checkpoints(tmp_path, every=0)
