"""Chapter 12. GPT checkpoints: GPT-2 and models of its kind read from folders in Hugging Face's format.

Of the settings that could make another model, each is read or refused by name.
"""

from functools import partial

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from tokenizers.implementations import ByteLevelBPETokenizer

from mha_lib.bert import checkpoint_files as files
from mha_lib.gpt.model import GPT

ARCHITECTURES = ("GPT2LMHeadModel", "GPT2Model")
SIZES = {
    "vocab_size": "vocab_size",
    "n_embd": "d_model",
    "n_head": "num_heads",
    "n_layer": "num_layers",
    "n_positions": "max_len",
}
FIXED = {  # with the value that a file means where it is silent
    "activation_function": "gelu_new",
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}
NAMES = (  # ours -> GPT-2's, in this order
    ("encoder.blocks.", "h."),
    ("encoder.final_norm", "ln_f"),
    ("attention.project_qkv", "attn.c_attn"),
    ("attention.project_out", "attn.c_proj"),
    ("attention_norm", "ln_1"),
    ("feed_forward.project_in", "mlp.c_fc"),
    ("feed_forward.project_out", "mlp.c_proj"),
    ("feed_forward_norm", "ln_2"),
    ("token_embedding", "wte"),
    ("position_embedding", "wpe"),
)
NOT_READ = (".attn.bias", ".attn.masked_bias")  # the causal mask, which old files hold as tensors
HEAD, EMBEDDING = "lm_head.weight", "wte.weight"

gelu_new = partial(F.gelu, approximate="tanh")


def load_gpt(folder, dropout=0.0):
    """Return (model, tokenizer) from a folder in Hugging Face's format, the model in eval mode and float32.

    folder   a local folder, or a model's name if the hub's own cache on this disk holds it
    dropout  the rate for training on; a checkpoint's own is not read, for it says nothing of what was learned

    The architectures are GPT2LMHeadModel and GPT2Model, whatever their size. The tokenizer, of the package
    `tokenizers`, neither cuts nor pads, whatever its file says.
    Raises ValueError naming the file, setting or tensor that is missing, too many, of the wrong shape, or another kind.
    """
    folder = files.find_folder(folder)
    settings = read_settings(files.read_config(folder))
    model = GPT(**settings, dropout=dropout)
    model.load_state_dict(files.fitted(model, gpt_tensors(files.read_tensors(folder)), gpt_sources))
    return model.eval(), files.read_tokenizer(folder, settings["vocab_size"], {"vocab.json": byte_pair_tokenizer})


def read_settings(config):
    """Return the arguments for GPT that a configuration means. Raises ValueError naming what does not fit."""
    files.architecture(config, ARCHITECTURES, {"gpt2": "GPT2Model"})
    files.check_fixed(config, FIXED)
    settings = files.renamed(config, SIZES)
    d_ff = config.get("n_inner") or 4 * settings["d_model"]
    eps = config.get("layer_norm_epsilon", 1e-5)
    return settings | {"d_ff": d_ff, "eps": eps, "positions": "learned", "activation": gelu_new}


def gpt_tensors(stored):
    """Return the tensors under GPT2Model's names, matrices as ours are stored: (out, in).

    GPT-2's layers are called Conv1D and store (in, out). Raises ValueError if the head has a matrix of its own: here it
    is tied to the embeddings.
    """
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in stored.items()}
    tensors = {name: tensor for name, tensor in tensors.items() if not name.endswith(NOT_READ)}
    if HEAD in tensors and EMBEDDING in tensors and not torch.equal(tensors.pop(HEAD), tensors[EMBEDDING]):
        raise ValueError(f"{HEAD} differs from {EMBEDDING}; only a head tied to the embeddings can be read")
    return {name: tensor.t() if is_turned(name) else tensor for name, tensor in tensors.items()}


def is_turned(name):
    """Return whether a tensor of GPT-2 is a matrix (in, out).

    >>> is_turned("h.0.attn.c_attn.weight"), is_turned("h.0.attn.c_attn.bias"), is_turned("wte.weight")
    (True, False, False)
    """
    return name.startswith("h.") and ".c_" in name and name.endswith(".weight")


def gpt_sources(name):
    """Return the names of GPT-2's tensors that make one of ours: one, for it packs q, k and v in our order.

    >>> gpt_sources("encoder.blocks.0.attention.project_qkv.bias")
    ['h.0.attn.c_attn.bias']
    """
    for ours, theirs in NAMES:
        name = name.replace(ours, theirs)
    return [name]


def byte_pair_tokenizer(folder):
    """Return GPT-2's tokenizer from vocab.json and merges.txt: pairs of bytes, a space being part of the word after."""
    merges = files.needed(folder, "merges.txt")
    return Tokenizer.from_str(ByteLevelBPETokenizer(str(folder / "vocab.json"), str(merges)).to_str())
