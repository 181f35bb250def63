"""How the project writes chapters' numbers: in sentences, in the names of files, in commands and in code."""

import re

NUMBER = r"\d{1,2}(?!\d|\.\d)"
SPACE = r"(?:[ \u00a0]|[ \t]*\n[ \t]*(?:(?:#|//|\*|>)[ \t]*)?)"  # a line may end here, in prose or in a comment
BETWEEN = rf"(?:,?{SPACE}(?:and|or|to){SPACE}|,{SPACE}|–|-)"
LIST = rf"{NUMBER}(?:{BETWEEN}{NUMBER})*"
WORDS = r"\d{1,2}(?: \d{1,2})*(?!\d)"
QUOTED = r"""["']\d{1,2}["']"""
QUOTED_LIST = rf"{QUOTED}(?:, {QUOTED})*"

SENTENCES = (
    re.compile(rf"(?<![-\w])[Cc]hapters{SPACE}(?P<numbers>{LIST})"),
    re.compile(rf"(?<![-\w])[Cc]hapter{SPACE}(?P<numbers>{NUMBER})"),
)
CODE = (
    re.compile(r"(?<![a-zA-Z])chapter_(?P<numbers>\d{1,2})(?!\d)"),
    re.compile(rf"--chapters (?P<numbers>{WORDS})"),
    re.compile(rf"""["']--chapters["'], (?P<numbers>{QUOTED_LIST})"""),
    re.compile(rf"\b(?:chapters=|CHAPTERS = )[\[(](?P<numbers>{QUOTED_LIST})"),
    re.compile(rf"\bfind\(ROOT, (?P<numbers>{QUOTED})\)"),
)
TWO_DIGITS = (
    re.compile(r"\bNB=(?P<numbers>\d\d)(?!\d)"),
    re.compile(r"\bcourse\.(?:build|check) (?P<numbers>\d\d(?: \d\d)*)(?!\d)"),
)
EXERCISES = (
    re.compile(rf"\b[Ee]xercises?{SPACE}(?P<numbers>\d{{1,2}})(?=\.\d)"),
    re.compile(r"\bex-(?P<numbers>\d{1,2})(?=-\d)"),
)
MARKED = (
    re.compile(r"(?m)^- \*\*(?P<numbers>\d{1,2})\*\* (?=[A-Z])"),  # - **12** Holtzman, in a list by chapter
    re.compile(rf"(?<!\*)\*\((?P<numbers>{LIST})\)\*"),  # *(10, 12)*, the chapters that a question is about
)
TITLE = re.compile(r"(?m)^# (?P<numbers>\d{1,2})(?=\. )")
ITEM = re.compile(rf"(?P<first>\d{{1,2}})(?:(?P<to>{SPACE}to{SPACE}|–|-)(?P<last>\d{{1,2}}))?")
BARE = re.compile(r"""(?<![b\w])["'](?P<number>\d{1,2})["']|\b(?:CHAPTERS\[|foundations\()(?P<index>\d{1,2})[\])]""")
LINKED = re.compile(r"\]\([^)]*\d\d_")

CITED_JUST_BEFORE = re.compile(
    r"\b(?:19|20)\d\d[a-z]?\)?,\s+(?:in\s+)?$"  # Goodfellow et al. (2016), chapter 6
    r"|\b[A-Z][a-z]+ and [A-Z][a-z]+,\s+$"  # Jurafsky and Martin, chapter 9
)
CITED_IN_THE_CLAUSE = re.compile(r"\b(?:19|20)\d\d\b|\bet al\.")
END_OF_CLAUSE = re.compile(r"[;:!?)|\]]|(?<!\bal)\.\s|\n\s*\n")


def names(order):
    """Return a pattern for the name of any chapter of an Order, such as 03_attention."""
    return re.compile(rf"(?<!\w)(?P<name>{'|'.join(order.names())})(?![a-z0-9_])")


def is_anothers(content, start, end):
    """Return whether the mention of a chapter at these offsets is likely to be of somebody else's book."""
    if content[start - 1 : start] == "[" and LINKED.match(content, end):
        return False
    before = content[max(0, start - 200) : start]
    clause = END_OF_CLAUSE.split(before)[-1]
    return bool(CITED_JUST_BEFORE.search(before) or CITED_IN_THE_CLAUSE.search(clause))
