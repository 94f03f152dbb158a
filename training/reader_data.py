"""What the reader learns from: questions, each with sentences that answer it and that do not.

Owns how each public set becomes ``Group``s, which articles are held out, and how a
question is misspelt. A group is a question with a few sentences, each labelled; where no
text answers it, all are labelled 0. Sentences stand as kqa will show them to the reader:
with their heading, and with the sentence before where they lean on it.

Held out are the articles whose name's SHA-256 is a multiple of five (ClapNQ: questions,
by their id): never trained on, and what ``benchmarks/reader.py`` reports. COVID-QA and
SciFact are not read here at all.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kqa.corpus.furniture import hangs_on_previous
from kqa.corpus.segment import sentence_spans
from kqa.index.terms import terms
from kqa.records import Span
from kqa.search.reader import text_to_read

OWN = Path(__file__).parent / "data" / "reader" / "questions.jsonl"
"""Questions written for kqa on texts of MedQuAD."""

HELD_OUT = 5
NEGATIVES = 4
"""Sentences beside those that answer, for each question of the public sets."""

OWN_NEGATIVES = 3
UNANSWERED = 2
"""Sentences of the text itself where none of them answers."""

MEDQUAD_QUESTIONS = 2_000
MISSPELT = 0.2
SHORTEST = 15
"""Characters: a shorter sentence says too little to answer."""


@dataclass(frozen=True, slots=True)
class Group:
    """A question and sentences to be told apart: 1.0 for each that answers, 0.0 for the others."""

    source: str
    question: str
    texts: tuple[str, ...]
    labels: tuple[float, ...]

    @property
    def answerable(self) -> bool:
        """Whether any of the sentences answers."""
        return any(self.labels)


def held_out(name: str) -> bool:
    """Whether the article (or question) of that name is kept aside for judging."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % HELD_OUT == 0


def read_sentences(heading: str, sentences: Sequence[str]) -> list[str]:
    """Each sentence as the reader sees it, the one before it beside it where it hangs on that."""
    return [
        text_to_read(heading, before if at and hangs_on_previous(text) else "", text)
        for at, (before, text) in enumerate(zip(["", *sentences], sentences, strict=False))
    ]


def squad(folder: Path, *, held: bool) -> Iterator[Group]:
    """SQuAD 2.0, half of its dev set: the sentences of a question's paragraph."""
    data = json.loads((folder / "squad2-half" / "dev-v2.0.json").read_text("utf-8"))["data"]
    for article in data:
        title = article["title"].replace("_", " ")
        if held_out(article["title"]) != held:
            continue
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            spans = sentence_spans(context, Span(0, len(context)))
            texts = tuple(read_sentences(title, [span.of(context) for span in spans]))
            for qa in paragraph["qas"]:
                starts = {answer["answer_start"] for answer in qa["answers"]}
                labels = tuple(float(any(s.start <= a < s.end for a in starts)) for s in spans)
                if any(labels) or qa["is_impossible"]:
                    yield Group("squad", qa["question"], texts, labels)


def selqa(folder: Path, *, held: bool) -> Iterator[Group]:
    """SelQA, dev and test: the sentences of a section, those that answer marked."""
    for part in ("dev", "test"):
        file = folder / "selqa" / f"selqa-ass-{part}.json"
        for row in json.loads(file.read_text("utf-8")):
            if held_out(row["article"]) != held:
                continue
            heading = row["section"] if row["section"] != "Abstract" else row["article"]
            texts = tuple(read_sentences(heading, row["candidates"]))
            labels = tuple(float(at in row["answers"]) for at in range(len(texts)))
            yield Group("selqa", row["question"], texts, labels)


def clapnq(folder: Path, *, held: bool) -> Iterator[Group]:
    """ClapNQ, dev: the sentences of a passage, those that its annotators selected marked."""
    for part in ("answerable", "unanswerable"):
        file = folder / "clapnq" / f"clapnq_dev_{part}.jsonl"
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            # Half of this small set is held out, by question.
            if (int(row["id"]) % 2 == 0) != held:
                continue
            passage = row["passages"][0]
            chosen = {text for out in row["output"] for text in out["selected_sentences"]}
            labels = tuple(float(text in chosen) for text in passage["sentences"])
            if any(labels) == (part == "answerable"):
                texts = tuple(read_sentences(passage["title"], passage["sentences"]))
                yield Group("clapnq", row["input"], texts, labels)


def medquad(folder: Path, *, held: bool) -> Iterator[Group]:
    """MedQuAD's own questions: what opens their answer, against the other answers' openings.

    An answer is a whole page, so the sentence that shares most words with the question
    among its first three stands for it.
    """
    documents = _documents(folder)
    queries = {row["_id"]: row["text"] for row in _lines(folder / "medquad" / "queries.jsonl")}
    by_article: dict[str, list[str]] = defaultdict(list)
    for id in documents:
        by_article[_article(id)].append(id)
    lines = (folder / "medquad" / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:]
    for line in lines:
        query, document, _ = line.split("\t")
        article = _article(document)
        others = [id for id in by_article[article] if id != document]
        if held_out(article) != held or len(others) < 2:
            continue
        question = queries[query]
        pool = [_opening(question, *documents[id]) for id in (document, *others[:NEGATIVES])]
        if len(set(pool)) == len(pool):
            yield Group("medquad", question, tuple(pool), (1.0, *([0.0] * (len(pool) - 1))))


def own(folder: Path, *, held: bool) -> Iterator[Group]:
    """The questions written for kqa: the sentences of a health text of MedQuAD.

    ``gold`` holds the offsets of the sentences that answer; none: the text does not say.
    """
    documents = _documents(folder)
    for row in _lines(OWN):
        if held_out(_article(row["doc"])) != held:
            continue
        title, text = documents[row["doc"]]
        spans = [s for s in sentence_spans(text, Span(0, len(text))) if s.end - s.start > SHORTEST]
        gold = {(start, end) for start, end in row["gold"]}
        texts = tuple(read_sentences(title, [span.of(text) for span in spans]))
        labels = tuple(float((span.start, span.end) in gold) for span in spans)
        if any(labels) == bool(gold):
            yield Group("own", row["question"], texts, labels)


def few(group: Group, rng: random.Random, negatives: int, others: Sequence[str] = ()) -> Group:
    """The group cut to two of its answers and the hardest of the rest.

    Hard are those that share most words with the question. The first of ``others``,
    sentences of other texts, is one of the ``negatives``.
    """
    answers = [at for at, label in enumerate(group.labels) if label]
    rest = [at for at, label in enumerate(group.labels) if not label]
    rng.shuffle(rest)
    asked = set(terms(group.question))
    rest.sort(key=lambda at: -len(asked.intersection(terms(group.texts[at]))))
    kept = rest[: negatives - bool(others) if answers else UNANSWERED]
    answers = sorted(rng.sample(answers, min(len(answers), 2)))
    texts = [group.texts[at] for at in (*answers, *kept)]
    texts += others[:1]
    labels = [1.0] * len(answers) + [0.0] * (len(texts) - len(answers))
    return replace(group, texts=tuple(texts), labels=tuple(labels))


def far_negatives(groups: Sequence[Group], rng: random.Random) -> list[tuple[str, ...]]:
    """For each group, the sentence of some other group that shares most words with it.

    Taken out of 50 drawn at random among those that share a rare word.
    """
    holders: dict[str, list[int]] = defaultdict(list)
    pool = [(n, text) for n, group in enumerate(groups) for text in group.texts]
    pool = rng.sample(pool, min(len(pool), 40_000))
    words = [set(terms(text)) for _, text in pool]
    for at, found in enumerate(words):
        for term in found:
            holders[term].append(at)
    chosen: list[tuple[str, ...]] = []
    for group in groups:
        asked = set(terms(group.question))
        known = sorted((t for t in asked if t in holders), key=lambda t: len(holders[t]))[:3]
        near = [at for t in known for at in rng.sample(holders[t], min(len(holders[t]), 50))]
        near = [at for at in near if pool[at][1] not in group.texts]
        near.sort(key=lambda at: -len(asked & words[at]))
        chosen.append((pool[near[0]][1],) if near else ())
    return chosen


def misspell(question: str, rng: random.Random) -> str:
    """The question as typed on a phone: without capitals or marks, a few letters wrong."""
    words = question.lower().rstrip("?. ").split()
    for at, word in enumerate(words):
        if len(word) < 4 or rng.random() > 0.3:
            continue
        spot = rng.randrange(1, len(word) - 1)
        kind = rng.randrange(3)
        if kind == 0:
            words[at] = word[:spot] + word[spot + 1 :]
        elif kind == 1:
            words[at] = word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
        else:
            words[at] = word[:spot] + word[spot] + word[spot:]
    return " ".join(words)


def _opening(question: str, title: str, text: str) -> str:
    spans = sentence_spans(text[:1_500], Span(0, min(len(text), 1_500)))[:3]
    asked = set(terms(question))
    best = max(spans, key=lambda s: len(asked.intersection(terms(s.of(text)))), default=None)
    return text_to_read(title, "", best.of(text)[:600] if best else text[:300])


def _documents(folder: Path) -> dict[str, tuple[str, str]]:
    rows = _lines(folder / "medquad" / "corpus.jsonl")
    return {row["_id"]: (row["title"], row["text"]) for row in rows}


def _article(document: str) -> str:
    return document.rsplit("-", 1)[0]


def _lines(file: Path) -> Iterable[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
