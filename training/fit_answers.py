"""Fits the ranking of sentences and the confidence on the dev part of the shipped test set.

    python -m training.fit_answers            # print what was fitted
    python -m training.fit_answers --write    # also write ranking.json and confidence.json

Both are fitted twice: with the shipped ways of asking, and without any, as a new corpus
begins. Ranking: the weights that make the gold sentences likeliest under a softmax over
all candidates of a question, with a light ridge. Confidence: a logistic regression whose
target is "the first quote answers", over rankings that were fitted without the question
(five folds), so that it does not trust a ranking more than it may. The threshold is the
lowest confidence that still answers ``ANSWERED_SHARE`` of the answerable dev questions.
``kqa eval --split test`` says what all this is worth on questions kept aside.
"""

from __future__ import annotations

import argparse
import datetime
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from kqa.answer import advice, decide, find, match, select
from kqa.answer.match import Candidate, Evidence, Matcher
from kqa.answer.weights import WITH_WAYS, WITHOUT_WAYS, Weights
from kqa.corpus.read import read_corpus
from kqa.evaluate.answers import overlaps
from kqa.evaluate.results import TestQuestion
from kqa.evaluate.testset import read_testset
from kqa.index import store
from kqa.index.build import build_index
from kqa.index.encoder import make_encoder
from kqa.settings import Settings, load_settings, shipped

TESTSET = shipped("testsets") / "ketamine.jsonl"
ANSWERED_SHARE = 0.955
RIDGE = 1e-3
"""Penalty on the squared ranking weights, over features scaled to unit variance, beside the
mean negative log likelihood."""

INVERSE_STRENGTH = 1.0
"""Of the confidence's regularisation, over features scaled to unit variance."""

FOLDS = 5
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One dev question: its evidence and which of its candidates are gold."""

    asked: TestQuestion
    evidence: Evidence
    gold: NDArray[np.bool_]
    personal: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the fitted weights")
    parser.add_argument("--indexes", type=Path, help="keep the two indexes there between runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.indexes or Path(temporary)
        fitted = {
            name: _fit(load_settings(ways_of_asking=ways, index=folder / name))
            for name, ways in ((WITH_WAYS, True), (WITHOUT_WAYS, False))
        }
    origin = {
        "fitted_on": f"{TESTSET.name}, split dev",
        "fitted_at": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    files = match.WEIGHTS_FILE, decide.WEIGHTS_FILE
    for file, number in zip(files, (0, 1), strict=True):
        text = json.dumps(origin | {k: v[number] for k, v in fitted.items()}, indent=2) + "\n"
        print(text, end="")
        if options.write:
            file.write_text(text, "utf-8")


def _fit(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """What ``ranking.json`` and ``confidence.json`` hold for these settings."""
    encoder = make_encoder(settings.encoder)
    build_index(read_corpus(shipped("corpus")), encoder, settings, settings.index)
    matcher = Matcher(store.open_index(settings.index), encoder, settings.dense_share)
    rows = _rows(matcher)
    ranking = _fit_ranking(rows)
    confidence = _fit_confidence(matcher, rows)
    counted = {"questions": len(rows), "answerable": sum(row.asked.answerable for row in rows)}
    return {**counted, "weights": _named(match.FEATURES, ranking)}, {**counted, **confidence}


def _rows(matcher: Matcher) -> list[Row]:
    rows = []
    for asked in read_testset(TESTSET, matcher.stored.articles).questions:
        if asked.split != "dev":
            continue
        evidence = matcher.evidence(asked.question)
        found = (matcher.stored.sentences[at] for at in evidence.positions)
        gold = np.array([overlaps(asked.gold, s.article, s.span) for s in found], dtype=bool)
        rows.append(Row(asked, evidence, gold, advice.asks_personal_advice(asked.question)))
    return rows


def _fit_ranking(rows: Sequence[Row]) -> Values:
    """Weights of ``match.FEATURES`` that rank gold first; advice has a choice of its own."""
    used = [row for row in rows if row.gold.any() and row.asked.kind != "personal_advice"]
    x = np.concatenate([row.evidence.features for row in used])
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    x = x / scale
    gold = np.concatenate([row.gold for row in used]).astype(np.float64)
    sizes = np.array([len(row.gold) for row in used])
    begins = np.cumsum(sizes) - sizes

    def loss(weights: Values) -> tuple[float, Values]:
        scores = x @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, begins), sizes)
        share = np.exp(scores)
        share /= np.repeat(np.add.reduceat(share, begins), sizes)
        right = np.add.reduceat(share * gold, begins)
        slope = (share * gold / np.repeat(right, sizes) - share) @ x
        penalty = RIDGE * float(weights @ weights)
        mean = float(-np.log(right).mean())
        return mean + penalty, -slope / len(used) + 2 * RIDGE * weights

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    fitted: Values = found / scale
    return fitted


def _fit_confidence(matcher: Matcher, rows: Sequence[Row]) -> dict[str, Any]:
    fold = np.random.default_rng(0).permutation(len(rows)) % FOLDS
    found: list[dict[str, float]] = [{} for _ in rows]
    first, advised = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for held in range(FOLDS):
        weights = _fit_ranking([row for row, at in zip(rows, fold, strict=True) if at != held])
        by_name = Weights(_named(match.FEATURES, weights))
        for at in np.flatnonzero(fold == held):
            row = rows[int(at)]
            ranked = matcher.rank(row.evidence, by_name)
            found[at] = decide.features(matcher, row.evidence, ranked)
            first[at] = _answers(row, ranked)
            advised[at] = _answers(row, select.only_advice(ranked))
    matrix = np.array([[features[name] for name in decide.FEATURES] for features in found])
    scale = np.where(matrix.std(axis=0) > 0, matrix.std(axis=0), 1.0)
    model = LogisticRegression(C=INVERSE_STRENGTH, max_iter=10_000).fit(matrix / scale, first)
    answerable = np.array([row.asked.answerable for row in rows])
    probability = model.predict_proba(matrix / scale)[:, 1]
    personal = np.array([row.personal for row in rows])
    advice_alone = personal & answerable & (probability < find.FACT)
    plain = probability[answerable & ~personal]
    return {
        "target": "the first quote answers",
        "intercept": round(float(model.intercept_[0]), 6),
        "weights": _named(decide.FEATURES, model.coef_[0] / scale),
        "threshold": round(float(np.quantile(plain, 1 - ANSWERED_SHARE)), 6),
        "advice": round(float(advised[advice_alone].mean()), 6),
    }


def _answers(row: Row, ranked: Sequence[Candidate]) -> bool:
    if not ranked:
        return False
    sentence = ranked[0].sentence
    return overlaps(row.asked.gold, sentence.article, sentence.span)


def _named(names: Sequence[str], values: Values) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(names, values, strict=True)}


if __name__ == "__main__":
    main()
