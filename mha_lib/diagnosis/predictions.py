"""Predictions: write down what you expect, then look. They are kept and compared, never graded for being right."""

import numpy as np

_predictions = {}


def predict(question, answer):
    """Keep a prediction and say so. `...` (nothing written yet) is answered with an invitation.

    The prediction lives in the notebook's cell and, while the notebook runs, in `predictions()`.
    """
    if answer is ... or answer == "":
        print("Write your prediction in this cell first. A wrong one teaches more than none.")
        return
    _predictions[question] = answer
    print(f"You predict: {_shown(answer)}. Read on and see.")


def compare(question, actual):
    """Print the prediction beside what came out."""
    if question not in _predictions:
        print(f"It is: {_shown(actual)}. (You made no prediction.)")
    elif agrees(_predictions[question], actual):
        print(f"As you predicted: {_shown(actual)}.")
    else:
        print(f"You predicted: {_shown(_predictions[question])}. It is: {_shown(actual)}.")


def predictions():
    """Return the predictions made so far in this session, by question."""
    return dict(_predictions)


def agrees(prediction, actual):
    """Return whether a prediction says the same as what came out: words but for case, numbers within 1 percent."""
    if isinstance(prediction, str) or isinstance(actual, str):
        return str(prediction).strip().casefold() == str(actual).strip().casefold()
    prediction, actual = np.asarray(prediction), np.asarray(actual)
    return prediction.shape == actual.shape and bool(np.allclose(prediction, actual, rtol=0.01, equal_nan=True))


def _shown(value):
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)
