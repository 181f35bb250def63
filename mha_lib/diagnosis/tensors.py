"""Calling a learner's PyTorch code on NumPy probes, forward and backward.

The answer has parts: the output, and the gradient of every input and parameter. So a mistake that only shows on the
way back, a detached tensor or a layer that was never registered, is seen as well.
"""

import numpy as np
import torch


def tensor_call(*names):
    """Return a way of calling a function of tensors; `names` are its parameters, to name the gradients.

    Arrays of floats become float64 tensors that require gradients; booleans, integers and numbers pass as they are.
    """

    def call(function, *args, **kwargs):
        tensors = [as_tensor(value) for value in args]
        output = function(*tensors, **kwargs)
        return parts(output, dict(zip(names, tensors, strict=False)))

    call.described = ("tensor", names)
    return call


def module_call(cls, config, parameters, inputs):
    """Return the parts of what a module of class `cls` computes, in evaluation mode and float64.

    config: the constructor's arguments   parameters: name -> array, as in named_parameters()   inputs: name -> array

    Random numbers are the same each time, so that dropout left on can be recognised.
    Raises ValueError if the module's parameters do not have these names and shapes.
    """
    tensors = {name: as_tensor(value) for name, value in inputs.items()}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)  # this one alone: torch.manual_seed prepares every kind of device
        module = cls(**config).double().eval()
        load(module, parameters)
        output = module(**tensors)
    return parts(output, {**tensors, **dict(module.named_parameters())})


module_call.described = ("module", ())


def load(module, parameters):
    """Copy arrays into a module's parameters by name."""
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
    if not isinstance(value, np.ndarray):
        return value
    tensor = torch.from_numpy(value)
    return tensor.requires_grad_() if tensor.is_floating_point() else tensor


def parts(output, leaves):
    """Return the output and the gradients of the leaves as a dict of arrays; no gradient counts as zeros.

    The gradient is that of the output's sum with fixed, unequal weights: a plain sum would hide what cancels.
    """
    leaves = {name: leaf for name, leaf in leaves.items() if isinstance(leaf, torch.Tensor) and leaf.requires_grad}
    if not isinstance(output, torch.Tensor):
        return {"output": output} | {f"gradient of {name}": zeros(leaf) for name, leaf in leaves.items()}
    gradients = [None] * len(leaves)
    if output.requires_grad and leaves:
        weights = torch.cos(torch.arange(output.numel(), dtype=output.dtype)).reshape(output.shape)
        gradients = torch.autograd.grad((output * weights).sum(), list(leaves.values()), allow_unused=True)
    result = {"output": output.detach().numpy().copy()}
    for (name, leaf), gradient in zip(leaves.items(), gradients, strict=True):
        result[f"gradient of {name}"] = zeros(leaf) if gradient is None else gradient.detach().numpy().copy()
    return result


def zeros(leaf):
    """Return an array of zeros of a leaf's shape."""
    return np.zeros(tuple(leaf.shape))
