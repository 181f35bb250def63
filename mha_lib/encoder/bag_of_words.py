"""Chapter 8. Bag of words: a sentence as a count of its words, and logistic regression on the counts."""

import numpy as np


def count_words(ids, vocab_size):
    """Return how often each word of the vocabulary stands in each sentence; the order is lost.

    ids: integers (b, n)  ->  (b, vocab_size)

    >>> count_words([[2, 1, 2]], 4).tolist()
    [[0.0, 1.0, 2.0, 0.0]]
    """
    return np.array([np.bincount(row, minlength=vocab_size) for row in np.asarray(ids)], dtype=float)


def fit_logistic(x, labels, penalty=1.0, steps=12):
    """Return (weights, bias) of logistic regression, fitted by Newton's method.

    x: (b, d)   labels: 0 or 1, (b,)  ->  (d,) and a number

    penalty    times half the sum of squared weights is added to the loss; the bias goes free

    Source: Bishop, 2006, section 4.3.3 (iteratively reweighted least squares).

    >>> weights, bias = fit_logistic([[-1.0], [1.0]], [0, 1])
    >>> bool(weights[0] > 0), round(abs(bias), 6)
    (True, 0.0)
    """
    x = np.column_stack([np.asarray(x, dtype=float), np.ones(len(x))])
    ridge = penalty * np.diag([*np.ones(x.shape[1] - 1), 1e-9])
    solution = np.zeros(x.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-x @ solution))
        slope = x.T @ (chance - labels) + ridge @ solution
        curvature = (x.T * (chance * (1 - chance))) @ x + ridge
        solution = solution - np.linalg.solve(curvature, slope)
    return solution[:-1], float(solution[-1])


def predict_logistic(x, weights, bias):
    """Return 1 where the score is positive, else 0. x: (b, d)  weights: (d,)  ->  integers (b,)

    >>> predict_logistic(np.array([[2.0], [-2.0]]), np.array([1.0]), 0.5).tolist()
    [1, 0]
    """
    return (np.asarray(x) @ weights + bias > 0).astype(int)
