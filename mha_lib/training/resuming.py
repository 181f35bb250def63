"""Chapter 9. Resuming: a training that is written to a file now and then, so that it can go on with the same numbers.

The file is in the format safetensors: names, numbers and a few words of text. Reading it runs nothing, wherever it
comes from, unlike a pickle, which may hold any program.
"""

import json
import os
import zlib
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

FORMAT = "mha_lib training 1"
MODEL, BEST, OPTIMISER = "model.", "best.", "optimiser."


class Checkpoints:
    """Where a training is kept: the file `training.safetensors` in a folder, which is made if need be.

    every  steps between two writings; the last step is written in any case

    Pass it to `train` as `checkpoints`, and the same call goes on where the file is: weights, the optimiser's memory,
    losses, the best weights so far, and PyTorch's random numbers, so that dropout throws the same dice. A training that
    is over is not repeated; its model is read. On the same machine the numbers are the same as without a pause.

    A file belongs to one training: to its model as it was at the start, its batches and its settings. Any other
    training is refused, and the file stays. What cannot be seen is the loss: give each training a folder of its own.
    Raises ValueError if `every` is below 1, the folder is a file, or the file is of another training or another kind.
    """

    def __init__(self, folder, every=100):
        if every < 1:
            raise ValueError(f"every ({every}) must be at least 1 step")
        folder = Path(folder)
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is a file; checkpoints need a folder of their own")
        self.path, self.every, self.identity = folder / "training.safetensors", every, None

    def resume(self, run):
        """Set a run, before its first step, to where its file is; without a file it stays at its start."""
        self.identity = identity(run)
        if self.path.exists():
            tensors, words = read(self.path)
            check_identity(self.path, json.loads(words["identity"]), self.identity)
            restore(run, tensors)
            run.num_steps = int(words["num_steps"])

    def keep(self, run):
        """Write a run if a writing is due, or if it is over."""
        if len(run.losses) % self.every == 0 or len(run.losses) == run.num_steps:
            words = {"format": FORMAT, "identity": json.dumps(self.identity), "num_steps": str(run.num_steps)}
            write(self.path, state(run), words)


def kept_weights(folder):
    """Return the weights that a training kept in `folder`, name -> tensor: the best ones, or else the last.

    Pass them to `load_state_dict` of a model of the same shape, to use it without training on.
    Raises ValueError if there are none.
    """
    tensors, _ = read(Path(folder) / "training.safetensors")
    return part(tensors, BEST) or part(tensors, MODEL)


def identity(run):
    """Return what tells a training from others, name -> value: its settings, and checksums of batches and model."""
    weights = run.model.state_dict()
    numbers = sum(tensor.numel() for tensor in weights.values())
    return run.settings | {
        "number of batches": len(run.made),
        "batches (checksum)": checksum(tensor for batch in run.made for tensor in batch),
        "model": f"{type(run.model).__name__} of {numbers:,} numbers",
        "model at the start (checksum)": checksum(weights.values(), " ".join(weights)),
    }


def checksum(tensors, text=""):
    """Return eight hexadecimal digits that another text, or a tensor of another shape, type or number, would change."""
    value = zlib.crc32(text.encode())
    for tensor in tensors:
        value = zlib.crc32(f"{tuple(tensor.shape)} {tensor.dtype}".encode(), value)
        value = zlib.crc32(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy(), value)
    return f"{value:08x}"


def check_identity(path, theirs, ours):
    """Raise ValueError, naming each difference, unless a file is of this training."""
    different = [f"{name} was {theirs.get(name)}, now {ours[name]}" for name in ours if theirs.get(name) != ours[name]]
    if different:
        raise ValueError(
            f"{path} is of another training: {'; '.join(different)}. To go on with it, give the same batches and "
            "settings, and a model that begins with the same weights (seed it); else choose another folder."
        )


def state(run):
    """Return all numbers of a run by name: whatever `restore` needs."""
    weights, best = run.model.state_dict(), run.best or {}
    optimiser = run.optimiser.state_dict()["state"]
    return {
        **{MODEL + name: tensor for name, tensor in weights.items()},
        **{BEST + name: tensor for name, tensor in best.items()},
        **{f"{OPTIMISER}{i}.{key}": tensor for i, entry in optimiser.items() for key, tensor in entry.items()},
        "losses": torch.tensor(run.losses, dtype=torch.float64),
        "held_out.steps": torch.tensor(list(run.held_out), dtype=torch.int64),
        "held_out.losses": torch.tensor(list(run.held_out.values()), dtype=torch.float64),
        "dice": torch.get_rng_state(),
    }


def restore(run, tensors):
    """Set a run to the numbers that `state` returned, and PyTorch's random numbers with it."""
    run.model.load_state_dict(part(tensors, MODEL))
    run.best = part(tensors, BEST) or None
    memory = {}
    for name, tensor in part(tensors, OPTIMISER).items():
        index, _, key = name.partition(".")
        memory.setdefault(int(index), {})[key] = tensor
    run.optimiser.load_state_dict(run.optimiser.state_dict() | {"state": memory})
    run.losses[:] = tensors["losses"].tolist()
    run.held_out = dict(zip(tensors["held_out.steps"].tolist(), tensors["held_out.losses"].tolist(), strict=True))
    torch.set_rng_state(tensors["dice"])


def part(tensors, prefix):
    """Return the tensors whose names begin with a prefix, under the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def read(path):
    """Return (tensors by name, words by name) of a file that `write` wrote. Raises ValueError if it is another's."""
    if not path.is_file():
        raise ValueError(f"there is no {path}; a training with Checkpoints({str(path.parent)!r}) would write it")
    try:
        with safe_open(path, "pt") as file:
            words = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file, or not a whole one: {error}") from error
    if words.get("format") != FORMAT:
        raise ValueError(
            f"{path} says format {words.get('format')!r}; only {FORMAT!r}, as Checkpoints writes it, is read"
        )
    return tensors, words


def write(path, tensors, words):
    """Write tensors and words to a file, which is the old one or the new one, whole, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    apart = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}  # tied ones too
    save_file(apart, unfinished, metadata=words)
    os.replace(unfinished, path)
