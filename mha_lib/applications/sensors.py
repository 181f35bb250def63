"""Chapter 21. Sensors: several instruments measure one distance; some have dropped out, some read nonsense."""

from typing import NamedTuple

import numpy as np

SENSORS = ("radar, front", "radar, left", "radar, right", "lidar", "camera", "ultrasound")
SCALE = np.array([1.0, 0.8, 1.2, 2.0, -1.5, 0.5])  # what a sensor shows for one metre more
OFFSET = np.array([0.0, 0.5, -0.5, 1.0, 3.0, 0.2])
NOISE = np.array([0.20, 0.30, 0.30, 0.05, 0.40, 0.08])  # in metres
FAULTS = 0.1  # how often a sensor shows something that has nothing to do with the distance


class Readings(NamedTuple):
    """What the sensors show, (b, 6); which have not dropped out, (b, 6) booleans; the true distance, (b,)."""

    shown: np.ndarray
    present: np.ndarray
    distance: np.ndarray


def make_readings(rng, count, dropped):
    """Return `count` Readings of random distances from -1 to 1.

    rng: numpy.random.Generator   dropped: how likely each sensor is to drop out, a number or one for each, (count, 1)

    At least one sensor is left in each. One that has dropped out shows 0; a faulty one shows a distance drawn anew.
    """
    distance = rng.uniform(-1, 1, count)
    seen = np.where(rng.random((count, 6)) < FAULTS, rng.uniform(-1, 1, (count, 6)), distance[:, None])
    shown = SCALE * seen + OFFSET + np.abs(SCALE) * NOISE * rng.normal(size=(count, 6))
    present = rng.random((count, 6)) >= dropped
    present[np.arange(count), rng.integers(6, size=count)] |= ~present.any(axis=1)
    return Readings(np.where(present, shown, 0.0), present, distance)


def rescaled_median(readings, scale=SCALE, offset=OFFSET):
    """Return the median of what the present sensors say, each set back to metres: (b,).

    It knows the scale and the offset of every sensor, as a manufacturer does. Half of the sensors may talk nonsense and
    the median hardly moves.

    >>> shown = np.array([[1.0, 0.0]])
    >>> rescaled_median(Readings(shown, np.array([[True, False]]), None), np.array([2.0, 1.0]), np.zeros(2)).tolist()
    [0.5]
    """
    metres = np.where(readings.present, (readings.shown - offset) / scale, np.nan)
    return np.nanmedian(metres, axis=1)
