"""Answers that attack. Each is a cell; all but a few define `cosine`, which must get nothing.

Beside each stands an honest answer to `dot`, which must get its points whatever the attack does.
"""

from mha_lib import checks
from mha_lib.diagnosis.judge import probes_for

HONEST = "def dot(a, b):\n    return np.sum(a * b)"


def body(*lines, name="cosine"):
    """Return a function whose body is these lines."""
    return f"def {name}(a=None, b=None, *more):\n" + "\n".join(f"    {line}" for line in lines)


def hard_coded():
    """Return an answer that knows the right values for the inputs of self-study, and computes nothing."""
    exercise = checks.exercise("cosine")
    known = {repr([a.tolist() for a in p.args]): float(exercise.reference(*p.args)) for p in probes_for(exercise, 0)}
    return f"KNOWN = {known!r}\n" + body("return np.float64(KNOWN.get(repr([a.tolist(), b.tolist()]), 0.0))")


EVERY_DESCRIPTOR = "for fd in range(3, 64):"
FRAME = "import struct; forged = lambda kind, data: kind + struct.pack('<I', len(data)) + data"
WRITE = "try: os.write(fd, data)"
PASS = "except OSError: pass"

ENDING = {
    "os exit": body("import os", "os._exit(0)"),
    "sys exit": body("import sys", "sys.exit(0)"),
    "exit at the top of a cell": "import sys, os\nsys.exit(0)\nos._exit(0)\n" + body("return 1.0"),
    "exit in a decorator": "def bye(f):\n    import os\n    os._exit(0)\n\n@bye\n" + body("return 1.0"),
    "endless loop": body(
        "import signal",
        "for s in range(1, 65):",
        "    try: signal.signal(s, signal.SIG_IGN)",
        "    except (OSError, ValueError): pass",
        "while True:",
        "    try:",
        "        while True: pass",
        "    except BaseException: pass",
    ),
    "sleeping": body("import time", "time.sleep(1e6)"),
    "memory bomb": body("x = []", "while True: x.append(bytearray(10_000_000))"),
    "one huge array": body("return np.ones((10**6, 10**6)).sum()"),
    "recursion without end": body("return cosine(a, b)"),
    "segmentation fault": body("import ctypes", "ctypes.string_at(0)"),
    "abort": body("import os", "os.abort()"),
    "keyboard interrupt": body("raise KeyboardInterrupt"),
    "generator exit": body("raise GeneratorExit"),
    "hanging at the end": body(
        "class Slow:",
        "    def __del__(self):",
        "        while True: pass",
        "global kept",
        "kept = Slow()",
        "import atexit",
        "atexit.register(kept.__del__)",
        "return 0.5",
    ),
    "all descriptors closed": body("import os", "os.closerange(0, 64)", "return 0.5"),
}

SPAWNING = {
    "fork bomb": body("import os", "while True: os.fork()"),
    "fork that stays": body("import os, time", "if os.fork() == 0:", "    time.sleep(1e6)", "return 0.5"),
    "thread bomb": body(
        "import threading, time", "while True: threading.Thread(target=time.sleep, args=(99,)).start()"
    ),
    "subprocess": body("import subprocess", "return float(subprocess.run(['/usr/bin/id', '-u']).returncode)"),
    "killing the parent": body("import os, signal", "os.kill(os.getppid(), signal.SIGKILL)", "return 0.5"),
    "stopping the parent": body("import os, signal", "os.kill(os.getppid(), signal.SIGSTOP)", "return 0.5"),
    "killing everybody": body("import os, signal", "os.kill(-1, signal.SIGKILL)", "return 0.5"),
    "tracing the parent": body(
        "import ctypes, os",
        "libc = ctypes.CDLL(None, use_errno=True)",
        "assert libc.ptrace(16, os.getppid(), 0, 0) == 0",
        "return 0.5",
    ),
    "writing the parent's memory": body(
        "import ctypes, os",
        "libc = ctypes.CDLL(None, use_errno=True)",
        "buffer = ctypes.create_string_buffer(8)",
        "vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)",
        "there = (ctypes.c_void_p * 2)(id(os), 8)",
        "assert libc.process_vm_writev(os.getppid(), vector, 1, there, 1, 0) == 8",
        "return 0.5",
    ),
    "namespaces": body(
        "import ctypes",
        "assert ctypes.CDLL(None).unshare(0x10000000) == 0",
        "return 0.5",
    ),
}

SPYING = {
    "network": body("import socket", "socket.create_connection(('192.0.2.1', 80), 2)", "return 0.5"),
    "a name server": body("import socket", "socket.getaddrinfo('example.org', 80)", "return 0.5"),
    "the password file": body("return float(len(open('/etc/passwd').read()))"),
    "its own process": body("return float(len(open('/proc/self/maps').read()))"),
    "other submissions": body("return float(len(open('{FOLDER}/honest.ipynb').read()))"),
    "the environment": body("import os", "return float(os.environ['MHA_ATTACK_SECRET'])"),
    "the checker": "from mha_lib.checks import reference\n" + body("return reference('cosine')(a, b)"),
    "the library's own": "import mha_lib as mha\n" + body("return mha.cosine(a, b)"),
    "the library's module": body("from mha_lib.similarity.vectors import cosine as c", "return c(a, b)"),
    "yours": "from mha_lib import checks\nright = checks.yours('cosine')\n" + body("return right(a, b)"),
    "yours of what is built on it": "from mha_lib import checks\npairs = checks.yours('pairwise_cosine')\n"
    + body("return pairs(a[None], b[None])[0, 0]"),
    "yours under an anchor": "# exercise: pairwise_cosine\ndef pairs(x, y):\n    return x\n"
    + body("return pairs(a[None], b[None])[0, 0]"),
    "what is built on it": body("import mha_lib", "return mha_lib.pairwise_cosine(a[None], b[None])[0, 0]"),
    "what comes later in the book": body("import mha_lib.heads.arrays, mha_lib.attention", "return 0.5"),
    "a path to the library": body(
        "import sys", "sys.path.insert(0, '{ROOT}')", "import mha_lib.similarity.vectors as s", "return s.cosine(a, b)"
    ),
    "the library's file": body(
        "import importlib.util as u",
        "spec = u.spec_from_file_location('s', '{ROOT}/mha_lib/similarity/vectors.py')",
        "module = u.module_from_spec(spec)",
        "spec.loader.exec_module(module)",
        "return module.cosine(a, b)",
    ),
    "installed editable": body(
        "import glob, sys",
        "names = [n for p in sys.path for n in glob.glob(p + '/__editable__*mha*')]",
        "exec(open(names[-1]).read(), {})",
        "import mha_lib.checks as c",
        "return c.reference('cosine')(a, b)",
    ),
    "the grader's package": body("import course.grade.marking as m", "return m.PUBLIC"),
    "expected values in memory": body(
        "import gc",
        "numbers = [o for o in gc.get_objects() if isinstance(o, dict) and 'expected' in o]",
        "return numbers[0]['expected']",
    ),
    "the caller's frames": body(
        "import sys",
        "frame, seen = sys._getframe(), {}",
        "while frame: seen.update(frame.f_locals); frame = frame.f_back",
        "return seen['expected']",
    ),
}

FORGING = {
    "outcomes written by hand": body(
        "import os",
        FRAME,
        "data = forged(b'o', b'd' + struct.pack('<I', 0)) * 50 + forged(b'z', b'0' + struct.pack('<I', 0))",
        EVERY_DESCRIPTOR,
        f"    {WRITE}",
        f"    {PASS}",
        "os._exit(0)",
    ),
    "an end without outcomes": body(
        "import os",
        FRAME,
        "data = forged(b'z', b'0' + struct.pack('<I', 0))",
        EVERY_DESCRIPTOR,
        f"    {WRITE}",
        f"    {PASS}",
        "os._exit(0)",
    ),
    "an end after one right answer": body(
        "import os, sys",
        "wire, value = sys.modules['inside.wire'], a @ b / np.sqrt(a @ a) / np.sqrt(b @ b)",
        "outcome = {{'value': value, 'changed': False}}",
        "data = wire.frame(b'o', wire.dumps(outcome)) + wire.frame(b'z', wire.dumps(None))",
        EVERY_DESCRIPTOR,
        f"    {WRITE}",
        f"    {PASS}",
        "os._exit(0)",
    ),
    "a message without end": body(
        "import os", "data = b'o' + b'\\xff' * 4", EVERY_DESCRIPTOR, f"    {WRITE}", f"    {PASS}", "return 0.5"
    ),
    "noise on the line": body(
        "import os", "data = bytes(range(256)) * 100", EVERY_DESCRIPTOR, f"    {WRITE}", f"    {PASS}", "return 0.5"
    ),
    "bytes without end": body(
        "import os",
        "data = b'o' + bytes(4)",
        "while True:",
        f"    {EVERY_DESCRIPTOR}",
        f"        {WRITE}",
        f"        {PASS}",
    ),
    "the child's own writer": body(
        "import sys",
        "wire = sys.modules['inside.wire']",
        "wire.dumps = lambda value: b'b' + (1).to_bytes(4, 'little') + b'1'",
        "return 0.5",
    ),
    "the child's own comparison": body(
        "import sys",
        "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
        "np.testing.assert_allclose = lambda *a, **k: None",
        "import builtins",
        "builtins.isinstance = lambda *a: True",
        "return 0.5",
    ),
    "a score by name": "points = {{'cosine': 100}}\ntotal = 100\n"
    + body("return {{'points': 100, 'status': 'right'}}"),
    "endless output": body("while True: print('x' * 10_000_000)"),
    "filling the disk": body("open('/tmp/full', 'wb').write(bytes(10**9))", "return 0.5"),
    "memory files": body("import os", "fd = os.memfd_create('x')", "os.write(fd, bytes(10**8))", "return 0.5"),
    "hard-coded for self-study": hard_coded().replace("{", "{{").replace("}", "}}"),
}

RETURNING = {
    "an object equal to all": "class All:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
    + body("return All()"),
    "an object that says it is an array": (
        "class Liar:\n    __class__ = np.ndarray\n    dtype, shape, ndim, size = np.dtype(float), (), 0, 1\n"
        "    def __array__(self, *a, **k): return np.array(a)\n"
    )
    + body("return Liar()"),
    "a subclass that compares as it likes": (
        "class Sub(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return True\n"
        "    def __array_function__(self, *a, **k): return True\n"
    )
    + body("return np.zeros(()).view(Sub)"),
    "a pickle that runs code": (
        "class Bomb:\n    def __reduce__(self):\n        import os\n"
        "        return os.system, ('touch /tmp/mha_pwned',)\n"
    )
    + body("return Bomb()"),
    "nothing": body("pass"),
    "nan": body("return np.nan"),
    "infinity": body("return np.inf"),
    "objects": body("return np.array([object()], dtype=object)"),
    "a huge answer": body("return np.zeros(10**8)"),
    "a deep answer": body("x = []", "for i in range(900): x = [x]", "return x"),
    "a list that holds itself": body("x = []", "x.append(x)", "return x"),
    "a huge number": body("return 10 ** 100_000"),
    "a generator": body("yield 0.5"),
    "a function": body("return cosine"),
    "a type with a wild name": body("return type('<script>alert(1)</script>', (), {{}})()"),
    "an error full of markup": body("raise ValueError('<script>alert(1)</script><img src=x onerror=alert(2)>')"),
    "an error that cannot be shown": "class E(Exception):\n    def __str__(self): raise self\n" + body("raise E"),
    "an error with a wild name": body("raise type('<b>', (Exception,), {{}})('\\x1b[31m\\u202e=1+1')"),
    "the error of an empty stub": body("raise NotImplementedError"),
    "no function": "cosine = 5",
    "its name twice, the last one wrong": body("return a @ b / np.sqrt(a @ a) / np.sqrt(b @ b)")
    + "\n\n\n"
    + body("return a @ b"),
    "its inputs changed": body("result = a @ b / np.sqrt(a @ a) / np.sqrt(b @ b)", "a[:] = 0", "return result"),
}

PARSING = {
    "a cell of brackets": "x = " + "(" * 20_000 + "\n" + body("return 0.5"),
    "a cell of signs": "x = " + "-" * 100_000 + "1\n" + body("return 0.5"),
    "a long chain": "x = a" + ".b" * 50_000 + "\n" + body("return 0.5"),
    "a null byte": "x = 1\x00\n" + body("return 0.5"),
    "a surrogate": "x = '\ud800'\n" + body("return 0.5"),
    "a number of many digits": "x = " + "9" * 100_000 + "\n" + body("return 0.5"),
    "magics": "%%bash\ntouch /tmp/mha_pwned\n" + body("return 0.5"),
    "shell lines": "!touch /tmp/mha_pwned\n%run x.py\n" + body("return 0.5"),
}

CODE = {**ENDING, **SPAWNING, **SPYING, **FORGING, **RETURNING, **PARSING}

OTHER = {
    "a tensor that answers for torch": (
        "masked_mean",
        "import torch\n\n\nclass T(torch.Tensor):\n"
        "    @classmethod\n    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        "        return torch.zeros(1, dtype=torch.float64)\n\n\n"
        "def masked_mean(x, mask):\n    return x.as_subclass(T)",
    ),
    "torch patched": (
        "masked_mean",
        "import torch\n\n\ndef masked_mean(x, mask):\n    torch.autograd.grad = lambda *a, **k: [None] * 9\n"
        "    torch.allclose = torch.equal = lambda *a, **k: True\n    return x.mean(1)",
    ),
    "a module that answers to every name": (
        "MultiHeadAttention",
        "class MultiHeadAttention:\n    def __init__(self, **k): pass\n"
        "    def __getattr__(self, name): return lambda *a, **k: self\n"
        "    def __call__(self, **k): return k['x'] * 0",
    ),
    "questions without end": (
        "leaks_future",
        "def leaks_future(function, x):\n    while True: function(x)",
    ),
    "questions of monstrous size": (
        "leaks_future",
        "def leaks_future(function, x):\n    return function(np.zeros((10**5, 1))) is None",
    ),
    "a question to no function": (
        "leaks_future",
        "def leaks_future(function, x):\n    line = function.__closure__[0].cell_contents\n"
        "    return line.ask(10**9, [x]) is None or line.ask(-1, ['x']) is None",
    ),
    "an input that would fill the judge": (
        "expose_softmax",
        "def expose_softmax():\n    return np.zeros((10**4, 10**2))",
    ),
    "an input of sizes": ("expose_multi_head_attention", "def expose_multi_head_attention():\n    return (10**9,) * 9"),
    "an input that is nan": ("expose_softmax", "def expose_softmax():\n    return np.full(3, np.nan)"),
    "an input on which all fail": ("expose_cosine", "def expose_cosine():\n    return np.ones(3), np.ones(4)"),
}
