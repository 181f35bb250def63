"""Chapter 9. Processes: one training on several of them, with the numbers of one.

Every process holds the whole model and all batches. Of each batch it takes its share of the rows; the gradients are
summed over the processes before the step, so all of them take the same step and stay the same model. That is what
`torch.nn.parallel.DistributedDataParallel` does, which also sends gradients while others are still computed.

`torchrun` starts the processes and tells each of them who it is. A program that is started without it is a group of
one, and runs the same lines.
"""

import contextlib
import os
from datetime import timedelta

import torch
import torch.distributed as dist

PATIENCE = timedelta(minutes=5)  # a process that hears nothing of the others for so long gives up


@contextlib.contextmanager
def group(timeout=PATIENCE):
    """Join the processes that `torchrun` started, for the time of a `with`; without it, be a group of one.

    GPUs are used where each process of a machine can have one, else the processor.
    """
    backend = "nccl" if device().type == "cuda" else "gloo"
    if dist.is_torchelastic_launched():
        dist.init_process_group(backend, timeout=timeout)
    else:
        dist.init_process_group(backend, store=dist.HashStore(), rank=0, world_size=1)
    try:
        yield
    finally:
        dist.destroy_process_group()


def device():
    """Return the device of this process: a GPU of its own if the machine has enough of them, else the processor."""
    here, number = (
        int(os.environ.get(name, default)) for name, default in (("LOCAL_WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )
    return torch.device("cuda", number) if torch.cuda.device_count() >= here else torch.device("cpu")


def is_first():
    """Return whether this process is the first of its group: the one that reports and writes files."""
    return dist.get_rank() == 0


def sum_gradients(model):
    """Have the gradient of every parameter summed over the group as soon as it is there, from now on.

    The models must have the same weights at the start, from one seed; afterwards they stay the same by themselves.
    Source: Goyal et al., 2017, section 2.3: divide by the examples of all processes, then sum.
    """
    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(lambda parameter: dist.all_reduce(parameter.grad))


def shared(loss, count):
    """Return a loss that takes this process's share of a batch and is worth the whole batch's loss.

    loss   a function (model, *batch) -> the mean over the things that `count` counts
    count  a function of (*batch) -> how many things that is: examples, or tokens that are no padding

    Its gradient is this share's part of the whole gradient, to be summed by `sum_gradients`. Process r of p takes rows
    r, r + p, r + 2p and so on, and moves them to its device.
    Raises ValueError if a batch has fewer rows than there are processes.
    """

    def share(model, *batch):
        rank, size, rows = dist.get_rank(), dist.get_world_size(), len(batch[0])
        if rows < size:
            raise ValueError(f"a batch of {rows} rows cannot be divided among {size} processes; make it larger")
        mine = [tensor[rank::size] for tensor in batch]
        part = loss(model, *(tensor.to(device()) for tensor in mine)) * (count(*mine) / count(*batch))
        whole = part.detach().clone()
        dist.all_reduce(whole)
        return part + (whole - part).detach()

    return share


def on_device(loss):
    """Return a loss that moves its batch to this process's device first."""
    return lambda model, *batch: loss(model, *(tensor.to(device()) for tensor in batch))


class OneWriter:
    """Checkpoints that every process reads, and only the first one writes."""

    def __init__(self, checkpoints):
        self.checkpoints = checkpoints

    def resume(self, run):
        """Set a run to where the file is."""
        self.checkpoints.resume(run)

    def keep(self, run):
        """Write a run, if this process is the first."""
        if is_first():
            self.checkpoints.keep(run)
