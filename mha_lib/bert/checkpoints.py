"""Chapter 10. Checkpoints: text encoders read from, and written to, folders in Hugging Face's format.

What all such readers share is in `mha_lib.bert.checkpoint_files`; here is what BERT's files and the book's own have of
their own. What TextEncoder can't be is refused by name.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.implementations import BertWordPieceTokenizer

from mha_lib.bert import checkpoint_files as files
from mha_lib.bert.text_encoder import TextEncoder

BERT_HEADS = {"BertModel": False, "BertForMaskedLM": True, "BertForPreTraining": True}  # whether it guesses tokens
BOOK = "MhaTextEncoder"
BOOK_FOLDER = Path(__file__).parents[1] / "data" / "encoder"
SIZES = {
    "vocab_size": "vocab_size",
    "hidden_size": "d_model",
    "num_attention_heads": "num_heads",
    "intermediate_size": "d_ff",
    "num_hidden_layers": "num_layers",
    "max_position_embeddings": "max_len",
    "type_vocab_size": "num_token_types",
}
BOOK_SETTINGS = {  # those that BERT leaves no choice of
    "layer_norm_eps": "eps",
    "position_embedding_type": "positions",
    "norm": "norm",
    "embedding_norm": "embedding_norm",
    "head": "head",
}
BERT_FIXED = {  # in BERT's words, with the value that a file means where it is silent
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}
BERT_NAMES = (  # ours -> BERT's, in this order
    ("encoder.blocks.", "encoder.layer."),
    ("attention.project_out", "attention.output.dense"),
    ("attention_norm", "attention.output.LayerNorm"),
    ("feed_forward.project_in", "intermediate.dense"),
    ("feed_forward.project_out", "output.dense"),
    ("feed_forward_norm", "output.LayerNorm"),
    ("token_type_embedding", "embeddings.token_type_embeddings"),
    ("token_embedding", "embeddings.word_embeddings"),
    ("position_embedding", "embeddings.position_embeddings"),
    ("embedding_norm", "embeddings.LayerNorm"),
    ("head.project", "cls.predictions.transform.dense"),
    ("head.norm", "cls.predictions.transform.LayerNorm"),
    ("head.bias", "cls.predictions.bias"),
)
NOT_READ = ("pooler.dense.", "cls.seq_relationship.", "embeddings.position_ids")  # they judge pairs; a list of 0, 1, 2
COPIES = {
    "cls.predictions.decoder.weight": "embeddings.word_embeddings.weight",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
}


def load_encoder(folder, dropout=0.0):
    """Return (encoder, tokenizer) from a folder in Hugging Face's format, the encoder in eval mode and float32.

    folder   a local folder, or a model's name if the hub's own cache on this disk holds it
    dropout  the rate for training on; a checkpoint's own is not read, for it says nothing of what was learned

    The architectures are BERT's (BertModel, BertForMaskedLM, BertForPreTraining) and the book's own, as `save_encoder`
    writes it. BERT's pooler and its judge of sentence pairs have no place in TextEncoder and are left out. The
    tokenizer, of the package `tokenizers`, neither cuts nor pads, whatever its file says.
    Raises ValueError naming the file, setting or tensor that is missing, too many, of the wrong shape, or another kind.
    """
    folder = files.find_folder(folder)
    config = files.read_config(folder)
    settings = read_settings(config)
    encoder = TextEncoder(**settings, dropout=dropout)
    stored = files.read_tensors(folder)
    is_bert = architecture(config) != BOOK
    tensors = bert_tensors(stored) if is_bert else stored
    encoder.load_state_dict(files.fitted(encoder, tensors, bert_sources if is_bert else itself))
    return encoder.eval(), files.read_tokenizer(folder, settings["vocab_size"], {"vocab.txt": bert_tokenizer})


def load_book_encoder():
    """Return (encoder, tokenizer): the text encoder that comes with the book, in eval mode.

    It guesses hidden words of the documentation of Python packages; 1.3 million parameters, 4 layers of 8 heads.

    >>> encoder, tokenizer = load_book_encoder()
    >>> len(encoder.encoder.blocks), encoder.encoder.blocks[0].attention.num_heads, tokenizer.encode("a file").tokens
    (4, 8, ['[CLS]', 'a', 'file', '[SEP]'])
    """
    return load_encoder(BOOK_FOLDER)


def save_encoder(encoder, tokenizer, folder, dtype=torch.float32):
    """Write a TextEncoder and its tokenizer so that `load_encoder` reads them back; the folder is made if need be.

    dtype  what the file holds, such as torch.float16 for half the size; `load_encoder` makes float32 of it again

    Files of the same names are overwritten. Tensors keep the names that they have in TextEncoder.
    Raises ValueError if the tokenizer has more tokens than the encoder has embeddings.
    """
    settings = settings_of(encoder)
    files.check_vocabulary(tokenizer, settings["vocab_size"])
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {name: settings[ours] for name, ours in (SIZES | BOOK_SETTINGS).items()}
    config = {"architectures": [BOOK], "model_type": "mha_text_encoder", "dtype": str(dtype).split(".")[1]} | config
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    tensors = {name: tensor.to(dtype).contiguous() for name, tensor in encoder.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"))


def architecture(config):
    """Return the name of the model's class, or raise ValueError unless it is one that TextEncoder can be."""
    return files.architecture(config, [*BERT_HEADS, BOOK], {"bert": "BertModel"})


def read_settings(config):
    """Return the arguments for TextEncoder that a configuration means. Raises ValueError naming what does not fit."""
    name = architecture(config)
    if name == BOOK:
        return files.renamed(config, SIZES | BOOK_SETTINGS)
    files.check_fixed(config, BERT_FIXED)
    eps = config.get("layer_norm_eps", 1e-12)
    return files.renamed(config, SIZES) | {"positions": "learned", "norm": "post", "eps": eps, "head": BERT_HEADS[name]}


def settings_of(encoder):
    """Return the arguments that make a TextEncoder like this one, dropout left out."""
    block = encoder.encoder.blocks[0]
    types = encoder.token_type_embedding
    return {
        "vocab_size": encoder.token_embedding.num_embeddings,
        "d_model": encoder.token_embedding.embedding_dim,
        "num_heads": block.attention.num_heads,
        "d_ff": block.feed_forward.project_in.out_features,
        "num_layers": len(encoder.encoder.blocks),
        "max_len": encoder.max_len,
        "num_token_types": 0 if types is None else types.num_embeddings,
        "eps": block.attention_norm.eps,
        "positions": "rotary" if encoder.position_embedding is None else "learned",
        "norm": block.norm,
        "embedding_norm": isinstance(encoder.embedding_norm, torch.nn.LayerNorm),
        "head": encoder.head is not None,
    }


def bert_tensors(stored):
    """Return the tensors under BertModel's names, those without a place here left out.

    Raises ValueError if the head has a matrix of its own: here it is tied to the embeddings.
    """
    tensors = {modern(name): tensor for name, tensor in stored.items()}
    tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith(NOT_READ)}
    for copy, original in COPIES.items():
        if copy in tensors and original in tensors and not torch.equal(tensors.pop(copy), tensors[original]):
            raise ValueError(f"{copy} differs from {original}; only a head tied to the embeddings can be read")
    return tensors


def modern(name):
    """Return a BERT tensor's name without the prefix of a model with a head, and a LayerNorm's in today's words.

    >>> modern("bert.embeddings.LayerNorm.gamma")
    'embeddings.LayerNorm.weight'
    """
    return name.removeprefix("bert.").replace("LayerNorm.gamma", "LayerNorm.weight").replace("Norm.beta", "Norm.bias")


def bert_sources(name):
    """Return the names of BERT's tensors that make one of ours, to be stacked: queries, keys and values lie apart.

    >>> bert_sources("encoder.blocks.0.feed_forward.project_in.bias")
    ['encoder.layer.0.intermediate.dense.bias']
    """
    for ours, berts in BERT_NAMES:
        name = name.replace(ours, berts)
    if "project_qkv" not in name:
        return [name]
    return [name.replace("project_qkv", f"self.{part}") for part in ("query", "key", "value")]


def itself(name):
    """Return the names of the tensors that make one of the book's own: it alone."""
    return [name]


def bert_tokenizer(folder):
    """Return BERT's tokenizer with the vocabulary of vocab.txt; tokenizer_config.json may say to keep the case."""
    path = folder / "tokenizer_config.json"
    options = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    lower = options.get("do_lower_case", True)
    made = BertWordPieceTokenizer(
        str(folder / "vocab.txt"), lowercase=lower, strip_accents=options.get("strip_accents")
    )
    return Tokenizer.from_str(made.to_str())
