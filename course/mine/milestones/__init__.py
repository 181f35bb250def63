"""What closes a part of the book: a task, with a bar set before, that runs on nothing but what the reader wrote.

`looking` and `encoder` are the tasks of Parts I and II, a module each with `TITLE`, `PARTS` and `scores`; `trial` runs
one in a process of its own, with any of the reader's parts exchanged for the book's; `exchange` finds the part at
fault; `hole` shows an input on which it differs; `telling` puts it in words. What the book never asks for, data and
training and what holds parts together, comes from here.
"""

from course.mine.milestones import encoder, looking

MILESTONES = {"I": looking, "II": encoder}
