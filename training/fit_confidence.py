"""Fits the confidence model on the dev part of the shipped test set.

    python -m training.fit_confidence            # print what was fitted
    python -m training.fit_confidence --write    # also write src/kqa/answer/confidence.json

Target: "the first quote answers" (it overlaps a gold span of its article). The
threshold is the lowest confidence that still answers nine of ten answerable dev
questions. ``kqa eval --split test`` says what it is worth on questions kept aside.
"""

from __future__ import annotations

import argparse
import datetime
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from kqa.answer import decide, safety, select
from kqa.corpus.read import read_corpus
from kqa.evaluate.answers import overlaps
from kqa.evaluate.testset import read_testset
from kqa.index import store
from kqa.index.build import build_index
from kqa.index.encoder import make_encoder
from kqa.index.terms import terms
from kqa.search.hybrid import EmbeddedSearcher, hybrid_search
from kqa.settings import Settings, load_settings, shipped

TESTSET = shipped("testsets") / "ketamine.jsonl"
ANSWERED_SHARE = 0.9
REGULARISATION = 100.0
"""Inverse strength: the features are small numbers, so the default would flatten them."""


@dataclass(frozen=True)
class Row:
    """One dev question: its features, and whether the first quote answers it."""

    features: dict[str, float]
    answerable: bool
    first: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write confidence.json")
    options = parser.parse_args()
    rows = _measure(load_settings())
    model = LogisticRegression(C=REGULARISATION, max_iter=10_000)
    model.fit(_matrix(rows), [row.first for row in rows])
    fitted = json.dumps(_fitted(model, rows), indent=2) + "\n"
    print(fitted, end="")
    if options.write:
        decide.WEIGHTS_FILE.write_text(fitted, "utf-8")
        print(f"wrote {decide.WEIGHTS_FILE}")


def _measure(settings: Settings) -> list[Row]:
    encoder = make_encoder(settings.encoder)
    with tempfile.TemporaryDirectory() as folder:
        build_index(read_corpus(shipped("corpus")), encoder, settings, Path(folder))
        stored = store.open_index(Path(folder))
    searcher = EmbeddedSearcher(stored.dense, stored.lexical, stored.passages)
    rows = []
    for asked in read_testset(TESTSET, stored.articles).questions:
        if asked.split != "dev":
            continue
        query, vector = terms(asked.question), encoder.encode([asked.question])
        hits = hybrid_search(searcher, vector, query, select.PASSAGES, settings.dense_share)
        ranked = select.rank_sentences(stored, vector, hits)
        found = decide.features(stored, query, ranked)
        if safety.asks_personal_advice(asked.question):
            ranked = select.only_advice(ranked)
        best = ranked[0].sentence if ranked else None
        first = best is not None and overlaps(asked.gold, best.article, best.span)
        rows.append(Row(found, asked.answerable, first))
    return rows


def _matrix(rows: list[Row]) -> NDArray[np.float64]:
    return np.array([[row.features[name] for name in decide.FEATURES] for row in rows])


def _fitted(model: LogisticRegression, rows: list[Row]) -> dict[str, Any]:
    """What confidence.json holds."""
    answerable = _matrix([row for row in rows if row.answerable])
    threshold = np.quantile(model.predict_proba(answerable)[:, 1], 1 - ANSWERED_SHARE)
    weights = zip(decide.FEATURES, model.coef_[0], strict=True)
    return {
        "fitted_on": f"{TESTSET.name}, split dev, {len(rows)} questions",
        "fitted_at": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "target": "the first quote answers",
        "intercept": round(float(model.intercept_[0]), 6),
        "weights": {name: round(float(weight), 6) for name, weight in weights},
        "threshold": round(float(threshold), 6),
    }


if __name__ == "__main__":
    main()
