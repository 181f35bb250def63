"""The PyTorch half of the library: `import mha_lib.nn` loads torch; this page is its table of contents."""

from mha_lib.ablation import without_heads
from mha_lib.bert import Bert, hidden_labels, masked_lm_loss
from mha_lib.bertviz_bridge import for_bertviz
from mha_lib.cache import Cache, CachedScores
from mha_lib.contrastive import TwoTowers, matching_loss
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
from mha_lib.fine_tuning import SpanFinder, TextClassifier, best_span, mean_pool
from mha_lib.gates import HeadGates, expected_open, gate_heads, hard_concrete, open_probability
from mha_lib.gpt import GPT, next_token_loss
from mha_lib.grouped_cache import GroupedCache
from mha_lib.grouped_layers import GroupedQueryAttention, grouped_from, read_shared, share_heads
from mha_lib.layers import FeedForward, MultiHeadAttention, attention_weights
from mha_lib.packing import attend_packed, encode_packed, pack, unpack
from mha_lib.parallel import ShardedAttention, ShardedFeedForward
from mha_lib.picture_questions import QuestionReader
from mha_lib.position_layers import Alibi, PastBias, Positions, RelativeBias, Rotary
from mha_lib.reading import attention_maps, recorded_weights
from mha_lib.t5 import T5, GatedFeedForward, RMSNorm
from mha_lib.text_encoder import HiddenTokenHead, TextEncoder
from mha_lib.vision import VisionClassifier, VisionEncoder
from mha_lib.xlnet import XLNet

__all__ = [
    "GPT",
    "T5",
    "Alibi",
    "Bert",
    "Cache",
    "CachedScores",
    "Decoder",
    "DecoderBlock",
    "Encoder",
    "EncoderBlock",
    "EncoderClassifier",
    "FeedForward",
    "GatedFeedForward",
    "GroupedCache",
    "GroupedQueryAttention",
    "HeadGates",
    "HiddenTokenHead",
    "MultiHeadAttention",
    "PastBias",
    "Positions",
    "QuestionReader",
    "RMSNorm",
    "RelativeBias",
    "Rotary",
    "Seq2Seq",
    "ShardedAttention",
    "ShardedFeedForward",
    "SpanFinder",
    "TextClassifier",
    "TextEncoder",
    "TwoTowers",
    "VisionClassifier",
    "VisionEncoder",
    "XLNet",
    "attend_packed",
    "attention_maps",
    "attention_weights",
    "best_span",
    "encode_packed",
    "expected_open",
    "for_bertviz",
    "from_torch_attention",
    "from_torch_block",
    "from_torch_decoder_block",
    "gate_heads",
    "grouped_from",
    "hard_concrete",
    "hidden_labels",
    "masked_lm_loss",
    "matching_loss",
    "mean_pool",
    "next_token_loss",
    "open_probability",
    "pack",
    "read_shared",
    "recorded_weights",
    "sequence_loss",
    "share_heads",
    "shift",
    "to_torch_attention",
    "to_torch_block",
    "to_torch_decoder_block",
    "unpack",
    "without_heads",
]
