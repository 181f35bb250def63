"""Chapter 22. Mitigation: weights for training examples, and a direction taken out of vectors.

The third way, training on counterfactual texts too, is `mha_lib.fairness.counterfactual.augment`.
"""

import numpy as np

from mha_lib.similarity.vectors import shadow


def project_out(vectors, direction):
    """Return vectors without what they have along a direction: each stands at right angles to it.

    vectors: (..., d)   direction: (d,), of any length but 0  ->  (..., d)

    Lengths shrink; a cosine with the direction is 0 afterwards, and so is every difference that only it measures. What
    else the vectors have in common is left. Raises ValueError if the direction is zeros.
    Source: Bolukbasi et al., 2016 (the step that they call neutralise), without making lengths 1 again.

    >>> project_out([[3.0, 4.0], [5.0, 0.0]], [2.0, 0.0]).tolist()
    [[0.0, 4.0], [0.0, 0.0]]
    """
    if not np.any(direction):
        raise ValueError("the direction is zeros: there is nothing to take out")
    return np.asarray(vectors, dtype=float) - shadow(vectors, direction)


def reweigh(groups, labels):
    """Return one weight an example, with which group and label are independent: expected share over observed share.

    groups, labels: (n,) integers  ->  (n,), of mean 1

    The weights of each group, and of each label, still add up to its count. Raises ValueError if a group lacks a label:
    no weight makes up for examples that do not exist.
    Source: Kamiran and Calders, 2012 (reweighing).

    >>> reweigh([0, 0, 0, 1, 1, 1], [1, 1, 0, 1, 0, 0]).round(6).tolist()
    [0.75, 0.75, 1.5, 1.5, 0.75, 0.75]
    """
    groups, labels = np.asarray(groups), np.asarray(labels)
    if len(np.unique(np.stack([groups, labels]), axis=1).T) < len(np.unique(groups)) * len(np.unique(labels)):
        raise ValueError("a group has nobody with one of the labels; no weight makes up for that")
    weights = np.zeros(len(groups))
    for group in np.unique(groups):
        for label in np.unique(labels):
            members = (groups == group) & (labels == label)
            weights[members] = (groups == group).mean() * (labels == label).mean() / members.mean()
    return weights
