"""Chapter 11. The attention of any model to look into: every layer and head, in a notebook and in the page."""

from mha_lib.live.view import AttentionView, show_attention, show_encoder

__all__ = ["AttentionView", "show_attention", "show_encoder"]
