"""The page that a learner gets back: one file, no script, nothing loaded, every stranger's character escaped."""

import html
import unicodedata

from course.grade.places import UNSAFE

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid; border-radius: .25rem; white-space: pre-wrap; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem .75rem; border-bottom: 1px solid; }
.unsafe { border: 3px double; padding: .5rem 1rem; font-weight: bold; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(row, settings):
    """Return the HTML page on one submission."""
    name = plain(row.submission.id)
    parts = ["<!doctype html>", '<html lang="en">', head(name), "<body>", "<main>", f"<h1>Feedback for {name}</h1>"]
    parts += [summary(row, settings)]
    parts += [section(mark) for mark in row.result["marks"]]
    return "\n".join([*parts, "</main>", "</body>", "</html>", ""])


def head(name):
    """Return the head of a page: a title, and a policy under which nothing can run or be loaded."""
    lines = ['<meta charset="utf-8">', f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">']
    lines += ['<meta name="viewport" content="width=device-width, initial-scale=1">']
    return "\n".join(["<head>", *lines, f"<title>Feedback for {name}</title>", f"<style>{STYLE}</style>", "</head>"])


def summary(row, settings):
    """Return the total, how the run was made, and a table with a row for each exercise."""
    lines = [f"<p>{row.total:g} of {row.most:g} points.{' Handed in late.' if row.late else ''}</p>"]
    if settings["sandbox"] == UNSAFE:
        lines.append('<p class="unsafe">This was graded without a sandbox.</p>')
    lines += [f"<p>{plain(row.result['note'])}</p>"] if row.result["note"] else []
    cells = [f"<tr><th scope='row'>{link(mark)}</th>{cells_of(mark)}</tr>" for mark in row.result["marks"]]
    top = "<tr><th scope='col'>exercise</th><th scope='col'>result</th><th scope='col'>points</th></tr>"
    made = f"<p>Graded with {plain(settings['versions'])}, {plain(settings['sandbox'])}.</p>"
    return "\n".join([*lines, f"<table><thead>{top}</thead><tbody>", *cells, "</tbody></table>", made])


def link(mark):
    """Return the name of an exercise, leading to its section."""
    return f'<a href="#{plain(mark["id"])}">{plain(mark["id"])}</a>'


def cells_of(mark):
    """Return the result of an exercise as two cells of the table."""
    return f"<td>{plain(mark['status'])}</td><td>{mark['points']:g} of {mark['worth']:g}</td>"


def section(mark):
    """Return what is said about one exercise."""
    name = plain(mark["id"])
    title = f'<h2 id="{name}">{name}: {plain(mark["status"])}, {mark["points"]:g} of {mark["worth"]:g} points</h2>'
    return f'<section aria-labelledby="{name}">\n{title}\n<pre tabindex="0">{plain(mark["message"])}</pre>\n</section>'


def plain(text):
    """Return a text without markup, without control characters, and none that turns the direction of reading."""
    kept = (
        char
        if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co")
        else "\N{REPLACEMENT CHARACTER}"
        for char in str(text)
    )
    return html.escape("".join(kept))
