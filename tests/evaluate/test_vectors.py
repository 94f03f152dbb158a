"""Kept vectors are those that the encoder would give, whatever lies in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from kqa.errors import Unreachable
from kqa.evaluate.vectors import PIECE, embed
from kqa.index.encoder import HashingEncoder
from kqa.records import Vectors

TEXTS = ("ketamine for mood", "a short one", "sessions and their length", "a short one", "")


class Counting(HashingEncoder):
    """Counts the texts that it was given; ``fingerprint`` can be another."""

    def __init__(self, fingerprint: str = "counting") -> None:
        self.fingerprint = fingerprint
        self.count = 0

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        self.count += len(texts)
        return super().encode(texts)


def test_vectors_come_in_the_order_of_the_texts(tmp_path: Path) -> None:
    found = embed(HashingEncoder(), TEXTS, tmp_path)
    assert np.array_equal(found, HashingEncoder().encode(TEXTS))


def test_a_second_time_nothing_is_encoded(tmp_path: Path) -> None:
    encoder = Counting()
    first = embed(encoder, TEXTS, tmp_path / "new" / "folder")
    assert encoder.count == len(TEXTS)
    assert np.array_equal(embed(encoder, TEXTS, tmp_path / "new" / "folder"), first)
    assert encoder.count == len(TEXTS)


@pytest.mark.parametrize("other", [TEXTS[:-1], TEXTS[::-1], ("x", *TEXTS[1:])])
def test_other_texts_meet_no_old_vectors(tmp_path: Path, other: tuple[str, ...]) -> None:
    embed(HashingEncoder(), TEXTS, tmp_path)
    assert np.array_equal(embed(HashingEncoder(), other, tmp_path), HashingEncoder().encode(other))


def test_another_encoder_meets_no_old_vectors(tmp_path: Path) -> None:
    embed(Counting("one"), TEXTS, tmp_path)
    other = Counting("two")
    embed(other, TEXTS, tmp_path)
    assert other.count == len(TEXTS)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "truncated": lambda file: file.write_bytes(file.read_bytes()[:-100]),
    "empty": lambda file: file.write_bytes(b""),
    "other bytes": lambda file: file.write_bytes(b"not numpy"),
    "another shape": lambda file: np.save(file, np.zeros((2, 2), dtype=np.float32)),
    "not finite": lambda file: np.save(file, np.full((5, 256), np.nan, dtype=np.float32)),
    "other numbers": lambda file: np.save(file, np.zeros((5, 256), dtype=np.float64)),
    "a pickle": lambda file: np.save(file, np.array([{}] * 5), allow_pickle=True),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    embed(HashingEncoder(), TEXTS, tmp_path)
    (file,) = tmp_path.iterdir()
    damage(file)
    assert np.array_equal(embed(HashingEncoder(), TEXTS, tmp_path), HashingEncoder().encode(TEXTS))
    assert list(tmp_path.iterdir()) == [file]


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    many = [f"text {n}" for n in range(600)]
    embed(HashingEncoder(), many, tmp_path, lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [*range(PIECE, 600, PIECE), 600]
    assert {(what, total) for what, _, total in told} == {("embedding", 600)}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable, match="setting cache"):
        embed(HashingEncoder(), TEXTS, tmp_path / "file" / "vectors")
