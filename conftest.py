"""What tests and nbval's kernels compute with: one thread, as when the chapters were built.

Two workers with a thread for each core would also stand in each other's way; PyTorch gets ten times slower.
Triton's kernels are tested in its interpreter, on any machine; where Triton is not to be had they are not collected.
"""

import os
from importlib.util import find_spec

from course.build.environment import ONE_THREAD

os.environ.update(ONE_THREAD)
os.environ["TRITON_INTERPRET"] = "1"
collect_ignore = [] if find_spec("triton") else ["mha_lib/gpu/triton_attention.py", "mha_lib/gpu/triton_kernels.py"]
