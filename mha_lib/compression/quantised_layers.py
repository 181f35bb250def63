"""Chapter 17. Quantised layers: a model whose matrices have passed through a grid, or are multiplied as integers."""

import copy

import torch
from torch import nn

from mha_lib.compression import quantisation
from mha_lib.compression.table import matrices

CODE = 8  # the bits of a code that is multiplied


def rounded(model, num_bits, scales=quantisation.channel_scales):
    """Return a copy of a model whose every matrix has passed through a symmetric grid.

    scales: `quantisation.channel_scales` or `quantisation.tensor_scale`, (matrix, num_bits) -> scales

    It computes in float32 and as slowly as before; it shows what the rounding costs. Biases and the gains of norms
    are few and stay as they are.
    """
    model, top = copy.deepcopy(model), quantisation.largest_code(num_bits)
    for parameter in matrices(model):
        w = parameter.detach().double().numpy()
        scale = scales(w, num_bits)
        w = quantisation.dequantise(quantisation.quantise(w, scale, 0, -top, top), scale)
        parameter.data = torch.from_numpy(w).to(parameter.dtype)
    return model


class QuantisedLinear(nn.Module):
    """A linear layer that keeps its matrix as int8 and multiplies integers.

    x: (..., in)  ->  (..., out)

    Each call finds the scale of what comes in ("dynamic" quantisation), symmetric and one for all of x, so numbers that
    share a batch share a grid. It only runs forward. Source: Jacob et al., 2018, section 2.2.
    """

    def __init__(self, linear):
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        w, top = linear.weight.detach().double().numpy(), quantisation.largest_code(CODE)
        scales = quantisation.channel_scales(w, CODE)
        codes = torch.from_numpy(quantisation.quantise(w, scales, 0, -top, top)).to(torch.int8)
        self.register_buffer("codes", codes.T.contiguous())  # (in, out)
        self.register_buffer("scales", torch.from_numpy(scales[:, 0]).float())  # (out,)
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach().clone())

    def forward(self, x):
        """Return the output of the layer, the products among int8 summed in int32."""
        flat, top = x.reshape(-1, self.in_features), quantisation.largest_code(CODE)
        scale = flat.abs().amax().clamp(min=torch.finfo(x.dtype).tiny) / top
        sums = torch._int_mm((flat / scale).round().to(torch.int8), self.codes)  # PyTorch's own; no public name yet
        output = sums.to(x.dtype) * (scale * self.scales)
        output = output if self.bias is None else output + self.bias
        return output.reshape(*x.shape[:-1], self.out_features)


def quantise_linears(model):
    """Return a copy of a model in which every linear layer multiplies integers; embeddings stay as they are."""
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                setattr(module, name, QuantisedLinear(child))
    return model
