"""What the theme gets wrong on a page, mended after it has been put together.

- sphinx-thebe's scripts come twice (a JavaScript error on every page) and name a foreign host; we do not use thebe.
- Docutils gives the bibliography roles that assistive software rejects.
- MyST-NB labels each toggle "Toggle hidden content", whatever the toggle says.
- The empty corner of a table with headings on two sides is no heading.
- A browser may break a line between an inline formula and the full stop after it.

The theme's second top bar is switched off in `_config.yml`.
"""

import re

MATH_THEN_MARK = re.compile(r'(<span class="math notranslate nohighlight">[^<]*</span>[.,;:!?)]+)')

REPLACEMENTS = (
    (' aria-label="Toggle hidden content"', ""),
    (' role="doc-biblioentry"', ' role="listitem"'),
    (' role="doc-backlink"', ""),
    ('<th class="head"><p></p></th>', "<td></td>"),
)


def mend(app, pagename, templatename, context, doctree):
    """Mend the scripts and the body of one page (a Sphinx html-page-context handler)."""
    context["script_files"] = without_repeats(context["script_files"])
    body = context.get("body", "")
    for wrong, right in REPLACEMENTS:
        body = body.replace(wrong, right)
    context["body"] = MATH_THEN_MARK.sub(r'<span class="no-break">\1</span>', body)


def without_repeats(scripts):
    """Return the scripts in order, without thebe's and without inline ones that came before."""
    kept = []
    for script in scripts:
        body = script.attributes.get("body") if hasattr(script, "attributes") else None
        if "thebe" in f"{script} {body}".lower() or (body and body in {other for other, _ in kept}):
            continue
        kept.append((body, script))
    return [script for _, script in kept]
