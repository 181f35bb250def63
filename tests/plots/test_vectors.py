"""The figures of chapter 1: arrows end where they should, angles are right, labels keep apart."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.path import Path

import mha_lib as mha
from mha_lib import plots
from mha_lib.similarity import words

ARROWS = {"cat": (3.0, 1.0), "mouse": (2.0, -1.0)}


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


@pytest.mark.parametrize("show", [plots.show_arrows, plots.show_angle, plots.show_shadow])
def test_axes_are_named_and_both_arrows_labelled(show):
    ax = show(ARROWS, "animal", "size")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("animal", "size")
    assert texts(ax)[:2] == ["cat", "mouse"]


def test_every_arrow_runs_from_the_origin_to_its_tip_inside_the_frame():
    ax = plots.show_arrows({**ARROWS, "small": (0.0, -2.0)})
    tips = [text.xy for text in ax.texts if text.arrow_patch]
    np.testing.assert_allclose(tips, [(3, 1), (2, -1), (0, -2)])
    assert ax.get_xlim()[0] < 0 < 3 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < -2 < 1 < ax.get_ylim()[1]


@pytest.mark.parametrize(("tip", "angle"), [((2.0, -1.0), "45°"), ((-3.0, -1.0), "180°"), ((-1.0, 3.0), "90°")])
def test_the_angle_is_written_in_degrees(tip, angle):
    assert texts(plots.show_angle({"cat": (3.0, 1.0), "other": tip}))[-1] == angle


def test_the_shadow_of_the_second_ends_on_the_first():
    ax = plots.show_shadow(ARROWS)
    dashed = next(line for line in ax.lines if line.get_linestyle() == "--")
    np.testing.assert_allclose(dashed.get_xydata(), [(2, -1), (1.5, 0.5)])


BLEND = ([(0.0, 0.0), (4.0, 0.0), (2.0, 2.0)], [0.2, 0.5, 0.3], ("the", "cat", "mouse"))


def test_a_blend_has_a_thin_arrow_for_each_vector_and_one_for_the_output():
    arrows = [text for text in plots.show_blend(*BLEND).texts if text.arrow_patch]
    np.testing.assert_allclose([arrow.xy for arrow in arrows], [(4, 0), (2, 2), (2.6, 0.6)])
    assert [arrow.arrow_patch.get_linewidth() for arrow in arrows] == [1, 1, 2.5]


def test_a_blend_names_each_vector_with_its_weight_but_none_of_zeros():
    assert texts(plots.show_blend(*BLEND)) == ["cat 0.50", "mouse 0.30", "output"]


def test_the_shares_of_a_blend_lie_head_to_tail_and_end_at_the_output():
    shares = [line for line in plots.show_blend(*BLEND).lines if line.get_linewidth() == 5]
    np.testing.assert_allclose([line.get_xydata() for line in shares], [[(0, 0), (2, 0)], [(2, 0), (2.6, 0.6)]])


@pytest.mark.parametrize("turned", [False, True])
def test_every_letter_of_a_blend_is_large_and_inside_the_figure(turned):
    vectors, weights, names = BLEND
    ax = plots.show_blend([v[::-1] for v in vectors] if turned else vectors, weights, names, "animal", "desk")
    ax.figure.draw_without_rendering()
    names = [text for text in ax.texts if text.get_text()]
    letters = [*names, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
    assert min(text.get_fontsize() for text in letters) >= 11
    frame = ax.get_window_extent()
    assert all(frame.fully_contains(*corner) for text in names for corner in text.get_window_extent().corners())


@pytest.mark.parametrize("turned", [False, True])
def test_the_name_of_the_output_lies_off_the_shares_and_the_arrows(turned):
    vectors, weights, names = BLEND
    vectors = [v[::-1] for v in vectors] if turned else vectors
    ax = plots.show_blend(vectors, weights, names)
    ax.figure.draw_without_rendering()
    box = next(text for text in ax.texts if text.get_text() == "output").get_window_extent()
    drawn = [line.get_path() for line in ax.lines[:2]] + [Path([(0, 0), vector]) for vector in vectors]
    assert not any(path.transformed(ax.transData).intersects_bbox(box, filled=False) for path in drawn)


def test_the_name_of_an_output_that_is_one_of_the_vectors_lies_beside_that_of_the_vector():
    ax = plots.show_blend([(0.0, 0.0), (2.0, 2.0), (4.0, 0.0)], [0.0, 1.0, 0.0], ("the", "mouse", "cat"))
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_words_are_drawn_in_their_groups_and_the_rest_left_out():
    labels, vectors = words.load()
    groups = {name: words.GROUPS[name] for name in ("colours", "time")}
    ax = plots.show_words(words.principal_plane(vectors), labels, groups)
    assert sorted(texts(ax)) == sorted(groups["colours"] + groups["time"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["colours", "time"]


def test_labels_of_points_that_crowd_do_not_cover_one_another():
    ax = plots.show_words(np.array([[0, 0], [0.01, 0], [5, 5], [5, 5.1]]), list("abcd"), {"all": tuple("abcd")})
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_angles_are_drawn_over_half_a_turn():
    rng = np.random.default_rng(0)
    ax = plots.show_angles({"d = 2": np.degrees(np.arccos(mha.cosine(*rng.normal(size=(2, 50, 2)))))})
    assert (ax.get_xlabel(), ax.get_xticks().tolist()) == ("angle in degrees", [0, 45, 90, 135, 180])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["d = 2"]


@pytest.mark.parametrize("show", [plots.show_arrows, plots.show_angle, plots.show_shadow])
def test_given_axes_are_drawn_on_and_returned(show):
    _, given = plt.subplots()
    assert show(ARROWS, ax=given, title="here") is given
    assert given.get_title() == "here"
