"""What several exercises of this chapter share."""


def between_0_and_1(value, *args):
    """Return whether a share is one."""
    return bool(0 <= value <= 1)
