"""The training loop and what stands around it; several chapters use it, and it uses none of them."""
