"""Fits the ranking of sentences and the confidence on the dev part of the shipped test set.

    python -m training.fit_answers            # print what was fitted
    python -m training.fit_answers --write    # also write ranking.json and confidence.json
    python -m training.fit_answers --sweep    # what reading more sentences gains, and its time

Both are fitted four times: with the shipped ways of asking, and without any, as a new corpus
begins; with the reader that is set, and without one. Ranking: the weights that make the gold
sentences likeliest under a softmax over all candidates of a question, with a light ridge.
Confidence: a logistic regression whose target is "the first quote answers", over rankings
that were fitted without the question (five folds), so that it does not trust a ranking more
than it may. The threshold is the lowest confidence that still answers ``ANSWERED_SHARE`` of
the answerable dev questions. ``kqa eval --split test`` says what all this is worth on
questions kept aside.
"""

from __future__ import annotations

import argparse
import datetime
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from kqa.answer import advice, decide, find, match, select
from kqa.answer.match import Candidate, Evidence, Matcher
from kqa.answer.weights import Weights, set_name
from kqa.corpus.read import read_corpus
from kqa.evaluate.answers import overlaps
from kqa.evaluate.results import TestQuestion
from kqa.evaluate.testset import read_testset
from kqa.index import store
from kqa.index.build import build_index
from kqa.index.encoder import make_encoder
from kqa.search.reader import make_reader
from kqa.settings import Settings, load_settings, shipped

TESTSET = shipped("testsets") / "ketamine.jsonl"
ANSWERED_SHARE = 0.955
RIDGE = 1e-3
"""Penalty on the squared ranking weights, over features scaled to unit variance, beside the
mean negative log likelihood."""

INVERSE_STRENGTH = 1.0
"""Of the confidence's regularisation, over features scaled to unit variance."""

FOLDS = 5
SWEPT = (0, 2, 4, 8, 12, 16, 24)
OVER_REFUSED = 0.08
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One dev question: its evidence and which of its candidates are gold."""

    asked: TestQuestion
    evidence: Evidence
    gold: NDArray[np.bool_]
    personal: bool


@dataclass(frozen=True)
class Crossed:
    """What cross-validation found, a row or value a question: the features of the decision,
    and whether the first sentence, one of the first three, the first advice is right."""

    matrix: Values
    first: NDArray[np.bool_]
    third: NDArray[np.bool_]
    advised: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the fitted weights")
    parser.add_argument("--indexes", type=Path, help="keep the two indexes there between runs")
    parser.add_argument(
        "--sweep", action="store_true", help="print instead what reading more sentences gains"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.indexes or Path(temporary)
        fitted: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        for ways in (True, False):
            index = folder / ("with_ways" if ways else "without_ways")
            settings = load_settings(ways_of_asking=ways, index=index)
            matcher = _matcher(settings, max(SWEPT) if options.sweep else settings.read_sentences)
            if options.sweep:
                print_sweep(matcher, ways)
            else:
                fitted |= _fit(matcher, ways)
    if options.sweep:
        return
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


def print_sweep(matcher: Matcher, ways: bool) -> None:
    """A table of what reading more sentences gains on the dev questions."""
    rows = _rows(matcher)
    unread = Weights(_named(match.FEATURES, _fit_ranking(rows)))
    print(f"\n{'With' if ways else 'Without'} ways of asking:\n")
    print("| read | first | one of three | AUROC | refused at 8% over-refusal | ms |")
    print("|---|---|---|---|---|---|")
    for line in _sweep(matcher, rows, unread):
        print(line, flush=True)


def _matcher(settings: Settings, read_sentences: int) -> Matcher:
    encoder = make_encoder(settings.encoder)
    build_index(read_corpus(shipped("corpus")), encoder, settings, settings.index)
    stored = store.open_index(settings.index)
    reader = make_reader(settings.reader)
    if reader is None:
        raise SystemExit("Two of the four sets are fitted for a reader: set one, or default.")
    return Matcher(stored, encoder, settings.dense_share, reader, read_sentences)


def _fit(matcher: Matcher, ways: bool) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """What ``ranking.json`` and ``confidence.json`` hold for such an index, by set: without
    a reader and, over the candidates ranked so, with it."""
    rows = _rows(matcher)
    plain, weights = _fit_both(matcher, rows)
    by_name = Weights(_named(match.FEATURES, weights))
    read = [
        replace(row, evidence=matcher.read(row.evidence, matcher.rank(row.evidence, by_name)))
        for row in rows
    ]
    return {
        set_name(ways=ways, reader=False): plain,
        set_name(ways=ways, reader=True): _fit_both(matcher, read)[0],
    }


def _fit_both(
    matcher: Matcher, rows: Sequence[Row]
) -> tuple[tuple[dict[str, Any], dict[str, Any]], Values]:
    """Ranking and confidence as they are written, and the weights of the ranking."""
    ranking = _fit_ranking(rows)
    confidence = _fit_confidence(matcher, rows)
    counted = {"questions": len(rows), "answerable": sum(row.asked.answerable for row in rows)}
    written = {**counted, "weights": _named(match.FEATURES, ranking)}
    return (written, {**counted, **confidence}), ranking


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
    scale = _scale(x)
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
    crossed = _cross_validated(matcher, rows)
    scale = _scale(crossed.matrix)
    model = _logistic().fit(crossed.matrix / scale, crossed.first)
    answerable = np.array([row.asked.answerable for row in rows])
    probability = model.predict_proba(crossed.matrix / scale)[:, 1]
    personal = np.array([row.personal for row in rows])
    advice_alone = personal & answerable & (probability < find.FACT)
    plain = probability[answerable & ~personal]
    return {
        "target": "the first quote answers",
        "intercept": round(float(model.intercept_[0]), 6),
        "weights": _named(decide.FEATURES, model.coef_[0] / scale),
        "threshold": round(float(np.quantile(plain, 1 - ANSWERED_SHARE)), 6),
        "advice": round(float(crossed.advised[advice_alone].mean()), 6),
    }


def _cross_validated(matcher: Matcher, rows: Sequence[Row]) -> Crossed:
    """Each question ranked by weights that were fitted without its fold."""
    fold = np.random.default_rng(0).permutation(len(rows)) % FOLDS
    matrix = np.zeros((len(rows), len(decide.FEATURES)))
    first, third, advised = (np.zeros(len(rows), dtype=bool) for _ in range(3))
    for held in range(FOLDS):
        weights = _fit_ranking([row for row, at in zip(rows, fold, strict=True) if at != held])
        by_name = Weights(_named(match.FEATURES, weights))
        for at in np.flatnonzero(fold == held):
            row = rows[int(at)]
            ranked = matcher.rank(row.evidence, by_name)
            found = decide.features(matcher, row.evidence, ranked)
            matrix[at] = [found[name] for name in decide.FEATURES]
            first[at] = _answers(row, ranked)
            third[at] = any(_answers(row, ranked[n:]) for n in range(select.QUOTES))
            advised[at] = _answers(row, select.only_advice(ranked))
    return Crossed(matrix, first, third, advised)


def _scale(matrix: Values) -> Values:
    """The standard deviation of each column, 1 where it never changes."""
    deviation = matrix.std(axis=0)
    return np.where(deviation > 0, deviation, 1.0)


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=INVERSE_STRENGTH, max_iter=10_000)


def _sweep(matcher: Matcher, rows: Sequence[Row], unread: Weights) -> Iterator[str]:
    """For so many sentences read: cross-validated figures, and the time that reading takes."""
    answerable = np.array([row.asked.answerable for row in rows])
    plain = answerable & ~np.array([row.personal for row in rows])
    began = time.perf_counter()
    read = [_read(matcher, row, unread) for row in rows]
    each = 1000 * (time.perf_counter() - began) / len(rows) / max(SWEPT)
    for number in SWEPT:
        limited = [
            replace(row, evidence=match.with_logits(row.evidence, dict(logits[:number])))
            if number and logits
            else row
            for row, logits in zip(rows, read, strict=True)
        ]
        crossed = _cross_validated(matcher, limited)
        scale = _scale(crossed.matrix)
        probability = cross_val_predict(
            _logistic(), crossed.matrix / scale, crossed.first, method="predict_proba"
        )[:, 1]
        threshold = np.quantile(probability[answerable], OVER_REFUSED)
        yield (
            f"| {number} | {crossed.first[plain].mean():.3f} | {crossed.third[plain].mean():.3f} "
            f"| {roc_auc_score(answerable, probability):.3f} "
            f"| {(probability[~answerable] < threshold).mean():.3f} | {each * number:.0f} |"
        )


def _read(matcher: Matcher, row: Row, unread: Weights) -> list[tuple[int, float]]:
    """Position and logit of every candidate that is read, best first."""
    ranked = matcher.rank(row.evidence, unread)
    evidence = matcher.read(row.evidence, ranked)
    logits = dict(
        zip(evidence.positions.tolist(), match.features_of(evidence)["read"].tolist(), strict=True)
    )
    return [(candidate.position, logits[candidate.position]) for candidate in ranked]


def _answers(row: Row, ranked: Sequence[Candidate]) -> bool:
    if not ranked:
        return False
    sentence = ranked[0].sentence
    return overlaps(row.asked.gold, sentence.article, sentence.span)


def _named(names: Sequence[str], values: Values) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(names, values, strict=True)}


if __name__ == "__main__":
    main()
