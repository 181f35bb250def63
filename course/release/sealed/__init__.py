"""The sealed edition: notebooks to be handed out, and a library in which what they ask for is not there to be read.

`library` picks the parts of `mha_lib` that the notebooks need and empties what is to be written; `notebooks` blanks the
notebooks; `own_answers.py` and `checks_page.py` are files of the sealed library: they keep the reader's own answers,
which the emptied functions call.
"""
