"""Tokens per second of chapter 12's cache beside loops that others use, greedy, the same weights in all of them.

    python -m benchmarks.generation              some two minutes
    python -m benchmarks.generation --repeats 3  quicker

Contenders take turns in one process, in an order shuffled each round, and must write the same tokens before any clock
runs. The sizes are those of a small GPT-2: learned positions and the GELU approximated by tanh.
"""

import argparse
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.timing import clock, setting, store
from mha_lib.gpt.cache import Cache, CachedScores
from mha_lib.gpt.checkpoints import SIZES as CONFIG
from mha_lib.gpt.checkpoints import gelu_new, gpt_sources, is_turned
from mha_lib.gpt.model import GPT, scorer
from mha_lib.translation.decoding import greedy

SIZES = {"vocab_size": 65, "d_model": 128, "num_heads": 4, "d_ff": 512, "num_layers": 4, "max_len": 256}
PROMPT = 16
TASKS = {1: 240, 16: 100}  # batch -> new tokens
NOTE = "Greedy, a prompt of 16 tokens; 240 new tokens for one sequence, 100 for sixteen. A repeat is one round."


class Plain(nn.Module):
    """A GPT-2 as nanoGPT writes it, without a cache: fused causal attention, scores of the last place only."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        """Return the scores after the last token: (b, n) -> (b, 1, vocab_size)."""
        model = self.model
        x = model.token_embedding(tokens) + model.position_embedding(torch.arange(tokens.shape[1]))
        for block in model.encoder.blocks:
            x = x + self.attend(block.attention, block.attention_norm(x))
            forward = block.feed_forward
            x = x + forward.project_out(gelu_new(forward.project_in(block.feed_forward_norm(x))))
        return F.linear(model.encoder.final_norm(x)[:, [-1]], model.token_embedding.weight)

    def attend(self, layer, x):
        """Return what the attention layer adds."""
        b, n, d_model = x.shape
        parts = layer.project_qkv(x).split(d_model, dim=2)
        q, k, v = (part.view(b, n, layer.num_heads, -1).transpose(1, 2) for part in parts)
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return layer.project_out(heads.transpose(1, 2).contiguous().view(b, n, d_model))

    @torch.no_grad()
    def generate(self, tokens, max_new):
        """Return the tokens with the likeliest ones appended: cut to what fits, keep the best, softmax, draw."""
        for _ in range(max_new):
            scores = self(tokens[:, -SIZES["max_len"] :])[:, -1]
            best, _ = torch.topk(scores, 1)
            scores[scores < best[:, [-1]]] = -float("inf")
            token = torch.multinomial(F.softmax(scores, dim=-1), num_samples=1)
            tokens = torch.cat((tokens, token), dim=1)
        return tokens


@torch.inference_mode()
def by_cache(model, tokens, max_new):
    """Return the tokens with the likeliest ones appended, by our cache in a bare loop."""
    cache, made = Cache(model, len(tokens), SIZES["max_len"]), [tokens]
    for _ in range(max_new):
        made.append(model.token_scores(cache.read(made[-1])[:, -1]).argmax(-1, keepdim=True))
    return torch.cat(made, dim=1)


def by_score(score, tokens, max_new):
    """Return the same by the loop of chapter 9, which takes any function that scores."""
    return torch.from_numpy(greedy(score, tokens.numpy(), end=-1, max_new=max_new))


@torch.no_grad()
def by_bare_loop(model, tokens, max_new):
    """Return the same by Hugging Face's model and its cache in a bare loop."""
    made, past = [tokens], None
    for _ in range(max_new):
        out = model(made[-1], past_key_values=past, use_cache=True)
        past = out.past_key_values
        made.append(out.logits[:, -1].argmax(-1, keepdim=True))
    return torch.cat(made, dim=1)


def by_generate(model, tokens, max_new):
    """Return the same by Hugging Face's own `generate`."""
    sizes = {"min_new_tokens": max_new, "max_new_tokens": max_new}
    real = torch.ones_like(tokens)
    return model.generate(tokens, attention_mask=real, do_sample=False, pad_token_id=0, **sizes)


def hugging_face(model):
    """Return GPT2LMHeadModel of transformers with the parameters of our GPT."""
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {gpt: SIZES[ours] for gpt, ours in CONFIG.items() if ours in SIZES}
    config = GPT2Config(**sizes, bos_token_id=None, eos_token_id=None)
    theirs = GPT2LMHeadModel(config)
    named = {gpt_sources(name)[0]: tensor for name, tensor in model.state_dict().items()}
    state = {name: tensor.t() if is_turned(name) else tensor for name, tensor in named.items()}
    theirs.transformer.load_state_dict(state)
    return theirs.eval()


def contenders():
    """Return functions (tokens, max_new) -> tokens by name."""
    torch.manual_seed(0)
    model = GPT(**SIZES, positions="learned", activation=gelu_new).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    theirs = hugging_face(model)
    return {
        "ours, cache": lambda *args: by_cache(model, *args),
        "ours, cache, in chapter 9's loop": lambda *args: by_score(CachedScores(model, SIZES["max_len"]), *args),
        "ours, no cache": lambda *args: by_score(scorer(model), *args),
        "Hugging Face, cache, bare loop": lambda *args: by_bare_loop(theirs, *args),
        "Hugging Face, generate": lambda *args: by_generate(theirs, *args),
        "nanoGPT's form, no cache": Plain(model).generate,
    }


def raced(batch, max_new, repeats):
    """Return one row for each contender and repeat, once all have written the same tokens."""
    models, tokens = contenders(), torch.from_numpy(np.random.default_rng(0).integers(0, 65, (batch, PROMPT)))
    wanted = models["ours, cache"](tokens, max_new)
    for name, write in models.items():
        assert torch.equal(write(tokens, max_new), wanted), f"{name} writes other tokens"
    scores = []
    for repeat in range(repeats):
        for name in random.sample(list(models), len(models)):
            began = clock()
            models[name](tokens, max_new)
            rate = batch * max_new / (clock() - began)
            scores.append({"task": f"batch {batch}", "model": name, "seed": repeat, "tokens_per_second": round(rate)})
    scores.sort(key=lambda row: list(models).index(row["model"]))  # the table's rows, in the contenders' order
    return [row | {"times_hugging_face": of(scores, row)} for row in scores]


def of(scores, row):
    """Return how many times as fast a row is as Hugging Face's bare loop in the same round."""
    same = (other for other in scores if other["seed"] == row["seed"] and other["model"].endswith("bare loop"))
    return round(row["tokens_per_second"] / next(same)["tokens_per_second"], 2)


def main():
    """Race, print the medians, and store the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    scores = [row for batch, max_new in TASKS.items() for row in raced(batch, max_new, repeats)]
    for key in dict.fromkeys((row["task"], row["model"]) for row in scores):
        own = [row for row in scores if (row["task"], row["model"]) == key]
        rate, ratio = (np.median([row[name] for row in own]) for name in ("tokens_per_second", "times_hugging_face"))
        print(f"{key[0]:10} {key[1]:36} {rate:8.0f} tokens/s   {ratio:6.2f}")
    store("generation", setting(repeats, NOTE) | {"sizes": SIZES, "scores": scores})


if __name__ == "__main__":
    main()
