"""The fitted weights are readable, say where they come from, and fit the code."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from kqa.answer import decide, match
from kqa.answer.weights import Weights, read_weights, set_name
from kqa.errors import OwnFault

FILES = pytest.mark.parametrize(
    ("file", "features"),
    [(match.WEIGHTS_FILE, match.FEATURES), (decide.WEIGHTS_FILE, decide.FEATURES)],
    ids=["ranking", "confidence"],
)
BOTH = (True, False)
SETS = pytest.mark.parametrize(
    ("ways", "reader"), [(True, False), (False, False), (True, True), (False, True)]
)
OF_WAYS = ("way", "ways", "way_letters", "ways_letters", "open_letters", "margin", "vote")


@FILES
def test_the_weights_are_readable_and_name_their_set_and_date(
    file: Path, features: tuple[str, ...]
) -> None:
    text = file.read_text("utf-8")
    found = json.loads(text)
    assert ".jsonl" in found["fitted_on"]
    datetime.date.fromisoformat(found["fitted_at"])
    names = [set_name(ways=ways, reader=reader) for ways in BOTH for reader in BOTH]
    assert set(names) == set(found) - {"fitted_on", "fitted_at"}
    for fitted in (found[name] for name in names):
        assert set(fitted["weights"]) == set(features)
        assert 0 < fitted["answerable"] < fitted["questions"]
    assert text.count("\n") > 2 * len(features)


@FILES
@SETS
def test_what_is_read_is_what_the_file_says(
    file: Path, features: tuple[str, ...], ways: bool, reader: bool
) -> None:
    written = json.loads(file.read_text("utf-8"))[set_name(ways=ways, reader=reader)]
    weights = read_weights(file, features, ways=ways, reader=reader)
    assert weights.by_name == written["weights"]
    assert weights.intercept == written.get("intercept", 0.0)
    assert weights.threshold == written.get("threshold", 0.0)
    assert list(weights.of(features)) == [written["weights"][name] for name in features]
    assert list(weights.of(features[::-1])) == list(weights.of(features)[::-1])


@FILES
@SETS
def test_nothing_hangs_on_ways_of_asking_or_a_reader_that_is_not_there(
    file: Path, features: tuple[str, ...], ways: bool, reader: bool
) -> None:
    weights = read_weights(file, features, ways=ways, reader=reader)
    assert ways or all(weights.by_name[name] == 0 for name in OF_WAYS if name in features)
    assert reader == (weights.by_name["read"] != 0)
    assert any(weights.by_name.values())


@SETS
def test_thresholds_are_probabilities_a_sentence_can_pass(ways: bool, reader: bool) -> None:
    weights = read_weights(decide.WEIGHTS_FILE, decide.FEATURES, ways=ways, reader=reader)
    assert 0 < weights.threshold < 1
    assert 0 < weights.advice < 1


SOUND = {"weights": {"a": 1, "b": 2.5}}


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b'{"with_ways_without_reader": 5}',
        b'{"with_ways_without_reader": {"weights": {}}}',
        b'{"with_ways_without_reader": {"weights": {"a": 1}}}',
        b'{"with_ways_without_reader": {"weights": {"a": 1, "b": "much"}}}',
        b'{"with_ways_without_reader": {"weights": {"a": 1, "b": null}}}',
        b'{"with_ways_without_reader": {"weights": {"a": 1, "b": 2}, "intercept": []}}',
        b'{"without_ways_without_reader": {"weights": {"a": 1, "b": 2}}}',
    ],
)
def test_a_damaged_file_is_our_own_fault_and_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(OwnFault, match=r"ranking\.json") as raised:
        read_weights(file, ("a", "b"), ways=True, reader=False)
    assert raised.value.remedy


def test_what_is_not_written_of_the_constants_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    with_ways, without = (set_name(ways=ways, reader=False) for ways in (True, False))
    file.write_text(json.dumps({with_ways: SOUND, without: {**SOUND, "threshold": 0.5}}))
    assert read_weights(file, ("a", "b"), ways=True, reader=False) == Weights({"a": 1.0, "b": 2.5})
    assert read_weights(file, ("b",), ways=False, reader=False) == Weights(
        {"b": 2.5}, threshold=0.5
    )
