"""Fits the crisis model on lines written for it, beside ordinary questions of public sets.

    python -m training.fit_crisis --data DIR            # print what it finds of lines kept aside
    python -m training.fit_crisis --data DIR --write    # also write crisis_model.json

The lines are in five parts by a hash of their text: each part is judged by a model that
was fitted without it, which gives the figures; the model that is written is fitted on
all five. The test part of ``testsets/safety.jsonl`` is never read here.

Misspelt copies of the lines are made by a seeded generator, so that equal lines give
an equal model. Weights too small to matter are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from kqa.answer import crisis_model
from kqa.answer.safety import Danger, assess_by, model_readings
from kqa.corpus import asked, disagreements
from kqa.settings import shipped

LINES = Path(__file__).parent / "data" / "crisis"
CLASSES = ("none", "topic", "present")
PARTS = 5

PUBLIC = 6_000
PUBLIC_WEIGHT = 0.4
ASKED_WEIGHT = 0.7
MISSPELT_WEIGHT = 0.4
SALADS = 4_000
SALAD_WEIGHT = 0.3
"""Ordinary words in no order at all: a fit that never saw any takes them for anything."""

INVERSE_STRENGTH = 30.0
"""Of the regularisation; 10 showed more cards without need."""

PLAIN_KINDS = frozenset({"ordinary", "nearmiss", "public_set"})

TOLERANCE = 1e-6
"""Stopped earlier, the fit is far from done and misses several times as much."""

SEEN = 3
"""Features of fewer lines than this are left out."""

MOST_FEATURES = 20_000
DECIMALS = 3

THRESHOLDS = {"card": 0.5, "sure_none": 0.9, "sure_topic": 0.5, "part": 0.8, "doubt": 0.15}
"""Chosen on lines of another hand, which later became dev lines of testsets/safety.jsonl."""

MORTAL = re.compile(r"\b(die|dies|died|dying|dead|death|deadly|lethal|fatal|kill\w*|danger\w*)\b")
"""Questions about the articles with such a word may rightly show the card: not learnt from."""

GRAVE = re.compile(r"suicid|overdos|self.?harm|self.?injur|poison|kill (him|her|my|them|your)sel")


@dataclass(frozen=True)
class Line:
    """One line to learn from."""

    text: str
    expect: str
    kind: str
    weight: float = 1.0

    @property
    def part(self) -> int:
        """Which of the five parts it belongs to, by its text alone."""
        return int(hashlib.sha256(self.text.strip().lower().encode()).hexdigest(), 16) % PARTS


@dataclass(frozen=True)
class Fitted:
    """A fitted model and the features that it knows."""

    columns: dict[str, int]
    model: LogisticRegression


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--write", action="store_true", help="write crisis_model.json")
    parser.add_argument("--errors", type=Path, help="write the lines judged wrongly here")
    options = parser.parse_args()
    own = read_lines()
    if options.write:
        text = written(fit(own + read_asked() + read_public(options.data)), len(own))
        crisis_model.MODEL_FILE.write_text(text, "utf-8")
        print(f"wrote {crisis_model.MODEL_FILE}, {len(text):,} characters", flush=True)
    held = judge_all(own, options.data)
    print(report(own, held))
    if options.errors:
        options.errors.write_text("\n".join(errors(own, held)) + "\n", "utf-8")


def read_classes() -> dict[str, str]:
    """Words that mean alike here, by the name of their class."""
    classes: dict[str, str] = json.loads((LINES / "classes.json").read_text("utf-8"))
    return classes


def read_lines() -> list[Line]:
    """The lines written for this and the dev parts of the shipped test sets."""
    found = {}
    for file in sorted(LINES.glob("*.jsonl")):
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            found[row["text"]] = Line(row["text"], row["expect"], row["kind"])
    for row in map(json.loads, (shipped("testsets") / "safety.jsonl").read_text().splitlines()):
        if row["split"] == "dev":
            found[row["text"]] = Line(row["text"], row["expect"], row["kind"])
    for row in map(json.loads, (shipped("testsets") / "ketamine.jsonl").read_text().splitlines()):
        if row["split"] == "dev" and row["question"] not in found and not mortal(row["question"]):
            found[row["question"]] = Line(row["question"], "none", "ordinary")
    return list(found.values())


def read_asked() -> list[Line]:
    """The ordinary questions among the ways of asking that are kept beside the articles."""
    ways = tomllib.loads((shipped("corpus") / asked.FILE).read_text("utf-8"))
    differ = tomllib.loads((shipped("corpus") / disagreements.FILE).read_text("utf-8"))
    entries = (*ways["pinned"], *ways["unanswered"], *differ["disagreement"])
    texts = dict.fromkeys(text for entry in entries for text in entry["ask"])
    return [Line(text, "none", "asked", ASKED_WEIGHT) for text in texts if not mortal(text)]


def read_public(data: Path) -> list[Line]:
    """The questions of the public sets that the model is fitted on."""
    chosen = public_questions(data)[:PUBLIC]
    return [Line(text, "none", "public_set", PUBLIC_WEIGHT) for text in chosen]


def public_questions(data: Path) -> list[str]:
    """Ordinary questions of the public sets, shuffled in a way that is always the same."""
    questions = sorted({text.strip() for text in _public(data) if not grave(text)})
    random.Random(0).shuffle(questions)
    return questions


def grave(text: str) -> bool:
    """Whether a question of a public set may rightly show the card."""
    return bool(GRAVE.search(text.lower()))


def mortal(text: str) -> bool:
    """Whether a question about the articles may rightly show the card."""
    return grave(text) or bool(MORTAL.search(text.lower()))


def _public(data: Path) -> Iterator[str]:
    for name in ("covidqa/questions.jsonl", "medquad/queries.jsonl"):
        for row in map(json.loads, (data / name).read_text("utf-8").splitlines()):
            yield str(row.get("question") or row["text"])
    for name in ("clapnq_dev_answerable.jsonl", "clapnq_dev_unanswerable.jsonl"):
        for row in map(json.loads, (data / "clapnq" / name).read_text("utf-8").splitlines()):
            yield str(row["input"])
    squad = json.loads((data / "squad2-half" / "dev-v2.0.json").read_text("utf-8"))
    for article in squad["data"]:
        for paragraph in article["paragraphs"]:
            yield from (asked["question"] for asked in paragraph["qas"])


# --- fitting --------------------------------------------------------------------------


def judge_all(own: list[Line], data: Path) -> list[Danger]:
    """Every own line by the rules and a model that was fitted without the line's part."""
    public = read_asked() + read_public(data)
    held = [Danger.NONE] * len(own)
    for part in range(PARTS):
        fitted = fit([line for line in own if line.part != part] + public)
        model = crisis_model.parse(json.loads(written(fitted, len(own))))
        for at, line in enumerate(own):
            if line.part == part:
                held[at] = assess_by(line.text, model)
    return held


def fit(lines: list[Line]) -> Fitted:
    """A model over the lines and misspelt copies of them, of the features that matter most.

    Fitted twice: over every feature, then over those that matter most by themselves,
    since a model that merely lost its lighter weights finds much less.
    """
    words = crisis_model.class_of_words(read_classes())
    every = [*lines, *(copy for line in lines for copy in misspelt(line)), *salads(lines)]
    rows = [
        crisis_model.features(crisis_model.words_of(model_readings(line.text)[0]), words)
        for line in every
    ]
    counts = Counter(feature for row in rows for feature in row)
    known = sorted(feature for feature in counts if counts[feature] >= SEEN)
    first = _regression(rows, every, known)
    weights = first.model.coef_ - first.model.coef_.mean(axis=0)
    matters = np.abs(weights).max(axis=0) * np.sqrt([counts[feature] for feature in known])
    chosen = np.argsort(-matters, kind="stable")[:MOST_FEATURES]
    return _regression(rows, every, sorted(known[at] for at in chosen))


def _regression(rows: list[set[str]], lines: list[Line], known: list[str]) -> Fitted:
    columns = {feature: at for at, feature in enumerate(known)}
    model = LogisticRegression(C=INVERSE_STRENGTH, max_iter=2_000, tol=TOLERANCE)
    model.fit(
        matrix(rows, columns),
        [CLASSES.index(line.expect) for line in lines],
        sample_weight=[line.weight for line in lines],
    )
    return Fitted(columns, model)


def matrix(rows: Iterable[set[str]], columns: dict[str, int]) -> csr_matrix:
    """Features alike in weight, scaled by their number, as ``crisis_model`` scales them."""
    values: list[float] = []
    indices: list[int] = []
    starts = [0]
    for row in rows:
        known = sorted(columns[feature] for feature in row if feature in columns)
        indices += known
        values += [1 / np.sqrt(max(1, len(row)))] * len(known)
        starts.append(len(indices))
    return csr_matrix((values, indices, starts), shape=(len(starts) - 1, len(columns)))


def misspelt(line: Line) -> Iterator[Line]:
    """A copy with one or two slips of the fingers, apostrophes and commas left out."""
    if line.kind == "public_set":
        return
    slips = random.Random(line.text)
    words = re.sub(r"['’,]", "", line.text).split()
    long = [at for at, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for at in slips.sample(long, min(len(long), 1 + len(words) // 8)):
        words[at] = _slip(words[at], slips)
    yield Line(" ".join(words), line.expect, line.kind, line.weight * MISSPELT_WEIGHT)


def salads(lines: list[Line]) -> Iterator[Line]:
    """Words drawn from ordinary lines, one to fourteen of them."""
    draw = random.Random(0)
    words = sorted(word for line in lines if line.kind in PLAIN_KINDS for word in line.text.split())
    for _ in range(SALADS):
        text = " ".join(draw.choices(words, k=draw.randint(1, 14)))
        yield Line(text, "none", "salad", SALAD_WEIGHT)


def _slip(word: str, slips: random.Random) -> str:
    at = slips.randrange(1, len(word) - 1)
    return slips.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


# --- what is written ------------------------------------------------------------------


def written(fitted: Fitted, lines: int) -> str:
    """What crisis_model.json holds: weights of topic and danger, each against "none"."""
    against = fitted.model.coef_[1:] - fitted.model.coef_[0]
    intercept = fitted.model.intercept_[1:] - fitted.model.intercept_[0]
    weights = {
        name: [round(float(value), DECIMALS) for value in against[:, at]]
        for name, at in fitted.columns.items()
    }
    head: dict[str, Any] = {
        "format": crisis_model.FORMAT,
        "fitted_on": f"training/data/crisis and dev parts of testsets, {lines} lines",
        "thresholds": THRESHOLDS,
        "intercept": [round(float(value), DECIMALS) for value in intercept],
        "classes": read_classes(),
        "features": len(weights),
    }
    rows = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(pair, separators=(',', ':'))}"
        for name, pair in weights.items()
    )
    top = json.dumps(head, indent=1, ensure_ascii=False)[:-2]
    return f'{top},\n "weights": {{\n{rows}\n}}}}\n'


def report(own: list[Line], held: list[Danger]) -> str:
    """One row a kind: how often the card is shown, and danger found, of lines kept aside."""
    groups: dict[tuple[str, str], list[Danger]] = defaultdict(list)
    for line, danger in zip(own, held, strict=True):
        groups[line.expect, line.kind].append(danger)
        groups[line.expect, "all"].append(danger)
    rows = ["| expect | kind | lines | card shown | judged danger |", "|---|---|---|---|---|"]
    for (expect, kind), judged in sorted(groups.items()):
        card = sum(danger is not Danger.NONE for danger in judged) / len(judged)
        present = judged.count(Danger.PRESENT) / len(judged)
        rows.append(f"| {expect} | {kind} | {len(judged)} | {card:.3f} | {present:.3f} |")
    return "\n".join(rows)


def errors(own: list[Line], held: list[Danger]) -> Iterator[str]:
    """Lines that were not judged as expected."""
    for line, danger in zip(own, held, strict=True):
        if danger.value != line.expect:
            yield f"{line.expect}\t{danger}\t{line.kind}\t{line.text}"


if __name__ == "__main__":
    main()
