"""Chapter 18. Model selection: settings drawn at random, a choice by validation, and what its score is worth."""

import numpy as np


def draw_settings(rng, ranges):
    """Return settings drawn at random, a dict of name -> value.

    rng: numpy.random.Generator
    ranges: name -> (low, high), drawn evenly in the logarithm, or -> a list, of which one is drawn

    Raises ValueError for a range that does not go from a positive number up to a larger one.
    Source: Bergstra and Bengio, 2012, section 2.

    >>> settings = draw_settings(np.random.default_rng(0), {"lr": (1e-4, 1e-2), "heads": [2, 4]})
    >>> 1e-4 <= settings["lr"] <= 1e-2, settings["heads"] in (2, 4)
    (True, True)
    """
    settings = {}
    for name, choice in ranges.items():
        if isinstance(choice, list):
            settings[name] = choice[rng.integers(len(choice))]
            continue
        low, high = choice
        if not 0.0 < low < high:
            raise ValueError(f"{name} must range from a positive number up to a larger one, got {low} to {high}")
        settings[name] = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return settings


def pick_model(validation, test):
    """Return (setting, score): the setting that is best on validation, the mean over its seeds, and its mean on test.

    validation, test: accuracies (settings, seeds)  ->  a whole number and a number

    The test has no say in the choice. Of equal ones the first is taken. Raises ValueError if the shapes differ.

    >>> pick_model([[0.5, 0.7], [0.9, 0.1]], [[0.6, 0.5], [0.8, 0.9]])
    (0, 0.55)
    """
    validation, test = np.asarray(validation), np.asarray(test)
    if validation.shape != test.shape or validation.ndim != 2:
        raise ValueError(f"both must be (settings, seeds), got {validation.shape} and {test.shape}")
    setting = int(validation.mean(axis=1).argmax())
    return setting, float(test[setting].mean())


def best_by_chance(rng, num_models, accuracy, num_examples, times=2000):
    """Return the mean validation score of the best of some equally good models, each of them right by chance.

    rng: numpy.random.Generator   accuracy: of every model, on examples without end
    num_examples: in validation   times: how often the contest is held

    What it exceeds `accuracy` by is owed to the choice alone.

    >>> round(best_by_chance(np.random.default_rng(0), 1, 0.7, 100), 2)
    0.7
    """
    return float((rng.binomial(num_examples, accuracy, (times, num_models)) / num_examples).max(axis=1).mean())
