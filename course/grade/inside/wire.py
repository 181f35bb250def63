"""What grader and sandbox say to each other: plain values as bytes, in frames. Nothing here can carry code.

A value is None, a bool, an int, a float, a text, an array of numbers, a list, tuple or dict of these, or an object of
the library with such attributes. Anything else travels as the name of its type. Reading checks every length, so that
hostile bytes give a WireError and nothing else.
"""

import struct

import numpy as np

MAX_DEPTH, MAX_ITEMS, MAX_DIMS, MAX_ARRAY, MAX_DIGITS = 6, 20_000, 16, 1_000_000, 400
DTYPES = ("|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16")


class WireError(ValueError):
    """These bytes are no value."""


class Handle:
    """A function that stays on the other side: only its number travels."""

    def __init__(self, number):
        self.number = number


class Instance:
    """An object of a class of the library: the class by name, and its attributes."""

    def __init__(self, module, name, state):
        self.module, self.name, self.state = module, name, state


def dumps(value):
    """Return a value as bytes."""
    out = bytearray()
    _write(out, value, 0)
    return bytes(out)


def loads(data):
    """Return the value that some bytes stand for. Raises WireError if they stand for none."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.position != len(data):
        raise WireError("there are bytes after the value")
    return value


def frame(kind, payload=b""):
    """Return a message: one byte that says what it is, the length, and the payload."""
    return kind + struct.pack("<I", len(payload)) + payload


def take_frame(buffer, limit):
    """Return (kind, payload) and remove them from a bytearray; None if the message is not complete yet."""
    if len(buffer) < 5:
        return None
    (length,) = struct.unpack_from("<I", buffer, 1)
    if length > limit:
        raise WireError(f"a message of {length} bytes; at most {limit} are taken")
    if len(buffer) < 5 + length:
        return None
    message = bytes(buffer[:1]), bytes(buffer[5 : 5 + length])
    del buffer[: 5 + length]
    return message


def foreign(name):
    """Return an object that is good for nothing but the name of its type."""
    return type(name if name.isidentifier() and len(name) <= 60 else "object", (), {})()


def _write(out, value, depth):
    """Append a value; what is too deep, too long or unknown is appended as the name of its type."""
    if depth > MAX_DEPTH:
        return _foreign(out, value)
    if type(value) in _SIMPLE:
        return _SIMPLE[type(value)](out, value)
    if type(value) is Instance:
        out += b"x" + struct.pack("<I", 3)
        return [_write(out, part, depth + 1) for part in (value.module, value.name, value.state)]
    if type(value) in (list, tuple, dict):
        return _several(out, value, depth)
    if isinstance(value, (np.ndarray, np.generic)):
        return _array(out, value)
    return _foreign(out, value)


def _blob(out, tag, data):
    out += tag + struct.pack("<I", len(data)) + data


def _int(out, value):
    if value.bit_length() > 1000:
        return _foreign(out, value)
    return _blob(out, b"i", str(value).encode())


def _foreign(out, value):
    _blob(out, b"?", type(value).__name__.encode("utf-8", "replace")[:200])


def _array(out, value):
    """Append an array or a NumPy number: dtype, shape, raw bytes."""
    if type(value) is not np.ndarray and not isinstance(value, np.generic):
        return _foreign(out, value)
    plain = np.array(value, copy=True)
    if plain.dtype.str not in DTYPES and plain.dtype.kind in "biufc":
        plain = plain.astype({"f": "<f8", "c": "<c16"}.get(plain.dtype.kind, plain.dtype.newbyteorder("<")))
    if plain.dtype.str not in DTYPES or plain.nbytes > MAX_ARRAY or plain.ndim > MAX_DIMS:
        return _foreign(out, value)
    head = struct.pack("<BB", DTYPES.index(plain.dtype.str), plain.ndim) + struct.pack(f"<{plain.ndim}Q", *plain.shape)
    return _blob(out, b"n" if isinstance(value, np.generic) else b"a", head + plain.tobytes())


def _several(out, value, depth):
    if len(value) > MAX_ITEMS or (type(value) is dict and not all(type(key) is str for key in value)):
        return _foreign(out, value)
    out += {list: b"l", tuple: b"t", dict: b"d"}[type(value)] + struct.pack("<I", len(value))
    for item in value.items() if type(value) is dict else value:
        if type(value) is dict:
            _blob(out, b"s", item[0].encode("utf-8", "replace"))
        _write(out, item[1] if type(value) is dict else item, depth + 1)
    return None


_SIMPLE = {
    type(None): lambda out, value: _blob(out, b"0", b""),
    bool: lambda out, value: _blob(out, b"b", b"1" if value else b"0"),
    int: _int,
    float: lambda out, value: _blob(out, b"f", struct.pack("<d", value)),
    complex: lambda out, value: _blob(out, b"c", struct.pack("<dd", value.real, value.imag)),
    str: lambda out, value: _blob(out, b"s", value.encode("utf-8", "replace")),
    Handle: lambda out, value: _blob(out, b"h", str(value.number).encode()),
}


class _Reader:
    """Reads values from bytes that nobody vouches for."""

    def __init__(self, data):
        self.data, self.position, self.items = data, 0, 0

    def take(self, count):
        if count < 0 or self.position + count > len(self.data):
            raise WireError("the bytes end before the value does")
        self.position += count
        return self.data[self.position - count : self.position]

    def value(self, depth):
        self.items += 1
        if depth > MAX_DEPTH + 1 or self.items > MAX_ITEMS:
            raise WireError("a value in too many parts")
        tag = self.take(1)
        (count,) = struct.unpack("<I", self.take(4))
        if tag in (b"l", b"t"):
            items = [self.value(depth + 1) for _ in range(min(count, MAX_ITEMS))]
            return items if tag == b"l" else tuple(items)
        if tag == b"d":
            return dict(self.pair(depth) for _ in range(min(count, MAX_ITEMS)))
        if tag == b"x":
            return self.instance(depth)
        if tag not in _READ:
            raise WireError(f"no value begins with {tag!r}")
        return _READ[tag](self.take(count))

    def instance(self, depth):
        module, name, state = (self.value(depth + 1) for _ in range(3))
        if type(module) is not str or type(name) is not str or type(state) is not dict:
            raise WireError("an object without class or attributes")
        return Instance(module, name, state)

    def pair(self, depth):
        key = self.value(depth + 1)
        if type(key) is not str:
            raise WireError("a key that is no text")
        return key, self.value(depth + 1)


def _guarded(read):
    """Return a reader of one leaf that fails in one way only."""

    def checked(data):
        try:
            return read(data)
        except (ValueError, struct.error, IndexError, TypeError) as error:
            raise WireError(f"a leaf cannot be read: {error}") from None

    return checked


def _read_int(data):
    if len(data) > MAX_DIGITS:
        raise WireError("a number with too many digits")
    return int(data)


def _read_array(data):
    """Return a new array, if the bytes are just as many as dtype and shape say."""
    index, ndim = struct.unpack_from("<BB", data)
    if ndim > MAX_DIMS:
        raise WireError("an array of too many dimensions")
    shape = struct.unpack_from(f"<{ndim}Q", data, 2)
    dtype, body = np.dtype(DTYPES[index]), data[2 + 8 * ndim :]
    size = 1
    for length in shape:
        size *= length
    if any(length > MAX_ARRAY for length in shape) or size * dtype.itemsize != len(body) or len(body) > MAX_ARRAY:
        raise WireError("an array whose bytes do not fit its shape")
    if dtype.kind == "b" and body.strip(b"\x00\x01"):
        raise WireError("a boolean that is neither true nor false")
    return np.frombuffer(body, dtype).reshape(shape).copy()


_READ = {
    b"0": lambda data: None,
    b"b": lambda data: data == b"1",
    b"i": _guarded(_read_int),
    b"f": _guarded(lambda data: struct.unpack("<d", data)[0]),
    b"c": _guarded(lambda data: complex(*struct.unpack("<dd", data))),
    b"s": _guarded(lambda data: data.decode("utf-8")),
    b"a": _guarded(_read_array),
    b"n": _guarded(lambda data: _read_array(data)[()]),
    b"h": _guarded(lambda data: Handle(_read_int(data))),
    b"?": _guarded(lambda data: foreign(data.decode("utf-8", "replace"))),
}
