"""What all commands share of a notebook: its cells, its markers, its file, its stamp, its blank form."""
