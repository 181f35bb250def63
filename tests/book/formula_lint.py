"""Find formulas that would not render, without a browser: no build fails on them, and MathJax shows them in red.

A formula is `$...$` within a paragraph or `$$...$$`, as the book's Markdown and its notebooks write them.
"""

import re

MACROS = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi varphi chi psi
    omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell infty partial nabla emptyset
    sum prod int max min sup inf lim log ln exp sin cos tan det dim arg Pr
    frac tfrac dfrac sqrt binom overline underline hat bar tilde vec dot overbrace underbrace overset underset stackrel
    left right big Big bigl bigr Bigl Bigr lvert rvert lVert rVert vert Vert mid lfloor rfloor lceil rceil langle rangle
    cdot times div pm mp ast star circ odot oplus otimes to gets mapsto rightarrow leftarrow Rightarrow Leftarrow
    longrightarrow Longrightarrow leftrightarrow Leftrightarrow implies iff le leq ge geq ne neq approx equiv sim simeq
    propto ll gg in notin subset subseteq cup cap setminus forall exists neg land lor top perp parallel angle prime
    ldots cdots vdots ddots dots quad qquad hspace limits nolimits not
    text textbf textit mathrm mathbf mathit mathsf mathtt mathcal mathbb operatorname
    begin end boxed hline label tag displaystyle textstyle middle bmod pmod phantom
"""
KNOWN_MACROS = frozenset(MACROS.split())
ENVIRONMENTS = frozenset(["matrix", "pmatrix", "bmatrix", "vmatrix", "aligned", "cases", "array", "gathered", "split"])
DELIMITER = re.compile(r"[()\[\]|./]|\\[{}|]|\\[lr]?(angle|floor|ceil|vert|Vert)")
ONE_ARGUMENT = r"\sqrt \boxed \text \mathrm \mathbf \mathbb \mathcal \operatorname ^ _"
TWO_ARGUMENTS = r"\frac \tfrac \dfrac \binom \overset \underset \stackrel"
ARGUMENTS = dict.fromkeys(ONE_ARGUMENT.split(), 1) | dict.fromkeys(TWO_ARGUMENTS.split(), 2)

CODE = re.compile(
    r"^ *(?P<fence>`{3,}|~{3,}).*?^ *(?P=fence)`*\s*$|(?P<ticks>`+).+?(?P=ticks)", re.MULTILINE | re.DOTALL
)
FORMULA = re.compile(
    r"(?<!\\)\$\$(?P<display>.+?)(?<!\\)\$\$|(?<!\\)\$(?P<inline>(?:[^$\\\n]|\\.|\n(?!\s*\n))+?)\$", re.DOTALL
)
TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|.", re.DOTALL)


def text_faults(markdown):
    """Return what is wrong with the formulas of a Markdown text, as a list of sentences."""
    prose = CODE.sub(" ", markdown)
    found = [match["display"] or match["inline"] for match in FORMULA.finditer(prose)]
    rest = FORMULA.sub(" ", prose)
    faults = [f"{fault}: ${formula.strip()}$" for formula in found for fault in formula_faults(formula)]
    faults += [
        f"a $ without its partner: {line.strip()}" for line in rest.splitlines() if re.search(r"(?<!\\)\$", line)
    ]
    return faults


def formula_faults(formula):
    """Return what is wrong with one formula, given without its dollar signs."""
    tokens = TOKEN.findall(re.sub(r"(?<!\\)%.*", "", formula))
    faults = [] if formula.strip() else ["an empty formula"]
    return faults + brace_faults(tokens) + macro_faults(tokens) + pair_faults(tokens) + environment_faults(formula)


def brace_faults(tokens):
    """Return a fault if curly braces do not pair up."""
    depth = 0
    for token in tokens:
        depth += (token == "{") - (token == "}")
        if depth < 0:
            return ["a } that closes nothing"]
    return ["a { that is not closed"] if depth else []


def macro_faults(tokens):
    """Return a fault for each macro that is not on the list, for arguments that are missing, and for a_b_c."""
    names = [token.rstrip("*") for token in tokens if re.fullmatch(r"\\[a-zA-Z]+\*?", token)]
    faults = [f"the macro {name} is not known" for name in names if name[1:] not in KNOWN_MACROS]
    solid = [token for token in tokens if not token.isspace()]
    for index, token in enumerate(solid):
        count = ARGUMENTS.get(token, 0)
        end = end_of_arguments(solid, index + 1, count)
        if end is None:
            faults.append(f"{token} needs {count} argument{'s' * (count > 1)}")
        elif token in ("^", "_") and solid[end : end + 1] == [token]:
            faults.append(f"two {token} in a row")
    return faults


def end_of_arguments(tokens, position, count):
    """Return the position after `count` arguments from `position` on, or None if there are fewer."""
    for _ in range(count):
        if position >= len(tokens) or tokens[position] in ("}", "&", r"\\", r"\right", r"\end"):
            return None
        position = end_of_argument(tokens, position)
    return position


def end_of_argument(tokens, start):
    """Return the position after the argument that begins at `start`: one token or a group in braces."""
    if tokens[start] != "{":
        return start + 1
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] == "{") - (tokens[index] == "}")
        if depth == 0:
            return index + 1
    return len(tokens)


def pair_faults(tokens):
    r"""Return a fault for each \left without its \right within the same braces, and for what is no delimiter."""
    faults, open_groups = [], [0]
    for index, token in enumerate(tokens):
        if token in (r"\left", r"\right") and not DELIMITER.fullmatch("".join(tokens[index + 1 : index + 2])):
            faults.append(f"{token} is not followed by a delimiter")
        if token == "{":
            open_groups.append(0)
        elif token == "}" and len(open_groups) > 1:
            faults += unbalanced(open_groups.pop())
        open_groups[-1] += (token == r"\left") - (token == r"\right")
    return faults + unbalanced(open_groups[0])


def unbalanced(count):
    r"""Return a fault if a group has more \left than \right, or fewer."""
    if count == 0:
        return []
    return [r"a \left without its \right" if count > 0 else r"a \right without its \left"]


def environment_faults(formula):
    r"""Return a fault for each \begin without its \end, and for environments that are not on the list."""
    faults, opened = [], []
    for kind, name in re.findall(r"\\(begin|end)\{([^}]*)\}", formula):
        if name not in ENVIRONMENTS:
            faults.append(f"the environment {name} is not known")
        if kind == "begin":
            opened.append(name)
        elif not opened or opened.pop() != name:
            faults.append(rf"an \end{{{name}}} that closes nothing")
    faults += [rf"a \begin{{{name}}} that is not closed" for name in opened]
    if re.search(r"(?<!\\)&|\\\\", formula) and not re.search(r"\\begin\{", formula):
        faults.append("& or \\\\ outside of an environment")
    return faults
