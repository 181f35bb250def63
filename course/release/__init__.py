"""Make a folder to hand out: `python -m course.release OUT`."""
