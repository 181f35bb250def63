"""Check a learner's notebook: `python -m course.check 03`."""
