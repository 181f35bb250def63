"""The PyTorch half of the library: `import mha_lib.nn` loads torch; this page is its table of contents."""

from mha_lib.bert.fine_tuning import SpanFinder, TextClassifier, best_span, mean_pool
from mha_lib.bert.masking import Bert, hidden_labels, masked_lm_loss
from mha_lib.bert.text_encoder import HiddenTokenHead, TextEncoder
from mha_lib.encoder.blocks import Encoder, EncoderBlock, EncoderClassifier
from mha_lib.encoder.convert import from_torch_block, to_torch_block
from mha_lib.encoder.packing import attend_packed, encode_packed, pack, unpack
from mha_lib.generalisation.gates import HeadGates, expected_open, gate_heads, hard_concrete, open_probability
from mha_lib.gpt.cache import Cache, CachedScores
from mha_lib.gpt.model import GPT, next_token_loss
from mha_lib.heads.convert import from_torch_attention, to_torch_attention
from mha_lib.heads.layers import FeedForward, MultiHeadAttention, attention_weights
from mha_lib.heads.reading import attention_maps, recorded_weights
from mha_lib.parallel.layers import ShardedAttention, ShardedFeedForward
from mha_lib.positions.layers import Alibi, PastBias, Positions, RelativeBias, Rotary
from mha_lib.seeing.ablation import without_heads
from mha_lib.seeing.bertviz_bridge import for_bertviz
from mha_lib.text_to_text.t5 import T5, GatedFeedForward, RMSNorm
from mha_lib.text_to_text.xlnet import XLNet
from mha_lib.translation.convert import from_torch_decoder_block, to_torch_decoder_block
from mha_lib.translation.decoder import Decoder, DecoderBlock, Seq2Seq, sequence_loss, shift
from mha_lib.variants.grouped_cache import GroupedCache
from mha_lib.variants.grouped_layers import GroupedQueryAttention, grouped_from, read_shared, share_heads
from mha_lib.vision.contrastive import TwoTowers, matching_loss
from mha_lib.vision.model import VisionClassifier, VisionEncoder
from mha_lib.vision.picture_questions import QuestionReader

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
