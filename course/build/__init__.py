"""Build the notebooks: `python -m course.build`."""
