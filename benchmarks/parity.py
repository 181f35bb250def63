"""How far our layers are from everybody else's, over the whole grid that `tests/house/test_parity.py` asserts.

    python -m benchmarks.parity

For each contender and type it stores the largest difference from the loops, in epsilons of that type, over all masks,
self-attention and cross-attention, for outputs and for gradients.
"""

import torch

from benchmarks.timing import setting, store
from tests.house import test_parity as grid
from tests.support.tolerance import EPSILONS, distance

LAYERS = {
    "ours": grid.ours,
    "ours, weights read": grid.ours_with_weights,
    "torch scaled_dot_product_attention": grid.torch_function,
    "torch.nn.MultiheadAttention": grid.torch_module,
}
BLOCKS = {
    "our block, pre-norm": (grid.our_block, "pre", "pre"),
    "our block, post-norm": (grid.our_block, "post", "post"),
    "torch.nn.TransformerEncoderLayer, pre-norm": (grid.torch_block, "pre", "pre"),
    "torch.nn.TransformerEncoderLayer, post-norm": (grid.torch_block, "post", "post"),
    "transformers BertLayer, sdpa": (grid.bert_block, "sdpa", "post"),
    "transformers BertLayer, eager": (grid.bert_block, "eager", "post"),
}


def layer_cells():
    """Return (name, contender, cell, expected) of each comparison of attention layers."""
    for name, contender in LAYERS.items():
        for kind, mask_name in grid.LAYER_CASES:
            yield name, contender, grid.case(kind, mask_name), grid.expected(kind, mask_name)


def block_cells():
    """Return (name, contender, cell, expected) of each comparison of encoder blocks."""
    for name, (make, setting_name, norm) in BLOCKS.items():
        for mask_name in grid.MASKS:
            if "eager" not in name or mask_name != "empty rows":  # there, eager averages all values instead
                cell = grid.case("self", mask_name, False)
                yield name, make(setting_name), cell, grid.expected("self", mask_name, norm)


def differences(cells):
    """Return name -> type -> the largest difference in outputs and in gradients, in epsilons of the type."""
    found = {}
    for name, contender, cell, expected in cells:
        for dtype in EPSILONS:
            got = grid.run(contender, cell, dtype)
            apart = {part: distance(value, expected[part]) / torch.finfo(dtype).eps for part, value in got.items()}
            output = apart.pop("output")
            kept = found.setdefault(name, {}).setdefault(str(dtype).removeprefix("torch."), [0.0, 0.0])
            kept[:] = [round(max(kept[0], output), 2), round(max(kept[1], *apart.values()), 2)]
    return found


def main():
    """Compare, show the result and store it."""
    torch.set_num_threads(1)
    rows = differences(layer_cells()) | differences(block_cells())
    for name, row in rows.items():
        print(f"{name:45} {row}")
    allowed = {str(dtype).removeprefix("torch."): count for dtype, count in EPSILONS.items()}
    cases = {"layer": len(grid.LAYER_CASES), "block": len(grid.MASKS)}
    store("parity", setting(1, "") | {"allowed": allowed, "cases": cases, "rows": rows})


if __name__ == "__main__":
    main()
