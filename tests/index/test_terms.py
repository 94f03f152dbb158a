"""Asking finds what was indexed because both sides make the same terms."""

from __future__ import annotations

import ast
import threading
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kqa
from kqa.index.terms import STOP_WORDS, terms, words

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize(
    ("asked", "indexed"),
    [
        ("treating", "treatment was treated"),
        ("infusions", "an infusion"),
        ("KETAMINE’S", "ketamine"),
        ("the illness's course", "course of an illness"),
        ("Ketamine's effects", "the effect of ketamine"),
        ("ﬁne", "fine"),
        ("ＰＴＳＤ", "ptsd"),
        ("½", "1⁄2"),
        ("can't stop", "cant stop"),
    ],
)
def test_a_question_meets_the_text_that_says_it_in_another_form(asked: str, indexed: str) -> None:
    assert set(terms(asked)) <= set(terms(indexed))
    assert terms(asked)


@pytest.mark.parametrize(
    ("one", "other"), [("non-addictive", "addictive"), ("0.5 mg", "5 mg"), ("1962", "1970")]
)
def test_what_differs_in_meaning_differs_in_terms(one: str, other: str) -> None:
    assert terms(one) != terms(other)


@given(TEXT)
@settings(max_examples=300)
def test_compatibility_forms_make_no_difference(text: str) -> None:
    assert words(unicodedata.normalize("NFKC", text)) == words(text)


@given(st.text(st.characters(codec="ascii"), max_size=60))
@settings(max_examples=200)
def test_case_makes_no_difference(text: str) -> None:
    assert words(text.upper()) == words(text) == words(text.lower())


@given(TEXT, TEXT)
@settings(max_examples=200)
def test_the_terms_of_two_lines_are_those_of_each_in_order(one: str, other: str) -> None:
    assert terms(f"{one}\n{other}") == terms(one) + terms(other)


@given(TEXT)
@settings(max_examples=300)
def test_stop_words_are_left_out_and_nothing_else(text: str) -> None:
    assert len(terms(text)) == sum(word not in STOP_WORDS for word in words(text))
    assert all(term and not term.isspace() for term in terms(text))


def test_repeats_are_kept_in_order() -> None:
    assert terms("Doses and a dose, a session") == ["dose", "dose", "session"]


def test_threads_get_the_terms_that_one_thread_gets() -> None:
    texts = [f"sessions {n} treatments infusion's therapies" * 20 for n in range(40)]
    alone = [terms(text) for text in texts]
    together: dict[int, list[str]] = {}

    def work(n: int) -> None:
        together[n] = terms(texts[n])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[n] for n in range(len(texts))] == alone


def test_indexing_and_asking_share_the_one_tokenizer() -> None:
    """No other file of kqa stems, and both sides name this one."""
    source = Path(kqa.__file__).parent
    trees = {path: ast.parse(path.read_text("utf-8")) for path in source.rglob("*.py")}
    imports = {
        path.relative_to(source).as_posix(): {
            f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        | {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        for path, tree in trees.items()
    }
    assert [path for path, names in imports.items() if "Stemmer" in names] == ["index/terms.py"]
    for user in ("index/build.py", "search/query.py"):
        assert "kqa.index.terms.terms" in imports[user]
