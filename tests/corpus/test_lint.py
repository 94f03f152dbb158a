"""Lint: what is wrong with a corpus, each finding at its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kqa.corpus.differences import Pair
from kqa.corpus.disagreements import PairsOfPlaces
from kqa.corpus.lint import Finding, Severity, lint, overview
from kqa.corpus.pins import Place
from kqa.corpus.read import Corpus, read_corpus
from kqa.corpus.segment import segment
from kqa.records import Article

Write = Callable[[dict[str, str]], Corpus]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A corpus of the given texts by file name."""

    def of(files: dict[str, str]) -> Corpus:
        for name, text in files.items():
            (tmp_path / name).write_bytes(text.encode())
        return read_corpus(tmp_path)

    return of


def of_code(corpus: Corpus, code: str) -> list[Finding]:
    return [finding for finding in lint(corpus) if finding.code == code]


def places(corpus: Corpus, code: str) -> list[tuple[str, int]]:
    return [(finding.file, finding.line) for finding in of_code(corpus, code)]


def quoted(corpus: Corpus, finding: Finding) -> str:
    (article,) = [a for a in corpus.articles if a.file == finding.file]
    return article.text[finding.start : finding.end]


# Promises about any corpus.


@given(data=st.data())
def test_every_finding_stands_on_the_line_it_names(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    for finding in lint(Corpus(Path(), (article,), ())):
        assert 0 <= finding.start <= finding.end <= len(article.text)
        assert finding.line == article.text.count("\n", 0, finding.start) + 1
        assert "\n" not in finding.message


@given(data=st.data())
def test_findings_are_in_order_of_file_and_line_and_never_twice(
    articles: SearchStrategy[Article], article_of: Callable[..., Article], data: st.DataObject
) -> None:
    first, second = data.draw(articles), data.draw(articles)
    other = Article("b", second.text, "B", True, "b.txt", "b.txt")
    found = lint(Corpus(Path(), (first, other), ()))
    assert [(f.file, f.line) for f in found] == sorted((f.file, f.line) for f in found)
    assert len(set(found)) == len(found)


@given(data=st.data())
def test_the_overview_counts_every_segment_once(
    articles: SearchStrategy[Article], data: st.DataObject
) -> None:
    article = data.draw(articles)
    (row,) = overview(Corpus(Path(), (article,), ()))
    counted = (
        row.sections,
        row.sentences,
        row.items,
        row.lead_ins,
        row.lost_lead_ins,
        row.furniture,
        row.disclaimers,
    )
    assert sum(counted) == len(segment(article))
    assert row.sentences + row.items == sum(s.quotable for s in segment(article))


# Each code.


def test_a_file_left_out_is_a_problem_with_its_remedy(write: Write) -> None:
    corpus = write({"good.txt": "It is good.", "empty.txt": "", "paper.pdf": "x"})
    found = of_code(corpus, "unreadable")
    assert [(f.file, f.line, f.severity) for f in found] == [
        ("empty.txt", 1, Severity.PROBLEM),
        ("paper.pdf", 1, Severity.PROBLEM),
    ]
    assert "Fill it" in found[0].message


def test_a_lost_list_is_a_problem(write: Write) -> None:
    corpus = write({"a.txt": "It is old.\n\nThe reasons include:\n\nIt is known by many.\n"})
    (finding,) = of_code(corpus, "lost_list")
    assert (finding.line, finding.severity) == (3, Severity.PROBLEM)
    assert quoted(corpus, finding) == "The reasons include:"


def test_near_identical_articles_are_a_problem(write: Write) -> None:
    sentences = [f"This is the sentence number {n} of an article." for n in range(10)]
    corpus = write(
        {
            "a.txt": "\n".join(sentences),
            "b.txt": "\n".join([*sentences[:8], "Something else stands here.", "And here too."]),
            "c.txt": "\n".join([*sentences[:2], "Quite another article it is.", "It is so."] * 2),
        }
    )
    (finding,) = of_code(corpus, "duplicate_article")
    assert (finding.file, finding.severity) == ("b.txt", Severity.PROBLEM)
    assert "a.txt" in finding.message


def test_a_sentence_that_stands_twice_is_named_with_its_first_place(write: Write) -> None:
    text = "It is generally considered safe.\nSomething else is said of it here.\n"
    corpus = write({"a.txt": text, "b.txt": "One more line.\n" + text.split("\n")[0].upper()})
    assert places(corpus, "duplicate_sentence") == [("b.txt", 2)]
    assert "a.txt:1" in of_code(corpus, "duplicate_sentence")[0].message


def test_a_date_that_stands_twice_is_named_once(write: Write) -> None:
    corpus = write({"a.txt": "June 19, 2024\n\nIt is old.\n\nJune 19, 2024\n\nMay 1, 2024\n"})
    assert places(corpus, "date_twice") == [("a.txt", 5)]


def test_an_article_of_unknown_origin_is_one_note(write: Write) -> None:
    toml = '[[article]]\nfile = "b.txt"\npublisher = "B"\n'
    corpus = write({"a.txt": "It is old.", "b.txt": "It is new.", "articles.toml": toml})
    assert places(corpus, "no_metadata") == [("a.txt", 1)]
    assert places(corpus, "title_given") == [("a.txt", 1), ("b.txt", 1)]


# Possible disagreements.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ketamine is not a new therapy.", "Ketamine is a relatively new treatment."),
        ("The drug ketamine is non-addictive.", "Many know that ketamine is addictive."),
        ("The pill isn’t dangerous.", "This pill is dangerous."),
        ("Ketamine was first made in 1962 as an anesthetic.", "It was invented in 1970, as "
         "ketamine, an anesthetic."),
        ("Ketamine’s effect on depression was discovered in the 1990s.", "In the early 2000s the "
         "effect of ketamine on depression was first shown."),
    ],
)  # fmt: skip
def test_a_pair_that_differs_is_shown_with_both_places(write: Write, one: str, other: str) -> None:
    corpus = write({"a.txt": f"Something stands above.\n{one}\n", "b.txt": f"{other}\n"})
    (finding,) = of_code(corpus, "possible_disagreement")
    assert (finding.file, quoted(corpus, finding)) == ("b.txt", other)
    assert "a.txt:2" in finding.message
    assert finding.severity is Severity.NOTE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ketamine was first made in 1962 as an anesthetic.", "Ketamine was developed as an "
         "anesthetic in the 1960s."),
        ("Ketamine is not suitable for everyone.", "A suitable way to take ketamine is known."),
        ("Ketamine is not only safe but quick.", "Ketamine is safe."),
        ("Those who have not responded to it try ketamine.", "People have responded to ketamine."),
        ("Ketamine was approved in 1970.", "The clinic was opened at first in 2010."),
        ("Ketamine is safe.", "Ketamine is safe when given by a doctor."),
    ],
)  # fmt: skip
def test_a_pair_that_may_both_be_true_is_not_shown(write: Write, one: str, other: str) -> None:
    corpus = write({"a.txt": f"{one}\n", "b.txt": f"{other}\n"})
    assert of_code(corpus, "possible_disagreement") == []


def test_sentences_of_one_section_are_not_compared_and_of_two_are(write: Write) -> None:
    one, other = "Ketamine is not a new therapy.", "Ketamine is a new therapy."
    together = write({"a.txt": f"The First\n\n{one}\n\n{other}\n"})
    assert of_code(together, "possible_disagreement") == []
    apart = write({"a.txt": f"The First\n\n{one}\n\nThe Second\n\n{other}\n"})
    assert places(apart, "possible_disagreement") == [("a.txt", 7)]


def test_pairs_found_by_meaning_stand_beside_those_found_by_words_each_once(write: Write) -> None:
    corpus = write(
        {"a.txt": "Ketamine is not new. It is mild.", "b.txt": "Ketamine is new. It is intense."}
    )
    a, b = ([Place(x.id, s.span) for s in segment(x)] for x in corpus.articles)
    same, turned = Pair(a[0], b[0], "alike"), Pair(b[0], a[0], "alike")
    further = Pair(a[1], b[1], "“mild” and “intense”")
    found = lint(corpus, lambda known: (same, turned, further, further))
    messages = [f.message for f in found if f.code == "possible_disagreement"]
    assert len(messages) == 2
    assert "one denies “new”" in messages[0]
    assert "“mild” and “intense”" in messages[1]
    assert "a.txt:1" in messages[1]


# Disagreements that a file holds.

KNOWN = """
[[disagreement]]
id = "new"
question = "Is it new?"
ask = ["how new is it"]
[[disagreement.side]]
name = "not new"
quotes = [{ article = "a", quote = "Ketamine is not new." }]
[[disagreement.side]]
name = "new"
quotes = [
    { article = "b", quote = "Ketamine is new." },
    { article = "gone", quote = "It is." },
]
"""


def test_a_known_disagreement_is_not_proposed_again(write: Write) -> None:
    texts = {"a.txt": "Ketamine is not new.", "b.txt": "Ketamine is new."}
    assert len(of_code(write(texts), "possible_disagreement")) == 1
    corpus = write({**texts, "disagreements.toml": KNOWN})
    assert of_code(corpus, "possible_disagreement") == []
    given: list[object] = []
    one, other = (Place(x.id, segment(x)[0].span) for x in corpus.articles)

    def propose(known: PairsOfPlaces) -> tuple[Pair, ...]:
        given.append(known)
        return (Pair(one, other, "alike"),)

    assert "possible_disagreement" not in {f.code for f in lint(corpus, propose)}
    assert given == [{(one, other)}]


def test_a_pin_whose_article_is_gone_is_a_note_at_its_line(write: Write) -> None:
    texts = {"a.txt": "Ketamine is not new.", "b.txt": "Ketamine is new."}
    (finding,) = of_code(write({**texts, "disagreements.toml": KNOWN}), "pin_without_article")
    assert (finding.file, finding.severity) == ("disagreements.toml", Severity.NOTE)
    assert '"gone"' in KNOWN.split("\n")[finding.line - 1]
    assert "'gone'" in finding.message


@pytest.mark.parametrize(
    "toml", ["[[", "[[disagreement]]\nid = 1", KNOWN.replace("not new.", "old.")]
)
def test_a_file_of_disagreements_that_cannot_be_used_is_a_problem(write: Write, toml: str) -> None:
    texts = {"a.txt": "Ketamine is not new.", "b.txt": "Ketamine is new."}
    corpus = write({**texts, "disagreements.toml": toml})
    (finding,) = of_code(corpus, "bad_disagreements")
    assert finding.severity is Severity.PROBLEM
    assert "\n" not in finding.message
    assert len(of_code(corpus, "possible_disagreement")) == 1


# Ways of asking that a file holds.

WAYS = """
[[pinned]]
article = "a"
quote = "Ketamine is not new."
ask = ["is it new"]

[[pinned]]
article = "a"
quote = 'It is "quite" old.'
ask = ["is it old"]

[[pinned]]
article = "gone"
quote = "It is gone."
ask = ["is it gone"]
"""


def test_a_way_of_asking_that_lost_its_sentence_is_a_note_at_its_line(write: Write) -> None:
    corpus = write({"a.txt": "Ketamine is not new.", "ways_of_asking.toml": WAYS})
    (finding,) = of_code(corpus, "lost_way")
    assert (finding.file, finding.severity) == ("ways_of_asking.toml", Severity.NOTE)
    assert "quite" in WAYS.split("\n")[finding.line - 1]
    assert "letter for letter" in finding.message
    mended = write(
        {"a.txt": 'Ketamine is not new. It is "quite" old.', "ways_of_asking.toml": WAYS}
    )
    assert of_code(mended, "lost_way") == []


@pytest.mark.parametrize("toml", ["[[", "[[pinned]]\narticle = 1", "[other]"])
def test_a_file_of_ways_that_cannot_be_used_is_a_problem(write: Write, toml: str) -> None:
    (finding,) = of_code(
        write({"a.txt": "Ketamine is not new.", "ways_of_asking.toml": toml}), "bad_ways_of_asking"
    )
    assert (finding.file, finding.severity) == ("ways_of_asking.toml", Severity.PROBLEM)
    assert "\n" not in finding.message


# The five articles.

GUIDE = "a-guide-to-low-dose-ketamine-therapy.txt"
MOOD = "ketamine-therapy-for-mood-disorders.txt"
BENEFITS = "the-benefits-of-ketamine-therapy.txt"
INTRODUCTION = "introduction-to-ketamine-therapy.txt"
UNDERSTANDING = "understanding-ketamine-therapy.txt"


def test_the_real_corpus_has_three_problems_its_lost_lists(real: Corpus) -> None:
    problems = [f for f in lint(real) if f.severity is Severity.PROBLEM]
    assert [(f.code, f.file, f.line) for f in problems] == [
        ("lost_list", GUIDE, 6),
        ("lost_list", GUIDE, 7),
        ("lost_list", GUIDE, 8),
    ]


def test_the_notes_on_the_real_corpus_are_counted(real: Corpus) -> None:
    counts = Counter(finding.code for finding in lint(real))
    assert counts == {
        "lost_list": 3,
        "furniture": 14,
        "disclaimer": 1,
        "promotional": 21,
        "title_given": 2,
        "no_metadata": 3,
        "date_twice": 1,
    }


def test_the_origin_of_the_real_articles_is_noted(real: Corpus) -> None:
    assert places(real, "title_given") == [(GUIDE, 1), (MOOD, 1)]
    assert [file for file, _ in places(real, "no_metadata")] == [
        INTRODUCTION,
        MOOD,
        UNDERSTANDING,
    ]
    assert places(real, "date_twice") == [(BENEFITS, 64)]


def test_known_disagreements_of_the_real_articles_are_found_where_no_file_holds_them(
    real: Corpus, tmp_path: Path
) -> None:
    unknown = replace(real, folder=tmp_path)
    found = of_code(unknown, "possible_disagreement")
    assert [(f.file, quoted(real, f)[:40]) for f in found] == [
        (BENEFITS, "Ketamine was first synthesized in 1962 a"),
        (UNDERSTANDING, "Ketamine’s potential as an antidepressan"),
        (UNDERSTANDING, "It’s essential to understand that ketami"),
    ]
    for finding, there in zip(found, (GUIDE, BENEFITS, GUIDE), strict=True):
        assert f"with {there}:" in finding.message


def test_the_overview_of_the_real_articles(real: Corpus) -> None:
    rows = {row.file: (row.sections, row.sentences, row.items) for row in overview(real)}
    assert rows == {
        GUIDE: (0, 17, 0),
        INTRODUCTION: (7, 15, 8),
        MOOD: (4, 39, 0),
        BENEFITS: (8, 25, 8),
        UNDERSTANDING: (18, 96, 0),
    }
