"""Chapter 13. T5 checkpoints: models of version 1.0 and 1.1 read from folders in Hugging Face's format.

Of the settings that could make another model, each is read or refused by name.
"""

import math
from functools import partial

import torch

from mha_lib.bert import checkpoint_files as files
from mha_lib.text_to_text.t5 import T5

ARCHITECTURE = "T5ForConditionalGeneration"
SIZES = {
    "vocab_size": "vocab_size",
    "d_model": "d_model",
    "num_heads": "num_heads",
    "d_ff": "d_ff",
    "num_layers": "num_layers",
    "d_kv": "d_head",
}
OPTIONAL = {  # theirs -> ours, and what a silent file means
    "num_decoder_layers": ("num_decoder_layers", None),
    "relative_attention_num_buckets": ("num_buckets", 32),
    "relative_attention_max_distance": ("max_distance", 128),
    "layer_norm_epsilon": ("eps", 1e-6),
}
FIXED = {"is_encoder_decoder": True, "is_decoder": False}
FEED_FORWARDS = {  # feed_forward_proj -> what newer files say besides
    "relu": {"is_gated_act": False, "dense_act_fn": "relu"},
    "gated-gelu": {"is_gated_act": True, "dense_act_fn": "gelu_new"},
}
NAMES = (  # ours -> T5's, in this order
    (".blocks.", ".block."),
    (".attention.positions.table", ".attention.relative_attention_bias.weight"),
    (".attention.", ".layer.0.SelfAttention."),
    (".attention_norm.", ".layer.0.layer_norm."),
    (".cross_attention.", ".layer.1.EncDecAttention."),
    (".cross_attention_norm.", ".layer.1.layer_norm."),
    (".feed_forward_norm.", ".layer.2.layer_norm."),
    (".feed_forward.project_out.", ".layer.2.DenseReluDense.wo."),
    (".feed_forward.project_gate.", ".layer.2.DenseReluDense.wi_0."),
    (".project_out.", ".o."),
    (".final_norm.", ".final_layer_norm."),
    (".gain", ".weight"),
    ("token_embedding.", "shared."),
    ("predict.", "lm_head."),
)
COPIES = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
NEVER_READ = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"  # old files hold it


def load_t5(folder, dropout=0.0):
    """Return (model, tokenizer) from a folder in Hugging Face's format, the model in eval mode and float32.

    folder   a local folder, or a model's name if the hub's own cache on this disk holds it
    dropout  the rate for training on; a checkpoint's own is not read, for it says nothing of what was learned

    Both versions are read: 1.0, and 1.1 with gated feed-forward layers and a head of its own. The tokenizer, of the
    package `tokenizers`, neither cuts nor pads. A target starts with the padding token, and answers end with </s>.
    Raises ValueError naming the file, setting or tensor that is missing, too many, of the wrong shape, or another kind.
    """
    folder = files.find_folder(folder)
    config = files.read_config(folder)
    settings = read_settings(config)
    stored = t5_tensors(files.read_tensors(folder), settings["d_head"])
    tied = "lm_head.weight" not in stored and config.get("tie_word_embeddings", True)
    model = T5(**settings, tied=tied, dropout=dropout)
    model.load_state_dict(files.fitted(model, stored, partial(t5_sources, gated=settings["gated"])))
    return model.eval(), files.read_tokenizer(folder, settings["vocab_size"], {"spiece.model": refuse_sentencepiece})


def read_settings(config):
    """Return the arguments for T5 that a configuration means, `tied` left out. Raises ValueError naming what is amiss.

    Older files scale the scores exactly if the head is tied to the embeddings. Newer ones say so apart, and call every
    head tied: whether it is, only the tensors know.
    """
    files.architecture(config, [ARCHITECTURE], {"t5": ARCHITECTURE})
    kind = config.get("feed_forward_proj", "relu")
    if kind not in FEED_FORWARDS:
        raise ValueError(f"unsupported feed_forward_proj in config.json: {kind!r}; one of {[*FEED_FORWARDS]} is needed")
    files.check_fixed(config, FIXED | FEED_FORWARDS[kind])
    optional = {ours: config.get(name, silent) for name, (ours, silent) in OPTIONAL.items()}
    scale = config.get("scale_decoder_outputs", config.get("tie_word_embeddings", True))
    return files.renamed(config, SIZES) | optional | {"gated": kind == "gated-gelu", "scale_scores": scale}


def t5_tensors(stored, d_head):
    """Return the tensors without copies of the embedding, the queries' matrices made for scores that are divided.

    Raises ValueError if a side has embeddings of its own. A head that equals the embedding is a copy.
    """
    tensors = {name: tensor for name, tensor in stored.items() if name not in (*COPIES, NEVER_READ)}
    for copy in COPIES:
        if copy in stored and not same(stored, copy):
            raise ValueError(f"{copy} differs from shared.weight; only one embedding for both sides can be read")
    if same(stored, "lm_head.weight"):
        del tensors["lm_head.weight"]
    queries = [name for name in tensors if name.endswith("Attention.q.weight")]
    return tensors | {name: tensors[name].float() * math.sqrt(d_head) for name in queries}


def same(tensors, name):
    """Return whether there is a tensor of this name and it equals the shared embedding."""
    return name in tensors and "shared.weight" in tensors and torch.equal(tensors[name], tensors["shared.weight"])


def t5_sources(name, gated):
    """Return the names of T5's tensors that make one of ours, to be stacked: queries, keys and values lie apart.

    >>> t5_sources("encoder.blocks.0.feed_forward.project_in.weight", gated=True)
    ['encoder.block.0.layer.1.DenseReluDense.wi_1.weight']
    """
    for ours, theirs in NAMES:
        name = name.replace(ours, theirs)
    name = name.replace(".feed_forward.project_in.", f".layer.2.DenseReluDense.{'wi_1' if gated else 'wi'}.")
    if name.startswith("encoder."):  # an encoder's block has no cross-attention, so its feed-forward layer is number 1
        name = name.replace(".layer.2.", ".layer.1.")
    return [name.replace("project_qkv", part) for part in "qkv"] if "project_qkv" in name else [name]


def refuse_sentencepiece(folder):
    """Raise ValueError: a tokenizer in SentencePiece's own format is not read."""
    raise ValueError(
        f"{folder} has its tokenizer as spiece.model alone, and tokenizer.json is needed. Transformers and "
        f'sentencepiece write it: AutoTokenizer.from_pretrained("{folder}").save_pretrained("{folder}")'
    )
