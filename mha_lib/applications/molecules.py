"""Chapter 21. Molecules as strings: made chains with a ring in SMILES, and a question about the ring.

In SMILES a letter is an atom, and a digit after two atoms joins them, so that they and what lies between are a ring. C
and N are carbon and nitrogen; hydrogen is left out. Every string here is a molecule that could be drawn.
Source: Weininger, 1988, which defines the notation.
"""

from typing import NamedTuple

import numpy as np

PAD, CLS = "[pad]", "[cls]"
VOCABULARY = (PAD, CLS, "C", "N", "1")
MAX_LEN = 33

_IDS = {token: i for i, token in enumerate(VOCABULARY)}


class Molecule(NamedTuple):
    """A SMILES string, and 1 if its nitrogen is a member of the ring, else 0."""

    smiles: str
    label: int


def make_molecules(rng, count):
    """Return a list of `count` molecules of one ring and one nitrogen, which is in the ring in about half of them.

    rng: numpy.random.Generator

    A molecule may come twice. All have the same tokens, but for the number of carbons.
    """
    return [_molecule(rng, int(label)) for label in rng.integers(2, size=count)]


def split_molecules(rng, num_train, num_test):
    """Return (train, test): lists of molecules, none of the test's among the training's."""
    train = make_molecules(rng, num_train)
    seen = {molecule.smiles for molecule in train}
    others = [molecule for molecule in make_molecules(rng, 6 * num_test) if molecule.smiles not in seen]
    return train, others[:num_test]


def nitrogen_in_ring(smiles):
    """Return 1 if the nitrogen is a member of the ring, else 0: what a program says that knows the notation.

    >>> nitrogen_in_ring("CC1CCNCC1"), nitrogen_in_ring("CCN1CCCC1"), nitrogen_in_ring("CNC1CCCC1C")
    (1, 1, 0)
    """
    first, second = smiles.index("1"), smiles.rindex("1")
    return int("N" in smiles[first - 1 : second])


def encode(molecules):
    """Return (ids, labels): a [cls], one token a letter or digit, and padding: (b, MAX_LEN) and (b,).

    Raises ValueError if a string is too long, or has a token that is not in VOCABULARY.

    >>> [VOCABULARY[i] for i in encode([Molecule("C1CN1", 1)])[0][0][:7]]
    ['[cls]', 'C', '1', 'C', 'N', '1', '[pad]']
    """
    ids = np.zeros((len(molecules), MAX_LEN), dtype=int)
    for row, molecule in zip(ids, molecules, strict=True):
        if len(molecule.smiles) >= MAX_LEN or not set(molecule.smiles) <= set(VOCABULARY):
            raise ValueError(f"{molecule.smiles!r} must have fewer than {MAX_LEN} tokens, all of {VOCABULARY[2:]}")
        row[: len(molecule.smiles) + 1] = [_IDS[CLS], *(_IDS[token] for token in molecule.smiles)]
    return ids, np.array([molecule.label for molecule in molecules])


def _molecule(rng, label):
    """Return a molecule: a chain, a ring of 6 to 12 atoms, a chain."""
    before, after = (["C"] * int(rng.integers(2, 9)) for _ in range(2))
    ring = ["C"] * int(rng.integers(6, 13))
    chosen = ring if label else (before, after)[rng.integers(2)]
    chosen[rng.integers(len(chosen))] = "N"
    return Molecule("".join([*before, ring[0], "1", *ring[1:], "1", *after]), label)
