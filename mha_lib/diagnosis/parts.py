"""Answers that are several things at once: a tuple, whose parts are compared by name."""


def parts_call(*names):
    """Return a way of calling a function that returns a tuple: its parts by name."""

    def call(function, *args, **kwargs):
        value = function(*args, **kwargs)
        if not isinstance(value, tuple) or len(value) != len(names):
            raise TypeError(f"return a tuple of {len(names)}: {', '.join(names)}")
        return dict(zip(names, value, strict=True))

    call.described = ("parts", names)
    return call
