"""What axe finds on a page.

Whether text has enough contrast is decided by its look, so axe is shown one text of each look that a page has.
"""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.reader import OPEN_TOGGLES

COLOURS = ["color-contrast", "link-in-text-block"]  # slow where there is much code, a span for each token
WITHOUT_MATHJAX = [["mjx-container"]]  # its inner elements are many, and none of ours

# The book's title in the side bar stands outside of all landmarks; axe calls it by its shortest unique name.
THEME = {("region", ".title"), ("region", ".logo__title")}

# The first text of each colour, size, weight and underlining, on each pile of backgrounds; and every field.
LOOKS = """() => {
    const piles = new Map([[null, '']]), looks = new Map(), fields = []
    const pile = element => {
        if (!piles.has(element)) {
            const style = getComputedStyle(element), own = [style.backgroundColor, style.backgroundImage, style.opacity]
            const below = pile(element.parentElement), is_clear = own.join() === 'rgba(0, 0, 0, 0),none,1'
            piles.set(element, is_clear ? below : `${own} on ${below}`)
        }
        return piles.get(element)
    }
    for (const element of document.body.querySelectorAll('*:not(mjx-container *)')) {
        if (!element.getClientRects().length) continue
        if (element.matches('input, select, textarea')) fields.push(element)
        if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue
        const style = getComputedStyle(element), around = getComputedStyle(element.parentElement)
        const look = [style.color, style.fontSize, style.fontWeight, style.textDecorationLine, style.textShadow,
                      element.matches('a, a *'), around.color, pile(element)].join()
        if (!looks.has(look)) looks.set(look, element)
    }
    return [...looks.values(), ...fields]
}"""
RUN = """([looks, rules, exclude]) => axe.run(
    {include: eval(looks)(), exclude}, {runOnly: {type: 'rule', values: rules}, resultTypes: ['violations']})"""


def violations(page):
    """Return the (rule, selector) pairs that axe reports on a page whose toggles are open, of all but colours."""
    page.evaluate(OPEN_TOGGLES)
    but_colours = {"rules": {rule: {"enabled": False} for rule in COLOURS}, "resultTypes": ["violations"]}
    return pairs(Axe().run(page, {"exclude": WITHOUT_MATHJAX}, but_colours).response)


def pale(page):
    """Return the (rule, selector) pairs that axe reports of the colours on a page whose toggles are open."""
    page.evaluate(OPEN_TOGGLES)
    if not page.evaluate("() => !!window.axe"):
        page.evaluate(Axe().axe_script)
    return pairs(page.evaluate(RUN, [LOOKS, COLOURS, WITHOUT_MATHJAX]))


def pairs(response):
    """Return the (rule, selector) pairs of what axe reports."""
    return {(rule["id"], " ".join(node["target"])) for rule in response["violations"] for node in rule["nodes"]}
