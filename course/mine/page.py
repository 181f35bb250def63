"""The page `mine/index.html`: your attention on a sentence of yours, and where you stand."""

from html import escape

from course.mine.apart import apart, ended
from course.mine.sketch import Drawn, drawn

SECONDS = 60
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 0 auto; padding: 1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.map { overflow-x: auto; }
table { border-collapse: collapse; }
th { font-weight: 400; padding: .2rem .5rem; text-align: right; white-space: nowrap; }
thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; }
td { min-width: 2.4rem; height: 2.2rem; text-align: center; font-size: .85rem; color: #000; }
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your attention</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Your attention</h1>
{map}
<p>Another sentence: <code>python -m course.mine --sentence "…"</code></p>
<h2>Where you stand</h2>
<pre>{told}</pre>
</main>
</body>
</html>
"""
ABOUT = (
    "Each row is a token, which divides its attention over all. Queries and keys are those of the book's encoder, "
    "layer {layer}, head {head}: of its heads, the one that looks farthest from its own place in this sentence. What "
    "makes them into weights is your attention_weights."
)


def html(sketch, told, seconds=SECONDS):
    """Return the page. told: the lines that the command prints"""
    return PAGE.format(style=STYLE, map=picture(sketch, seconds), told=escape("\n".join(told)))


def picture(sketch, seconds):
    """Return the map of attention as HTML, or a sentence on why there is none."""
    if "attention_weights" not in sketch.rooms:
        return "<p>Write attention_weights in chapter 3, and its map of your sentence will stand here.</p>"
    found, why = apart(drawn, sketch, seconds)
    if not isinstance(found, Drawn):
        return f"<p>There is no map: {escape(found or ended(why, seconds))}</p>"
    return f"<p>{ABOUT.format(layer=found.layer, head=found.head)}</p>\n{table(found)}"


def table(found):
    """Return weights as a table, the darker the larger; each cell says its number."""
    head = "".join(f'<th scope="col">{escape(token)}</th>' for token in found.tokens)
    rows = zip(found.tokens, found.rows, strict=True)
    body = "\n".join(f'<tr><th scope="row">{escape(token)}</th>{"".join(map(cell, row))}</tr>' for token, row in rows)
    return (
        '<div class="map" tabindex="0" role="region" aria-label="Map of attention"><table>\n'
        f"<thead><tr><td></td>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def cell(weight):
    """Return one cell, from white to orange; black can be read on all of it."""
    return f'<td style="background: rgb(255 {255 - round(110 * weight)} {255 - round(215 * weight)})">{weight:.2f}</td>'
