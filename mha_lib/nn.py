"""The PyTorch half of the library: `import mha_lib.nn` loads torch; this page is its table of contents."""

from mha_lib.ablation import without_heads
from mha_lib.bertviz_bridge import for_bertviz
from mha_lib.convert import (
    from_torch_attention,
    from_torch_block,
    from_torch_decoder_block,
    to_torch_attention,
    to_torch_block,
    to_torch_decoder_block,
)
from mha_lib.decoder import Decoder, DecoderBlock, Seq2Seq, sequence_loss, shift
from mha_lib.encoder import Encoder, EncoderBlock, EncoderClassifier
from mha_lib.layers import FeedForward, MultiHeadAttention, attention_weights
from mha_lib.packing import attend_packed, encode_packed, pack, unpack
from mha_lib.position_layers import Alibi, Positions, RelativeBias, Rotary
from mha_lib.reading import attention_maps, recorded_weights
from mha_lib.text_encoder import HiddenTokenHead, TextEncoder

__all__ = [
    "Alibi",
    "Decoder",
    "DecoderBlock",
    "Encoder",
    "EncoderBlock",
    "EncoderClassifier",
    "FeedForward",
    "HiddenTokenHead",
    "MultiHeadAttention",
    "Positions",
    "RelativeBias",
    "Rotary",
    "Seq2Seq",
    "TextEncoder",
    "attend_packed",
    "attention_maps",
    "attention_weights",
    "encode_packed",
    "for_bertviz",
    "from_torch_attention",
    "from_torch_block",
    "from_torch_decoder_block",
    "pack",
    "recorded_weights",
    "sequence_loss",
    "shift",
    "to_torch_attention",
    "to_torch_block",
    "to_torch_decoder_block",
    "unpack",
    "without_heads",
]
