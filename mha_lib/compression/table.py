"""Chapter 17. Compression: what a model weighs, in bytes, with its numbers as floats or as codes of few bits."""

FLOAT = 4  # bytes of a number in float32


def matrices(model):
    """Return the parameters of a model that are matrices, each once."""
    return [parameter for parameter in model.parameters() if parameter.ndim == 2]


def float_bytes(model, size=FLOAT):
    """Return the bytes of a model's parameters, each counted once. size: bytes of a number, 4 for float32

    >>> from torch import nn
    >>> float_bytes(nn.Linear(3, 5))
    80
    """
    return size * sum(parameter.numel() for parameter in model.parameters())


def quantised_bytes(model, num_bits):
    """Return the bytes of a model whose matrices are codes with a float32 scale for each row; vectors are in float32.

    >>> from torch import nn
    >>> quantised_bytes(nn.Linear(3, 5), num_bits=8)
    55
    """
    codes = sum(-(-parameter.numel() * num_bits // 8) + FLOAT * len(parameter) for parameter in matrices(model))
    return codes + FLOAT * sum(parameter.numel() for parameter in model.parameters() if parameter.ndim != 2)
