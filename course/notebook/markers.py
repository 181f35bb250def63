"""The two lines between which an answer stands."""

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"


def has_marker(source):
    """Return whether a marker stands anywhere in a cell, even misspelt in case or spacing."""
    squeezed = "".join(source.upper().split())
    return any("".join(marker.split()) in squeezed for marker in (BEGIN, END))


def fault(source):
    """Return what is wrong with the markers of an answer, or None. There must be at least one region, none empty."""
    opened = None
    regions = 0
    for number, line in enumerate(source.splitlines()):
        if line.strip() == BEGIN:
            if opened is not None:
                return "a BEGIN marker follows another BEGIN marker"
            opened = number
        elif line.strip() == END:
            wrong = _region_fault(source.splitlines(), opened, number)
            if wrong:
                return wrong
            opened, regions = None, regions + 1
        elif has_marker(line):
            return f"the line {line.strip()!r} is nearly a marker"
    if opened is not None:
        return "a BEGIN marker has no END marker"
    return None if regions else "there are no markers, so nothing would be blanked"


def _region_fault(lines, begin, end):
    if begin is None:
        return "an END marker has no BEGIN marker"
    if indentation(lines[begin]) != indentation(lines[end]):
        return "the two markers are indented differently"
    return None if "".join(lines[begin + 1 : end]).strip() else "nothing stands between the markers"


def replace_regions(source, line):
    """Return the source with every region, markers included, replaced by one line at the markers' indentation."""
    kept, inside = [], False
    for current in source.splitlines():
        if current.strip() == BEGIN:
            kept.append(indentation(current) + line)
            inside = True
        elif current.strip() == END:
            inside = False
        elif not inside:
            kept.append(current)
    return "\n".join(kept)


def indentation(line):
    """Return the white space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]
