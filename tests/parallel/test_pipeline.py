"""parallel.pipeline: the schedule keeps every order that it must, and its gaps are the bubble."""

import numpy as np
import pytest

import mha_lib as mha


@pytest.mark.parametrize(("p", "m"), [(1, 1), (1, 4), (4, 1), (4, 8), (3, 5)])
def test_the_gaps_in_the_schedule_are_the_bubble(p, m):
    assert (mha.pipeline_schedule(p, m) == -1).mean() == pytest.approx(mha.bubble_share(p, m))


@pytest.mark.parametrize(("p", "m"), [(1, 2), (4, 1), (4, 8), (3, 5)])
def test_a_micro_batch_goes_up_stage_by_stage_and_back_down(p, m):
    schedule = mha.pipeline_schedule(p, m)
    for batch in range(m):
        up = [int(np.flatnonzero(row == batch).item()) for row in schedule]
        down = [int(np.flatnonzero(row == m + batch).item()) for row in schedule]
        assert np.diff(up).tolist() == [1] * (p - 1)
        assert np.diff(down).tolist() == [-1] * (p - 1)
        assert down[-1] > up[-1]


@pytest.mark.parametrize(("p", "m"), [(0, 3), (2, 0)])
def test_a_pipeline_of_nothing_is_refused(p, m):
    with pytest.raises(ValueError, match=f"got {p} and {m}"):
        mha.pipeline_schedule(p, m)
