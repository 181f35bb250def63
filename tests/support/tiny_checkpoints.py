"""Tiny checkpoints in Hugging Face's format, as the tests of the three readers write them."""

import json
import os
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

transformers = pytest.importorskip("transformers")
needs_hub = pytest.mark.skipif(
    os.environ.get("MHA_HUB_TESTS") != "1",
    reason="needs models of the Hugging Face hub: set MHA_HUB_TESTS=1, with a network",
)


def write_perturbed(folder, kind, config):
    """Return a model of transformers of a class named `kind`, after writing it to the folder.

    All weights are moved off their start, where norms of 1 and biases of 0 would hide a mistake.
    """
    torch.manual_seed(5)
    model = getattr(transformers, kind)(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    return model


def copy_changed(source, target, settings=None, edit=None):
    """Return `target`, a copy of the checkpoint in `source` with other settings and its tensors edited in place."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    config = json.loads((source / "config.json").read_text()) | (settings or {})
    tensors = load_file(source / "model.safetensors")
    if edit:
        edit(tensors)
    (target / "config.json").write_text(json.dumps(config))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, target / "model.safetensors")
    return target
