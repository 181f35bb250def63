"""The surroundings in which a chapter runs, the same on every machine."""

import os
from importlib.util import find_spec
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
AS_THE_BOOK = {"MHA_BOOK_RUN": "1"}  # `checks.yours` gives the book's: no output depends on an answer
KERNEL_ARGUMENTS = [
    "--InlineBackend.print_figure_kwargs={'bbox_inches': 'tight', 'metadata': {'Software': None}}",
    "--log-level=ERROR",
]


def environment(folder):
    """Return environment variables that make a run repeatable; personal settings are looked for in `folder` instead.

    One thread, because the order of additions decides the last digits; no GPU, for the same reason.
    """
    defaults = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "matplotlibrc"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        **ONE_THREAD,
        **AS_THE_BOOK,
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": str(defaults),
        "IPYTHONDIR": str(folder),
    }


def kernel_manager():
    """Return a manager for a kernel of the running interpreter, whatever kernels are installed: as nbval does."""
    return AsyncKernelManager(kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager())
