"""Retrieval on public sets: which passages, which fusion. Prints Markdown tables.

    python -m benchmarks.retrieval --data DIR           # the settings in force
    python -m benchmarks.retrieval --data DIR --sweep   # what they were chosen from

``DIR`` holds ``covidqa/`` (articles as text, questions with gold spans) and
``scifact/`` (BEIR layout). COVID-QA: reciprocal rank, cut at 10, of the first
passage that overlaps a gold span. SciFact: nDCG@10 by ir-measures, a document
being one passage, cut where the encoder stops reading. Settings are compared on
every other question of each set; the chosen ones are reported on all questions and
on the half kept aside.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ir_measures
import numpy as np

from benchmarks.vectors import embed
from kqa.corpus.passages import split_passages
from kqa.corpus.read import read_corpus
from kqa.corpus.segment import segment
from kqa.index import terms as terms_module
from kqa.index.dense import DenseIndex
from kqa.index.encoder import make_encoder
from kqa.index.lexical import LexicalIndex
from kqa.index.terms import terms
from kqa.records import Encoder, Hit, Passage, Vectors
from kqa.search.hybrid import DEPTH, mix
from kqa.settings import Settings, load_settings

SHARES = (0.0, 0.4, 0.5, 0.55, 0.6, 0.7, 1.0)
CUT = 10
_LUCENE = """
a an and are as at be but by for if in into is it no not of on or such that the their
then there these they this to was will with
"""
LUCENE_STOP_WORDS = frozenset(_LUCENE.split())
RESAMPLES = 1_000

Fusion = Callable[[Sequence[Hit], Sequence[Hit]], tuple[Hit, ...]]


@dataclass(frozen=True)
class Search:
    """A corpus made searchable and its queries; both sides' hits are found once."""

    passages: Sequence[Passage]
    dense: Sequence[tuple[Hit, ...]]
    lexical: Sequence[tuple[Hit, ...]]

    def ranked(self, fuse: Fusion) -> list[tuple[Hit, ...]]:
        return [fuse(d, b) for d, b in zip(self.dense, self.lexical, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--sweep", action="store_true", help="compare settings too")
    options = parser.parse_args()
    settings = load_settings()
    encoder = make_encoder(settings.encoder)
    covid, scifact = CovidQA(options.data / "covidqa"), SciFact(options.data / "scifact")
    print_chosen(covid, scifact, encoder, settings)
    if options.sweep:
        print_fusions(covid, scifact, encoder, settings)
        print_passages(covid, encoder, settings)
        print_bm25(covid, scifact, encoder, settings)
        print_stop_words(covid, scifact, encoder, settings)


class CovidQA:
    """98 long articles, 1,380 questions with gold spans (deepset-ai/COVID-QA)."""

    def __init__(self, folder: Path) -> None:
        self.articles = read_corpus(folder / "articles").articles
        lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
        self.questions = [json.loads(line) for line in lines]

    def search(self, encoder: Encoder, settings: Settings) -> Search:
        passages: list[Passage] = []
        for article in self.articles:
            more, _ = split_passages(
                article,
                segment(article),
                settings.passage_chars,
                settings.passage_overlap,
                len(passages),
            )
            passages += more
        asked = [question["question"] for question in self.questions]
        return search(passages, asked, encoder, settings, "covidqa")

    def reciprocal_ranks(self, found: Search, ranked: Iterable[tuple[Hit, ...]]) -> list[float]:
        """One over the rank of the first passage that overlaps a gold span; 0 beyond ``CUT``."""
        return [
            next(
                (1 / rank for rank, hit in enumerate(hits[:CUT], 1) if self._right(found, q, hit)),
                0.0,
            )
            for q, hits in zip(self.questions, ranked, strict=True)
        ]

    def _right(self, found: Search, question: dict[str, list[dict[str, str]]], hit: Hit) -> bool:
        passage = found.passages[hit.passage]
        return any(
            gold["article"] == passage.article
            and int(gold["start"]) < passage.end
            and passage.start < int(gold["start"]) + len(gold["quote"])
            for gold in question["gold"]
        )


class SciFact:
    """5,183 abstracts, 300 test claims (allenai/scifact, BEIR layout)."""

    def __init__(self, folder: Path) -> None:
        self.documents = [json.loads(line) for line in _lines(folder / "corpus.jsonl")]
        with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        self.qrels = [
            ir_measures.Qrel(r["query-id"], r["corpus-id"], int(r["score"])) for r in rows
        ]
        judged = {qrel.query_id for qrel in self.qrels}
        queries = [json.loads(line) for line in _lines(folder / "queries.jsonl")]
        self.queries = [query for query in queries if query["_id"] in judged]

    def search(self, encoder: Encoder, settings: Settings) -> Search:
        passages = [_document(document) for document in self.documents]
        asked = [query["text"] for query in self.queries]
        return search(passages, asked, encoder, settings, "scifact")

    def gains(self, ranked: Iterable[tuple[Hit, ...]]) -> list[float]:
        """nDCG@10 of each query."""
        run = [
            ir_measures.ScoredDoc(query["_id"], self.documents[hit.passage]["_id"], hit.score)
            for query, hits in zip(self.queries, ranked, strict=True)
            for hit in hits
        ]
        return [
            metric.value
            for metric in ir_measures.iter_calc(
                [ir_measures.parse_measure(f"nDCG@{CUT}")], self.qrels, run
            )
        ]


def search(
    passages: Sequence[Passage],
    asked: Sequence[str],
    encoder: Encoder,
    settings: Settings,
    name: str,
) -> Search:
    """Both sides' hits for every query, ``DEPTH`` deep."""
    vectors = embed(encoder, [passage.text for passage in passages], name)
    queries = embed(encoder, asked, f"{name} queries")
    documents = [terms(passage.searched_text) for passage in passages]
    dense = DenseIndex.build(vectors)
    lexical = LexicalIndex.build(documents, settings.bm25_k1, settings.bm25_b)
    return Search(
        passages=passages,
        dense=[dense.search(_row(queries, at), DEPTH) for at in range(len(asked))],
        lexical=[lexical.search(terms(question), DEPTH) for question in asked],
    )


def weighted(share: float) -> Fusion:
    """The fusion of kqa at a dense share."""
    return lambda dense, lexical: mix(dense, lexical, 100, share)


def reciprocal_rank_fusion(k: int) -> Fusion:
    """Reciprocal rank fusion (Cormack et al., 2009), to compare with."""

    def fuse(dense: Sequence[Hit], lexical: Sequence[Hit]) -> tuple[Hit, ...]:
        scores: dict[int, float] = {}
        for side in (dense, lexical):
            for rank, hit in enumerate(side, start=1):
                scores[hit.passage] = scores.get(hit.passage, 0.0) + 1 / (k + rank)
        best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:100]
        return tuple(Hit(passage, score) for passage, score in best)

    return fuse


def print_chosen(covid: CovidQA, scifact: SciFact, encoder: Encoder, settings: Settings) -> None:
    """The settings in force, with 95% bootstrap intervals."""
    found, documents = covid.search(encoder, settings), scifact.search(encoder, settings)
    print(
        f"Passages of {settings.passage_chars} characters at most, overlap "
        f"{settings.passage_overlap}, BM25 k1 {settings.bm25_k1} b {settings.bm25_b}, "
        f"dense share {settings.dense_share}; {len(found.passages)} passages on COVID-QA.\n"
    )
    print(
        "| system | COVID-QA MRR@10, all 1,380 | the half kept aside | SciFact nDCG@10, all 300 "
        "| the half kept aside |\n|---|---|---|---|---|"
    )
    systems = {"lexical": 0.0, "dense": 1.0, "hybrid": settings.dense_share}
    for name, share in systems.items():
        fuse = weighted(share)
        ranks = covid.reciprocal_ranks(found, found.ranked(fuse))
        gains = scifact.gains(documents.ranked(fuse))
        cells = [_interval(part) for values in (ranks, gains) for part in (values, values[1::2])]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def print_fusions(covid: CovidQA, scifact: SciFact, encoder: Encoder, settings: Settings) -> None:
    found, documents = covid.search(encoder, settings), scifact.search(encoder, settings)
    fusions = {f"dense share {share}": weighted(share) for share in SHARES}
    fusions |= {f"reciprocal rank, k={k}": reciprocal_rank_fusion(k) for k in (10, 60)}
    print("\n| fusion | COVID-QA MRR@10 | SciFact nDCG@10 |\n|---|---|---|")
    for name, fuse in fusions.items():
        ranks = covid.reciprocal_ranks(found, found.ranked(fuse))
        gains = scifact.gains(documents.ranked(fuse))
        print(f"| {name} | {_chosen_by(ranks):.4f} | {_chosen_by(gains):.4f} |", flush=True)


def print_passages(covid: CovidQA, encoder: Encoder, settings: Settings) -> None:
    print("\n| passages | overlap | number | lexical | dense | " + _share_names() + " |")
    print("|---" * (5 + len(SHARES) - 2) + "|")
    for chars, overlap in ((300, 0.0), (400, 0.0), (600, 0.0), (600, 0.5)):
        chosen = settings.model_copy(update={"passage_chars": chars, "passage_overlap": overlap})
        found = covid.search(encoder, chosen)
        ranks = [
            _chosen_by(covid.reciprocal_ranks(found, found.ranked(weighted(share))))
            for share in (0.0, 1.0, *SHARES[1:-1])
        ]
        cells = " | ".join(f"{rank:.4f}" for rank in ranks)
        print(f"| {chars} | {overlap} | {len(found.passages)} | {cells} |", flush=True)


def print_bm25(covid: CovidQA, scifact: SciFact, encoder: Encoder, settings: Settings) -> None:
    print("\n| BM25 k1 | b | COVID-QA lexical | hybrid | SciFact lexical | hybrid |")
    print("|---|---|---|---|---|---|")
    for k1, b in ((0.9, 0.4), (1.0, 0.5), (1.0, 0.6), (1.2, 0.75), (1.5, 0.75)):
        chosen = settings.model_copy(update={"bm25_k1": k1, "bm25_b": b})
        found, documents = covid.search(encoder, chosen), scifact.search(encoder, chosen)
        cells = _lexical_and_hybrid(covid, scifact, found, documents, settings)
        print(f"| {k1} | {b} | " + " | ".join(f"{c:.4f}" for c in cells) + " |", flush=True)


def print_stop_words(
    covid: CovidQA, scifact: SciFact, encoder: Encoder, settings: Settings
) -> None:
    print("\n| stop words | COVID-QA lexical | hybrid | SciFact lexical | hybrid |")
    print("|---|---|---|---|---|")
    ours = terms_module.STOP_WORDS
    lists = {"none": frozenset[str](), "Lucene's 33": LUCENE_STOP_WORDS, "kqa's": ours}
    for name, words in lists.items():
        terms_module.STOP_WORDS = words
        found, documents = covid.search(encoder, settings), scifact.search(encoder, settings)
        cells = _lexical_and_hybrid(covid, scifact, found, documents, settings)
        print(f"| {name} | " + " | ".join(f"{cell:.4f}" for cell in cells) + " |", flush=True)
    terms_module.STOP_WORDS = ours


def _interval(values: Sequence[float]) -> str:
    """The mean and its 95% bootstrap interval."""
    draw = random.Random(0)
    means = sorted(np.mean(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]
    return f"{np.mean(values):.4f} ({low:.3f} to {high:.3f})"


def _lexical_and_hybrid(
    covid: CovidQA, scifact: SciFact, found: Search, documents: Search, settings: Settings
) -> list[float]:
    """COVID-QA lexical and hybrid, then SciFact lexical and hybrid."""
    shares = (0.0, settings.dense_share)
    ranks = [covid.reciprocal_ranks(found, found.ranked(weighted(share))) for share in shares]
    gains = [scifact.gains(documents.ranked(weighted(share))) for share in shares]
    return [_chosen_by(values) for values in (*ranks, *gains)]


def _chosen_by(values: Sequence[float]) -> float:
    """The mean over every other question: the half that settings are chosen on."""
    return float(np.mean(values[0::2]))


def _share_names() -> str:
    return " | ".join(f"share {share}" for share in SHARES[1:-1])


def _row(vectors: Vectors, at: int) -> Vectors:
    row: Vectors = vectors[at : at + 1]
    return row


@cache
def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").split("\n") if line]


def _document(document: dict[str, str]) -> Passage:
    """A BEIR document as one passage: its title, a line end, its text."""
    text = f"{document['title']}\n{document['text']}".strip()
    return Passage(
        article=document["_id"], start=0, end=len(text), text=text, section=None, heading=""
    )


if __name__ == "__main__":
    main()
