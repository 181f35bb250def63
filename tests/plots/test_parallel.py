"""The drawings of several processes show what the simulations compute."""

import numpy as np

import mha_lib as mha
from mha_lib import plots
from mha_lib.parallel import collectives, ring
from mha_lib.plots.parallel import HELD


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text().strip()]


def rows(cells):
    """Return a drawing's rows as arrays of letters, None where there is nothing."""
    return [[None if cell == " " else cell for cell in row.ljust(3)] for row in cells]


def test_the_drawn_collectives_are_those_of_the_library():
    before, after = (rows(cells) for cells in HELD["broadcast"])
    assert collectives.broadcast(before) == after
    before, after = HELD["all-gather"]
    assert ["".join(before[r][r] for r in range(3))] * 3 == after
    assert collectives.pass_on(HELD["send to the next"][0]) == HELD["send to the next"][1]


def test_each_collective_has_a_panel_with_its_cells():
    axes = plots.show_collectives()
    assert [ax.get_title() for ax in axes] == list(HELD)
    for ax, (before, after) in zip(axes, HELD.values(), strict=True):
        assert len(texts(ax)) == sum(len(cells.replace(" ", "")) for cells in (*before, *after))


def test_a_ring_is_drawn_step_by_step_with_its_counts():
    states = mha.ring_all_reduce(np.ones((3, 3)))[1][..., 0]
    axes = plots.show_ring_states(states)
    assert [ax.get_title() for ax in axes] == ["start", "step 1", "step 2", "step 3", "step 4"]
    assert [texts(ax) for ax in axes] == [[f"{value:.0f}" for value in table.ravel()] for table in states]


def test_the_work_of_a_ring_is_written_in_its_table():
    work = mha.ring_work(ring.contiguous_places(8, 2))
    (ax,) = plots.show_ring_work({"one block each": work})
    assert texts(ax) == [str(number) for number in work.ravel()]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("process", "round")


def test_packed_rows_are_given_away_as_shard_heads_does():
    by_rows, by_heads = plots.show_packed_shards(num_heads=4, num_processes=2)
    owner = {name: rank for rank, shard in enumerate(mha.shard_heads(np.arange(12), 4, 2)) for name in shard.tolist()}
    assert [int(text[-1]) for text in texts(by_heads)] == [owner[row] for row in range(12)]
    assert [int(text[-1]) for text in texts(by_rows)] == [0] * 6 + [1] * 6


def test_a_pipeline_shows_each_micro_batch_twice_a_stage():
    ax = plots.show_pipeline(mha.pipeline_schedule(3, 2), num_micro_batches=2)
    assert sorted(texts(ax)) == ["0"] * 6 + ["1"] * 6
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time", "stage")
