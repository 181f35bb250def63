"""The made logs, sensors, sessions, molecules and traces are what they say, and labels are what a rule says."""

import itertools

import numpy as np
import pytest

from mha_lib.applications import learning_traces, logs, molecules, sensors, shop_sessions


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_every_normal_session_keeps_the_rules(rng):
    assert all(logs.is_sound(session.events) for session in logs.make_sessions(rng, 300))


@pytest.mark.parametrize("kind", logs.KINDS)
def test_no_spoiled_session_keeps_the_rules(rng, kind):
    found = logs.make_anomalies(rng, 200, kind)
    assert {session.kind for session in found} == {kind}
    assert not any(logs.is_sound(session.events) for session in found)


@pytest.mark.parametrize(
    ("events", "sound"),
    [
        (("login", "open a", "read a", "close a", "logout"), True),
        (("login", "open a", "open b", "close a", "write b", "close b", "logout"), True),
        (("login", "open a", "close a", "read a", "logout"), False),
        (("login", "open a", "open a", "close a", "logout"), False),
        (("login", "open a", "logout"), False),
        (("login", "close a", "logout"), False),
        (("login", "open a", "login", "close a", "logout"), False),
        (("open a", "close a", "logout"), False),
        (("login", "open a", "close a"), False),
    ],
)
def test_the_rules_are_these(events, sound):
    assert logs.is_sound(events) is sound


def test_a_wrong_file_changes_one_event_and_no_more(rng):
    for _ in range(50):
        session = logs.make_session(rng)
        events = logs.spoil(rng, session, "wrong file")
        changed = [(a, b) for a, b in zip(session.events, events, strict=True) if a != b]
        assert len(changed) == 1
        assert changed[0][0].split()[0] == changed[0][1].split()[0]


def test_the_first_fault_is_where_the_wrong_file_was_put(rng):
    for session in logs.make_anomalies(rng, 100, "wrong file"):
        place = logs.first_fault(session.events)
        name = session.events[place].split()[1]
        assert name not in logs.open_files(session.events[:place])
    assert logs.first_fault(("login", "open a", "read a", "close b", "close a", "logout")) == 3
    assert logs.first_fault(("login", "open a", "close a", "logout")) is None


def test_left_open_takes_one_event_away_and_a_stray_step_adds_one(rng):
    session = logs.make_session(rng)
    assert len(logs.spoil(rng, session, "left open")) == len(session.events) - 1
    assert len(logs.spoil(rng, session, "stray step")) == len(session.events) + 1
    assert logs.is_sound(session.events)


def test_sessions_are_encoded_and_can_be_read_back(rng):
    sessions = logs.make_sessions(rng, 20)
    ids = logs.encode(sessions)
    for row, session in zip(ids, sessions, strict=True):
        assert tuple(logs.VOCABULARY[i] for i in row if i) == session.events


def test_surprise_is_the_mean_over_real_tokens(rng):
    log_probs, real = -rng.random((3, 5)), np.arange(5) < np.array([2, 5, 0])[:, None]
    expected = [-(log_probs[0, 0] + log_probs[0, 1]) / 2, -log_probs[1].mean(), 0.0]
    assert logs.mean_surprise(log_probs, real) == pytest.approx(expected)


def test_padding_that_is_impossible_is_no_surprise():
    found = logs.mean_surprise(np.array([[-1.0, -np.inf]]), np.array([[True, False]]))
    assert found.tolist() == [1.0]


def test_a_sound_sensor_shows_the_distance_on_its_own_scale(rng):
    readings = sensors.make_readings(rng, 20000, dropped=0.0)
    metres = (readings.shown - sensors.OFFSET) / sensors.SCALE
    off = np.abs(metres - readings.distance[:, None])
    assert np.median(off, axis=0) == pytest.approx(0.67 * sensors.NOISE, rel=0.35)
    assert (off[:, 3] > 0.25).mean() == pytest.approx(0.75 * sensors.FAULTS, abs=0.02)


@pytest.mark.parametrize("dropped", [0.0, 0.4, 0.95])
def test_sensors_drop_out_as_often_as_asked_but_never_all(rng, dropped):
    readings = sensors.make_readings(rng, 5000, dropped)
    assert readings.present.any(axis=1).all()
    assert (readings.shown[~readings.present] == 0).all()
    if dropped < 0.9:
        assert readings.present.mean() == pytest.approx(1 - dropped, abs=0.02)


def test_the_share_that_drops_out_can_be_each_rows_own(rng):
    dropped = np.repeat([[0.0], [0.6]], 2000, axis=0)
    readings = sensors.make_readings(rng, 4000, dropped)
    assert readings.present[:2000].all()
    assert readings.present[2000:].mean() == pytest.approx(0.4, abs=0.03)


def test_the_median_is_that_of_the_sensors_that_are_there():
    shown = sensors.SCALE * np.array([[0.5, 0.1, 0.2, 9.0, 0.3, 0.0]]) + sensors.OFFSET
    present = np.array([[True, True, True, False, True, False]])
    readings = sensors.Readings(np.where(present, shown, 0.0), present, np.array([0.25]))
    assert sensors.rescaled_median(readings) == pytest.approx([0.25])


def test_sessions_follow_the_shop_and_the_entry_decides(rng):
    shop = shop_sessions.make_shop(rng)
    sessions = shop_sessions.make_shop_sessions(rng, shop, 4000)
    followers = shop[sessions[:, 1:-1] - 3]  # (b, 8, 3)
    usual = np.take_along_axis(followers, sessions[:, :1, None], axis=2)[..., 0]
    assert (followers == sessions[:, 2:, None]).any(axis=2).all()
    assert (usual == sessions[:, 2:]).mean() == pytest.approx(shop_sessions.USUAL, abs=0.01)
    assert np.bincount(sessions[:, 0]) / 4000 == pytest.approx(shop_sessions.ENTRY_SHARES, abs=0.03)


def test_an_item_has_three_likely_successors(rng):
    assert all(len(set(row)) == 3 for row in shop_sessions.make_shop(rng))


def test_successions_are_counted(rng):
    sessions = rng.integers(5, size=(6, 4))
    counts = np.zeros((5, 5), dtype=int)
    for row in sessions:
        for before, after in itertools.pairwise(row):
            counts[before, after] += 1
    assert np.array_equal(shop_sessions.follow_counts(sessions, vocab_size=5), counts)


def members(smiles):
    """Return the indices of the ring's atoms: those from the first one before a digit to the one before the second."""
    atoms, marks = [], []
    for token in smiles:
        if token == "1":
            marks.append(len(atoms) - 1)
        else:
            atoms.append(token)
    return atoms[marks[0] : marks[1] + 1], atoms


def test_a_molecules_label_says_whether_the_nitrogen_is_in_the_ring(rng):
    made = molecules.make_molecules(rng, 500)
    for molecule in made:
        ring, atoms = members(molecule.smiles)
        assert atoms.count("N") == 1
        assert 6 <= len(ring) <= 12
        assert molecule.label == ("N" in ring) == molecules.nitrogen_in_ring(molecule.smiles)
    assert np.mean([molecule.label for molecule in made]) == pytest.approx(0.5, abs=0.07)


def test_the_length_of_a_molecule_says_nothing(rng):
    made = molecules.make_molecules(rng, 5000)
    lengths, labels = [len(molecule.smiles) for molecule in made], [molecule.label for molecule in made]
    assert np.corrcoef(lengths, labels)[0, 1] == pytest.approx(0, abs=0.05)


def test_no_molecule_of_the_test_is_one_of_the_training(rng):
    train, test = molecules.split_molecules(rng, 800, 200)
    assert (len(train), len(test)) == (800, 200)
    assert {molecule.smiles for molecule in train}.isdisjoint(molecule.smiles for molecule in test)


def test_molecules_fit_and_can_be_read_back(rng):
    made = molecules.make_molecules(rng, 2000)
    ids, labels = molecules.encode(made)
    for row, label, molecule in zip(ids, labels, made, strict=True):
        assert "".join(molecules.VOCABULARY[i] for i in row[1:] if i) == molecule.smiles
        assert label == molecule.label


@pytest.mark.parametrize("smiles", ["C" * 33, "C1CCBr1"])
def test_a_molecule_that_cannot_be_encoded_is_refused(smiles):
    with pytest.raises(ValueError, match="must have fewer than 33 tokens, all of"):
        molecules.encode([molecules.Molecule(smiles, 0)])


def test_practice_helps_and_hard_skills_are_hard(rng):
    traces = learning_traces.make_traces(rng, 4000)
    assert traces.right[:, 20:].mean() > traces.right[:, :10].mean() + 0.05
    by_skill = [traces.right[traces.skills == skill].mean() for skill in range(learning_traces.NUM_SKILLS)]
    assert by_skill == sorted(by_skill, reverse=True)


def test_counts_are_of_what_came_before_and_nothing_of_the_answer_itself(rng):
    traces = learning_traces.make_traces(rng, 3, length=12)
    features = learning_traces.count_features(traces)
    for b in range(3):
        for t in range(12):
            same = traces.skills[b, :t] == traces.skills[b, t]
            right, wrong = traces.right[b, :t] == 1, traces.right[b, :t] == 0
            counts = [(same & right).sum(), right.sum(), (same & wrong).sum(), wrong.sum()]
            assert features[b, t, -4:] == pytest.approx(np.log1p(counts))
            assert features[b, t, :-4].tolist() == np.eye(learning_traces.NUM_SKILLS)[traces.skills[b, t]].tolist()


def test_a_token_tells_the_skill_and_the_answer(rng):
    traces = learning_traces.make_traces(rng, 5)
    tokens = learning_traces.as_tokens(traces)
    assert np.array_equal(tokens // 2, traces.skills)
    assert np.array_equal(tokens % 2, traces.right)


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: logs.encode(logs.make_sessions(rng, 5)),
        lambda rng: sensors.make_readings(rng, 5, 0.3).shown,
        lambda rng: shop_sessions.make_shop(rng),
        lambda rng: molecules.encode(molecules.make_molecules(rng, 5))[0],
        lambda rng: learning_traces.make_traces(rng, 5).right,
    ],
)
def test_the_same_generator_state_makes_the_same(make):
    assert np.array_equal(make(np.random.default_rng(7)), make(np.random.default_rng(7)))
