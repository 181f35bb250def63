"""Chapter 10. Checkpoint files: what all readers of a folder in Hugging Face's format share, whatever the model.

Such a folder holds config.json (the sizes), model.safetensors (the tensors, by name) and a tokenizer. Nothing is ever
downloaded here. A reader builds its model from the configuration and takes each tensor by name and shape; what does
not fit is refused by name, for a model that loads almost right is worse than none.
"""

import json
import os
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer


def find_folder(folder):
    """Return the path of a local folder, or of a model in the hub's cache. Raises ValueError if there is neither.

    The cache is where the hub's own tools put it: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.
    """
    if Path(folder).is_dir():
        return Path(folder)
    cache = hub_cache()
    model = cache / f"models--{folder}".replace("/", "--")
    main = model / "refs" / "main"
    if main.is_file():
        return model / "snapshots" / main.read_text("utf-8").strip()
    raise ValueError(
        f"{folder} is no folder here, and the hub's cache ({cache}) holds no model of that name. Nothing is downloaded "
        f"for you: give a folder, or fetch the model first, as with `hf download {folder}`"
    )


def hub_cache():
    """Return the folder in which the hub's own tools keep what they have downloaded."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "huggingface"
    return Path(os.environ.get("HF_HUB_CACHE", Path(os.environ.get("HF_HOME", home)) / "hub")).expanduser()


def needed(folder, name):
    """Return the path of a file in the folder. Raises ValueError if it is not there."""
    if not (folder / name).is_file():
        raise ValueError(f"{folder} has no {name}; a checkpoint needs config.json, model.safetensors and a tokenizer")
    return folder / name


def read_config(folder):
    """Return what config.json says. Raises ValueError if it is no JSON object."""
    path = needed(folder, "config.json")
    try:
        config = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} must hold a JSON object, got a {type(config).__name__}")
    return config


def architecture(config, known, usual):
    """Return the name of the model's class. Raises ValueError unless it is one of `known`.

    known  the names of the classes that can be read   usual  model_type -> the class of a file that names none

    >>> architecture({"model_type": "gpt2"}, ["GPT2Model"], {"gpt2": "GPT2Model"})
    'GPT2Model'
    """
    model_type = config.get("model_type")
    names = config.get("architectures") or ([usual[model_type]] if model_type in usual else [])
    if len(names) != 1 or names[0] not in known:
        raise ValueError(
            f"unsupported architecture: config.json has architectures {names} and model_type "
            f"{model_type!r}; one of {list(known)} is needed"
        )
    return names[0]


def check_fixed(config, fixed):
    """Raise ValueError naming the first setting that has another value than the only one that can be read.

    fixed  setting -> that value, which a file also means where it is silent

    >>> check_fixed({"hidden_act": "relu"}, {"hidden_act": "gelu"})
    Traceback (most recent call last):
    ValueError: unsupported hidden_act in config.json: 'relu'; only 'gelu' can be read
    """
    for setting, value in fixed.items():
        if config.get(setting, value) != value:
            raise ValueError(f"unsupported {setting} in config.json: {config[setting]!r}; only {value!r} can be read")


def renamed(config, names):
    """Return the settings under our names. Raises ValueError naming those that are missing.

    names  theirs -> ours

    >>> renamed({"n_head": 12, "n_ctx": 1024}, {"n_head": "num_heads"})
    {'num_heads': 12}
    """
    missing = [name for name in names if name not in config]
    if missing:
        raise ValueError(f"config.json lacks {', '.join(missing)}")
    return {ours: config[name] for name, ours in names.items()}


def read_tensors(folder):
    """Return the tensors of model.safetensors by name. Raises ValueError if the file is not there."""
    return load_file(needed(folder, "model.safetensors"))


def fitted(model, tensors, sources):
    """Return a state for `model` out of the stored tensors. Raises ValueError naming the first that does not fit.

    tensors  name -> tensor   sources  a function: our name -> the names of the tensors that make it, to be stacked

    Every tensor of the model must be there with the right shape, and every stored one must be used. Two of ours may
    have the same source.
    """
    state, unused = {}, set(tensors)
    for name, wanted in model.state_dict().items():
        names = sources(name)
        shape = (len(wanted) // len(names), *wanted.shape[1:])
        parts = [fitting(tensors, source, shape) for source in names]
        state[name] = torch.cat(parts)
        unused -= set(names)
    if unused:
        raise ValueError(f"model.safetensors has tensors that have no place in this model: {', '.join(sorted(unused))}")
    return state


def fitting(tensors, name, shape):
    """Return the tensor of this name. Raises ValueError if it is missing or has another shape."""
    if name not in tensors:
        raise ValueError(f"model.safetensors lacks {name}, which must have shape {shape}")
    if tensors[name].shape != shape:
        raise ValueError(f"{name} has shape {tuple(tensors[name].shape)}, but by config.json it must be {shape}")
    return tensors[name]


def read_tokenizer(folder, vocab_size, others):
    """Return the folder's tokenizer, of the package `tokenizers`; it neither cuts nor pads, whatever its file says.

    others  a file's name -> a function that makes a tokenizer from the folder, for where there is no tokenizer.json

    Raises ValueError if there is no such file, or if there are more than `vocab_size` tokens.
    """
    makers = {"tokenizer.json": from_json} | others
    found = [name for name in makers if (folder / name).is_file()]
    if not found:
        raise ValueError(f"{folder} has no tokenizer: neither {' nor '.join(makers)}")
    tokenizer = makers[found[0]](folder)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    check_vocabulary(tokenizer, vocab_size)
    return tokenizer


def from_json(folder):
    """Return the tokenizer that tokenizer.json describes."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def check_vocabulary(tokenizer, vocab_size):
    """Raise ValueError if the tokenizer has tokens without an embedding."""
    if tokenizer.get_vocab_size() > vocab_size:
        raise ValueError(
            f"the tokenizer has {tokenizer.get_vocab_size()} tokens, the model only {vocab_size} embeddings"
        )
