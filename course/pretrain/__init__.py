"""Train the book's text encoder: `python -m course.pretrain`, or `make pretrain`.

Chapter 11 looks into a small BERT that the book trained itself, on the docstrings of the packages in its environment;
its page runs it in the reader's browser. It lies in `mha_lib/data/encoder`: weights, vocabulary, scores beside
counting baselines, and a model card made from those numbers. No sentence of the text is in it.

The command makes it anew: it reads the text, learns a vocabulary, and trains for two hours on two cores. Leave the
machine alone meanwhile, since the time is counted by the wall clock. Interrupt it when you must; the same command goes
on where it stopped. Nothing is replaced by an encoder that scores worse. After a new one, run `make notebooks`: the
chapter computes which head is which.
"""
