"""Train the book's text encoder: `python -m course.pretrain`."""
