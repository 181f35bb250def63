"""Chapter 22. Counterfactual pairs: the same text with the group's word exchanged, and what that does to an output."""

import numpy as np

NO_GROUP = -1


def swap_tokens(ids, pairs):
    """Return token numbers with every token of a pair exchanged for its partner, both ways at once.

    ids: integers (b, n)   pairs: integers (m, 2), no token in two of them  ->  (b, n)

    To swap twice is to do nothing. Raises ValueError if a token stands in two pairs: then there is no one partner.
    Source: Zhao et al., 2018, and Lu et al., 2020, for words of gender.

    >>> swap_tokens([[7, 1, 8, 1]], [[7, 8], [5, 6]]).tolist()
    [[8, 1, 7, 1]]
    """
    ids, pairs = np.asarray(ids), np.asarray(pairs)
    if len(np.unique(pairs)) != pairs.size:
        raise ValueError(
            f"each token must stand in one pair, got {pairs.size} places and {len(np.unique(pairs))} tokens"
        )
    partner = np.arange(max(ids.max(initial=0), pairs.max(initial=0)) + 1)
    partner[pairs[:, 0]] = pairs[:, 1]
    partner[pairs[:, 1]] = pairs[:, 0]
    return partner[ids]


def counterfactual_gap(chances, swapped, groups):
    """Return how much larger a model's output is with a word of group 0 than with one of group 1, text by text.

    chances: (n,) outputs for the texts   swapped: (n,) outputs for the same texts with the words exchanged
    groups: (n,) integers, which group the text itself speaks of: 0, 1, or NO_GROUP for none

    The mean over the texts that speak of a group; positive if group 0 is favoured. Gaps of both signs may cancel, so
    look at single texts too. Raises ValueError if no text speaks of a group.
    Source: Garg et al., 2019 (counterfactual token fairness), where the gap is absolute.

    >>> round(counterfactual_gap([0.9, 0.2, 0.5], [0.3, 0.6, 0.5], [0, 1, NO_GROUP]), 6)
    0.5
    """
    chances, swapped, groups = np.asarray(chances), np.asarray(swapped), np.asarray(groups)
    speaks = groups != NO_GROUP
    if not speaks.any():
        raise ValueError(f"none of the {len(groups)} texts speaks of a group, so there is nothing to exchange")
    gain = np.where(groups == 0, chances - swapped, swapped - chances)
    return float(gain[speaks].mean())


def augment(ids, labels, pairs):
    """Return the texts and then all of them again with the groups exchanged, under the same labels: (2 b, n), (2 b,).

    ids: integers (b, n)   labels: (b,)   pairs: integers (m, 2)

    Counterfactual data augmentation: whatever a word said of a label, its partner now says as loudly.
    Source: Lu et al., 2020.

    >>> augment([[7, 1]], [1], [[7, 8]])
    (array([[7, 1],
           [8, 1]]), array([1, 1]))
    """
    return np.concatenate([ids, swap_tokens(ids, pairs)]), np.concatenate([labels, labels])
