"""Two processes train what one would, each on its own rows, and end cleanly."""

import os
import subprocess
import sys

import pytest
import torch

from mha_lib.training import loop as training
from mha_lib.training import processes
from mha_lib.training.resuming import kept_weights, read
from mha_lib.translation import train as train_translation
from mha_lib.translation.translator import num_labels, translation_loss

COMMAND = ("--days", "40", "--steps", "6", "--batch", "9", "--every", "4")
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def command(*parts):
    """Return what a command says, run on one thread a process and the machine's own network alone, in time."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, *parts], env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return the folders of one training in one process and in two, and what the commands said."""
    one, two = (tmp_path_factory.mktemp(name) for name in ("one", "two"))
    said = command("-m", "mha_lib.translation.train", str(one), *COMMAND)
    return one, two, said, command(*TORCHRUN, "-m", "mha_lib.translation.train", str(two), *COMMAND)


def without_key_biases(name, tensor):
    """Return a weight, but of a bias of q, k and v the parts for q and v: that of the keys has no gradient but noise.

    It adds one number to all scores of a query, which the softmax takes away; AdamW makes whole steps of the noise.
    """
    return torch.cat([tensor.chunk(3)[0], tensor.chunk(3)[2]]) if name.endswith("project_qkv.bias") else tensor


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: names the loopback interface as Linux does")
def test_two_processes_end_with_the_weights_of_one(folders):
    one, two = (kept_weights(folder) for folder in folders[:2])
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        ours, wanted = (without_key_biases(name, each) for each in (two[name], tensor))
        torch.testing.assert_close(ours, wanted, rtol=0, atol=1e-4, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: names the loopback interface as Linux does")
def test_two_processes_have_the_losses_of_one_at_every_step(folders):
    (one, _), (two, _) = (read(folder / "training.safetensors") for folder in folders[:2])
    for name in ("losses", "held_out.losses"):
        torch.testing.assert_close(two[name], one[name], rtol=0, atol=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: names the loopback interface as Linux does")
def test_two_processes_say_once_what_one_says(folders):
    assert folders[3].splitlines() == folders[2].splitlines()
    assert folders[2].startswith("6 steps, last loss ")


@pytest.fixture
def alone():
    """Be a group of one for the time of a test."""
    with processes.group():
        yield


def test_a_program_without_torchrun_is_a_group_of_one(alone):
    assert processes.is_first()
    model = torch.nn.Linear(2, 1, bias=False)
    processes.sum_gradients(model)
    loss = processes.shared(lambda model, x: model(x).mean(), len)
    value = loss(model, torch.ones(3, 2))
    value.backward()
    assert value.item() == pytest.approx(model.weight.sum().item())
    assert model.weight.grad.tolist() == [[1.0, 1.0]]


def test_a_share_is_weighed_by_what_it_counts(alone, monkeypatch):
    """One of two processes, the other silent: it takes rows 0 and 2, which hold 3 of the batch's 4 labels."""
    monkeypatch.setattr(processes.dist, "get_world_size", lambda: 2)
    taken = []
    loss = processes.shared(lambda model, x: taken.append(x.tolist()) or x[x > 0].mean(), lambda x: int((x > 0).sum()))
    rows = torch.tensor([[4.0, 2.0], [8.0, 0.0], [3.0, 0.0]])
    assert loss(None, rows).item() == pytest.approx((4 + 2 + 3) / 4)
    assert taken == [[[4.0, 2.0], [3.0, 0.0]]]


def test_a_batch_smaller_than_the_group_is_refused(alone, monkeypatch):
    monkeypatch.setattr(processes.dist, "get_world_size", lambda: 3)
    with pytest.raises(ValueError, match="2 rows cannot be divided among 3 processes"):
        processes.shared(translation_loss, num_labels)(None, torch.ones(2, 2), torch.ones(2, 2))


def test_only_the_first_process_writes_and_all_read(alone, monkeypatch):
    asked = []

    class Noted(training.Nowhere):
        resume = keep = lambda self, run: asked.append(run)

    for rank in (0, 1):
        monkeypatch.setattr(processes.dist, "get_rank", lambda rank=rank: rank)
        processes.OneWriter(Noted()).resume(f"read by {rank}")
        processes.OneWriter(Noted()).keep(f"written by {rank}")
    assert asked == ["read by 0", "written by 0", "read by 1"]


def test_the_command_goes_on_where_it_stopped_and_says_how_good_the_model_is(tmp_path, capsys):
    given = [str(tmp_path), "--days", "30", "--steps", "3", "--batch", "8"]
    train_translation.main(given)
    before = (tmp_path / "training.safetensors").stat().st_mtime_ns
    train_translation.main(given)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == said[1]
    assert said[0].endswith("of 200 dates of other days, 0.0% right.")
    assert (tmp_path / "training.safetensors").stat().st_mtime_ns == before
