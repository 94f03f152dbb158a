"""Fits the confidence model on the shipped test set's dev part and reports on its test part.

    python -m training.fit_confidence            # report only
    python -m training.fit_confidence --write    # also write src/kqa/answer/confidence.json

Target: "the first quote answers" (it overlaps a gold span of its article). The
threshold is the lowest confidence that still answers nine of ten answerable dev questions.
"""

from __future__ import annotations

import argparse
import datetime
import json
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from kqa.answer import decide, safety, select
from kqa.corpus.read import read_corpus
from kqa.index import store
from kqa.index.build import build_index
from kqa.index.encoder import make_encoder
from kqa.index.terms import terms
from kqa.records import Sentence
from kqa.search.hybrid import EmbeddedSearcher, hybrid_search
from kqa.settings import Settings, load_settings, shipped

TESTSET = shipped("testsets") / "ketamine.jsonl"
ANSWERED_SHARE = 0.9
REGULARISATION = 100.0
"""Inverse strength: the features are small numbers, so the default would flatten them."""
BINS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="write confidence.json")
    options = parser.parse_args()
    rows = _measure(load_settings())
    dev = [row for row in rows if row["split"] == "dev"]
    test = [row for row in rows if row["split"] == "test"]
    model = LogisticRegression(C=REGULARISATION, max_iter=10_000)
    model.fit(_matrix(dev), [row["first"] for row in dev])
    threshold = _threshold(model, dev)
    for name, part in (("dev", dev), ("test", test)):
        _report(name, part, model.predict_proba(_matrix(part))[:, 1], threshold)
    if options.write:
        _write(model, threshold, len(dev))


def _measure(settings: Settings) -> list[dict[str, object]]:
    """For each question: its split, kind, whether answerable, features, and what was right."""
    encoder = make_encoder(settings.encoder)
    with tempfile.TemporaryDirectory() as folder:
        build_index(read_corpus(shipped("corpus")), encoder, settings, Path(folder))
        stored = store.open_index(Path(folder))
    rows: list[dict[str, object]] = []
    for line in TESTSET.read_text("utf-8").splitlines():
        asked = json.loads(line)
        query = terms(asked["question"])
        vector = encoder.encode([asked["question"]])
        share = settings.dense_share
        hits = hybrid_search(
            EmbeddedSearcher(stored.dense, stored.lexical, stored.passages),
            vector,
            query,
            select.PASSAGES,
            share,
        )
        ranked = select.rank_sentences(stored, vector, hits)
        found = decide.features(stored, query, ranked)
        if safety.asks_personal_advice(asked["question"]):
            ranked = select.only_advice(ranked)
        quotes = select.choose_quotes(ranked, select.QUOTES)
        right = [_answers(quote.sentence, asked["gold"]) for quote in quotes]
        rows.append(
            asked | {"features": found, "first": right[:1] == [True], "one_of_three": any(right)}
        )
    return rows


def _answers(sentence: Sentence, gold: list[dict[str, object]]) -> bool:
    return any(
        entry["article"] == sentence.article
        and int(str(entry["start"])) < sentence.end
        and sentence.start < int(str(entry["start"])) + len(str(entry["quote"]))
        for entry in gold
    )


def _matrix(rows: list[dict[str, object]]) -> NDArray[np.float64]:
    return np.array([[row["features"][name] for name in decide.FEATURES] for row in rows])  # type: ignore[index]


def _threshold(model: LogisticRegression, dev: list[dict[str, object]]) -> float:
    answerable = [row for row in dev if row["answerable"]]
    return float(np.quantile(model.predict_proba(_matrix(answerable))[:, 1], 1 - ANSWERED_SHARE))


def _report(
    name: str, rows: list[dict[str, object]], probability: NDArray[np.float64], threshold: float
) -> None:
    answerable = np.array([bool(row["answerable"]) for row in rows])
    first = np.array([bool(row["first"]) for row in rows])
    three = np.array([bool(row["one_of_three"]) for row in rows])
    below = probability < threshold
    print(
        f"{name}: n={len(rows)} first_quote={first[answerable].mean():.3f} "
        f"one_of_three={three[answerable].mean():.3f} "
        f"auroc={roc_auc_score(answerable, probability):.3f} "
        f"over_refusal={below[answerable].mean():.3f} refused={below[~answerable].mean():.3f} "
        f"ece={_calibration_error(probability, first):.3f}"
    )
    for kind in sorted({str(row["kind"]) for row in rows}):
        own = np.array([row["kind"] == kind for row in rows])
        print(
            f"  {kind:18} n={own.sum():3} first={first[own].mean():.2f} "
            f"three={three[own].mean():.2f} refused={below[own].mean():.2f}"
        )


def _calibration_error(probability: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al., 2015)."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [
        abs(probability[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return float(sum(gaps))


def _write(model: LogisticRegression, threshold: float, count: int) -> None:
    fitted = {
        "fitted_on": f"{TESTSET.name}, split dev, {count} questions",
        "fitted_at": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "target": "the first quote answers",
        "intercept": round(float(model.intercept_[0]), 6),
        "weights": {
            name: round(float(weight), 6)
            for name, weight in zip(decide.FEATURES, model.coef_[0], strict=True)
        },
        "threshold": round(threshold, 6),
    }
    decide.WEIGHTS_FILE.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")
    print(f"wrote {decide.WEIGHTS_FILE}")


if __name__ == "__main__":
    main()
