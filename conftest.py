"""What tests and nbval's kernels compute with: one thread, as when the chapters were built.

Two workers with a thread for each core would also stand in each other's way; PyTorch gets ten times slower.
"""

import os

from course.environment import ONE_THREAD

os.environ.update(ONE_THREAD)
