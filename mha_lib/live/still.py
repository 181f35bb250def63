"""The picture that stands where no script runs: one head's weights as a table, shaded like a heat map.

A table, for that is what JupyterLab leaves of a notebook that it does not trust; the colours stand in the cells.
"""

from html import escape

SHOWN = 16
INK = (31, 95, 168)
BOX = "overflow-x:auto;background:#ffffff;color:#000000;padding:0.5em;font-size:0.85em"


def still_picture(tokens, keys, weights, chosen):
    """Return one head's weights as an HTML table: a row is a query, a column a key.

    weights: (q, k)   chosen: its (layer, head), for the caption

    Of a longer sentence the first 16 tokens are shown.
    """
    part = "" if max(len(tokens), len(keys)) <= SHOWN else f"; the first {SHOWN} tokens"
    caption = f"Attention weights of layer {chosen[0]}, head {chosen[1]}, in per cent{part}. Row: query. Column: key."
    head = "".join(f'<th scope="col">{escape(key)}</th>' for key in keys[:SHOWN])
    rows = (row(token, shades) for token, shades in zip(tokens[:SHOWN], weights[:SHOWN, :SHOWN], strict=True))
    columns = f'<colgroup><col><col span="{len(keys[:SHOWN])}" style="width:3.2em"></colgroup>'
    table = (
        f"<caption>{caption}</caption>{columns}<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    )
    return f'<div class="mha-still" style="{BOX}"><table style="text-align:center">{table}</table></div>'


def row(token, weights):
    """Return one query's row."""
    return f'<tr style="background:#fff"><th scope="row">{escape(token)}</th>{"".join(map(cell, weights))}</tr>'


def cell(weight):
    """Return one weight on a ground as dark as it is large, in black or white, whichever has more contrast with it.

    >>> cell(1.0)
    '<td style="background:#1f5fa8;color:#fff">100</td>'
    """
    shade = "".join(f"{round(255 - weight * (255 - part)):02x}" for part in INK)
    return f'<td style="background:#{shade};color:#{"fff" if weight > 0.84 else "000"}">{100 * weight:.0f}</td>'
