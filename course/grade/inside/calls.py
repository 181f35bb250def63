"""The ways in which an answer is called: on arrays, for its parts, on tensors, as a module with given parameters.

The same is written in the course, for self-study. Here it stands apart, because the sandbox has no course code. An
exercise that needs another way lends the function that calls, `module:name`, as it lends parts of the library.
"""

import importlib

import numpy as np


def call(kind, names, function, arguments, keywords):
    """Return what an answer gives, in the way that `kind` says: "plain", "parts", "tensor", "module", or lent."""
    if kind == "plain":
        return function(*arguments, **keywords)
    if kind == "parts":
        return in_parts(function(*arguments, **keywords), names)
    if kind == "tensor":
        tensors = [as_tensor(value) for value in arguments]
        return parts(function(*tensors, **keywords), dict(zip(names, tensors, strict=False)))
    if kind == "module":
        return call_module(function, *arguments, **keywords)
    module, _, name = kind.partition(":")
    return getattr(importlib.import_module(module), name)(function, *arguments, **keywords)


def in_parts(value, names):
    """Return the parts of a tuple by name."""
    if not isinstance(value, tuple) or len(value) != len(names):
        raise TypeError(f"return a tuple of {len(names)}: {', '.join(names)}")
    return dict(zip(names, value, strict=True))


def call_module(cls, config, parameters, inputs):
    """Return the parts of what a module computes, in evaluation mode and float64, with these parameters."""
    import torch

    tensors = {name: as_tensor(value) for name, value in inputs.items()}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        module = cls(**config).double().eval()
        load(module, parameters)
        output = module(**tensors)
    return parts(output, {**tensors, **dict(module.named_parameters())})


def load(module, parameters):
    """Copy arrays into a module's parameters by name. Raises ValueError, in words, where they do not fit."""
    import torch

    own = dict(module.named_parameters())
    missing, surplus = sorted(parameters.keys() - own.keys()), sorted(own.keys() - parameters.keys())
    if missing:
        raise ValueError(f"your module has no parameter {', '.join(missing)}; it has: {', '.join(own) or 'none'}")
    if surplus:
        raise ValueError(f"your module has parameters that it should not need: {', '.join(surplus)}")
    with torch.no_grad():
        for name, value in parameters.items():
            if own[name].shape != value.shape:
                raise ValueError(f"{name} has shape {tuple(own[name].shape)} in your module, but needs {value.shape}")
            own[name].copy_(torch.from_numpy(value))


def as_tensor(value):
    """Return an array as a tensor on the same memory, floats requiring gradients; anything else as it is."""
    import torch

    if not isinstance(value, np.ndarray):
        return value
    tensor = torch.from_numpy(value)
    return tensor.requires_grad_() if tensor.is_floating_point() else tensor


def parts(output, leaves):
    """Return the output and the gradients of the leaves as a dict of arrays; no gradient counts as zeros."""
    import torch

    leaves = {name: leaf for name, leaf in leaves.items() if isinstance(leaf, torch.Tensor) and leaf.requires_grad}
    if not isinstance(output, torch.Tensor):
        return {"output": output} | {
            f"gradient of {name}": np.zeros(tuple(leaf.shape)) for name, leaf in leaves.items()
        }
    gradients = [None] * len(leaves)
    if output.requires_grad and leaves:
        weights = torch.cos(torch.arange(output.numel(), dtype=output.dtype)).reshape(output.shape)
        gradients = torch.autograd.grad((output * weights).sum(), list(leaves.values()), allow_unused=True)
    result = {"output": output.detach().numpy().copy()}
    for (name, leaf), gradient in zip(leaves.items(), gradients, strict=True):
        missing = gradient is None
        result[f"gradient of {name}"] = np.zeros(tuple(leaf.shape)) if missing else gradient.detach().numpy().copy()
    return result
