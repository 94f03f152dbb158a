"""Promises of the documentation: its examples run, its commands parse, its tables are whole."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from starlette.routing import Match

from kqa import errors
from kqa.answer import assistant, decide, match, safety, verify
from kqa.answer.assistant import Assistant
from kqa.corpus import (
    asked,
    blocks,
    disagreements,
    guides,
    lint,
    metadata,
    pins,
    read,
    segment,
    synonyms,
)
from kqa.evaluate import evaluation, zipped
from kqa.index.store import StoredIndex
from kqa.records import Article, Manifest, Notice, Outcome, Segment, SegmentKind
from kqa.settings import (
    ENV_PREFIX,
    HISTORY_LIMIT,
    QUESTION_LIMIT,
    Settings,
    load_settings,
    shipped,
)
from kqa.surfaces import api, http
from kqa.surfaces.cli import cli
from kqa.surfaces.web import chat, evaluator_bench, evaluator_files, evaluator_routes

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
SHELLS = {"sh", "console", "bash"}
MAY_DIFFER = {"index", "elapsed_ms", "confidence", "quotes"}
"""Between one machine or run and another; confidence and quotes are compared by themselves."""


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


pages = pytest.mark.parametrize("page", PAGES, ids=_name)


def _text(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def _fences(page: Path, *languages: str) -> Iterator[str]:
    """The contents of the fenced blocks in one of the languages."""
    for language, block in re.findall(
        r"^```([^\s`]*)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        if language in languages:
            yield block


def _prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def _table(text: str, *columns: str) -> list[dict[str, str]]:
    """The rows of the first table whose header begins with the columns."""
    head = r"\| " + r" \| ".join(map(re.escape, columns)) + r"[^\n]*\|\n\|[-|]+\|\n((?:\|.*\|\n)+)"
    found = re.search(head, text)
    assert found, f"no table {columns}"
    cells = ([cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines())
    return [dict(zip(columns, row, strict=False)) for row in cells]


def _codes(rows: list[dict[str, str]], column: str) -> set[str]:
    return {code for row in rows for code in re.findall(r"`([^`]+)`", row[column])}


def _command_lines(page: Path) -> Iterator[list[str]]:
    """Each command of the shell blocks: words, without prompt, variables and comment."""
    for block in _fences(page, *SHELLS):
        prompted = any(line.startswith("$ ") for line in block.splitlines())
        for line in block.replace("\\\n", " ").splitlines():
            if prompted and not line.startswith("$ "):
                continue
            for command in re.split(r"\s&&\s", line.removeprefix("$ ")):
                words = shlex.split(command, comments=True)
                while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
                    words = words[1:]
                if words:
                    yield words


def _settings_file(block: str, name: str) -> bool:
    return block.startswith(f"# {name}\n")


# --- what is generated ----------------------------------------------------------------


def test_the_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# --- examples run ---------------------------------------------------------------------


@pytest.fixture
def beside_an_index(real_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder in which ``index`` is the index of the five articles."""
    (tmp_path / "index").symlink_to(real_index, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(_fences(page, "python"))], ids=_name
)
def test_every_python_example_runs(page: Path, beside_an_index: Path) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    for block in _fences(page, "python"):
        exec(compile(block, _name(page), "exec"), names)


def test_the_answer_shown_is_the_answer_given(real_assistant: Assistant) -> None:
    shown = json.loads(
        _text("getting-started.md").split("<!-- example:answer -->\n```json\n")[1].split("```")[0]
    )
    given = real_assistant.ask(shown["question"], k=len(shown["quotes"])).to_dict()
    assert shown["confidence"] == pytest.approx(given["confidence"], abs=0.05)
    for quote, other in zip(shown["quotes"], given["quotes"], strict=True):
        # A score has no fixed scale: each fit brings another.
        assert quote == other | {"score": pytest.approx(other["score"], rel=0.5)}
    assert {key for key in shown if shown[key] != given[key]} <= MAY_DIFFER
    jsonschema.validate(shown, json.loads(_text("answer.schema.json")))


@pytest.mark.parametrize("name", [page.name for page in PAGES if page.parent == DOCS])
def test_every_json_and_toml_example_is_well_formed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for block in _fences(DOCS / name, "json"):
        json.loads(block)
    for block in _fences(DOCS / name, "toml"):
        if _settings_file(block, "kqa.toml"):
            (tmp_path / "kqa.toml").write_text(block)
            monkeypatch.setenv(f"{ENV_PREFIX}CONFIG", str(tmp_path / "kqa.toml"))
            load_settings()
        elif _settings_file(block, "articles.toml"):
            (tmp_path / "articles.toml").write_text(block)
            assert metadata.read_metadata(tmp_path / "articles.toml")
        elif guide := next((file for file in guides.FILES if _settings_file(block, file)), None):
            (tmp_path / guide).write_text(block)
            assert _READ_GUIDE[guide](tmp_path)
        else:
            assert _settings_file(block, assistant.SUGGESTIONS_FILE)
            assert tomllib.loads(block)["questions"]


def _shown_articles(folder: Path) -> tuple[list[Article], dict[str, list[Segment]]]:
    """Articles in which every quote of the disagreements shown stands as a whole sentence."""
    tables = pins.read_tables(folder / disagreements.FILE)
    sides = (side for entry in tables["disagreement"] for side in entry["side"])
    quotes = [quote for side in sides for quote in side["quotes"]]
    articles, segments = [], {}
    for quote in quotes:
        id, text = quote["article"], quote["quote"]
        articles.append(Article(id, text, id, False, f"{id}.txt", f"{id}.txt"))
        whole = Segment(id, 0, len(text), SegmentKind.SENTENCE, None, 0)
        segments[id] = [whole]
    return articles, segments


_READ_GUIDE: dict[str, Callable[[Path], object]] = {
    asked.FILE: lambda folder: asked.read_ways_of_asking(folder, (), {}).asked,
    synonyms.FILE: synonyms.read_synonyms,
    disagreements.FILE: lambda folder: disagreements.read_disagreements(
        folder, *_shown_articles(folder)
    ),
}
"""By file name, what an example of it holds for a folder that holds nothing else."""


def test_every_guide_is_explained_with_an_example() -> None:
    page = DOCS / "adding-articles.md"
    rows = _codes(_table(_text(page.name), "file", "holds", "without it"), "file")
    assert rows == {*guides.FILES, "articles.toml", assistant.SUGGESTIONS_FILE}
    examples = [*_fences(page, "toml")]
    for file in guides.FILES:
        assert any(_settings_file(block, file) for block in examples), file


def test_every_field_of_a_guide_is_explained() -> None:
    text = _text("adding-articles.md")
    for heading, fields in (
        (asked.FILE, {"pinned", "unanswered", "about", "ask", *asked._PIN_FIELDS}),
        (
            disagreements.FILE,
            {*disagreements._FIELDS, *disagreements._SIDE_FIELDS, *pins._PIN_FIELDS},
        ),
    ):
        section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        explained = _codes(_table(section, "entry", "means"), "entry")
        assert explained >= fields - {"side", "quote"}, heading


@pytest.mark.parametrize(
    ("column", "known"),
    [("feature of a sentence", match.FEATURES), ("feature of the decision", decide.FEATURES)],
)
def test_every_feature_is_explained(column: str, known: tuple[str, ...]) -> None:
    assert _codes(_table(_text("evaluation.md"), column, "is"), column) == {*known}


def test_every_field_of_metadata_is_explained() -> None:
    assert _codes(_table(_text("adding-articles.md"), "field", "means"), "field") == {
        *metadata._FIELDS
    }


# --- commands parse, addresses and links lead somewhere --------------------------------


@pages
def test_every_kqa_command_line_parses(page: Path) -> None:
    for words in _command_lines(page):
        if Path(words[0]).name == "kqa":
            _parse(words[1:])


def _parse(arguments: list[str]) -> None:
    """As click would, without running anything."""
    name = arguments[0]
    if name in {"--help", "--version"}:
        return
    assert name in cli.commands, f"there is no command {name}"
    try:
        cli.commands[name].make_context(name, arguments[1:])
    except click.exceptions.Exit:  # --help
        return
    except click.ClickException as error:
        pytest.fail(f"kqa {shlex.join(arguments)}: {error.format_message()}")


@pages
def test_every_inline_command_exists(page: Path) -> None:
    for command in re.findall(r"`kqa ([a-z]+)", _prose(page)):
        assert command in cli.commands
    for target in re.findall(r"`make ([a-z]+)", _prose(page)):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pages
def test_every_other_command_names_what_is_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for words in _command_lines(page):
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), words
        elif words[:2] == ["python", "-m"]:
            assert importlib.util.find_spec(words[2]), words
        elif words[0] == "python":
            assert (ROOT / words[1]).is_file(), words


@pages
def test_every_address_asked_with_curl_is_served(page: Path, built_assistant: Assistant) -> None:
    app = api.create_app(built_assistant)
    for words in _command_lines(page):
        if words[0] != "curl":
            continue
        address = next(word for word in words if word.startswith("http"))
        sends = any(word in {"-d", "--data", "--json"} for word in words)
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST" if sends else "GET",
            "path": "/" + address.split("/", 3)[3],
            "root_path": "",
            "headers": [],
        }
        matches = [route.matches(scope)[0] for route in app.routes]
        assert Match.FULL in matches, f"{scope['method']} {scope['path']}"


@pages
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if re.match(r"https?:|mailto:", target) or "…" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{_name(page)}: {target}"
        if anchor:
            assert anchor in _anchors(file), f"{_name(page)}: {target}"


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _prose(file), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def test_every_page_stands_in_the_index_of_pages() -> None:
    index = _text("README.md").split("## All pages")[1]
    for page in DOCS.glob("*.md"):
        assert page.name == "README.md" or f"- [{page.name}]({page.name})" in index


@pages
def test_no_page_speaks_of_its_own_making(page: Path) -> None:
    text = page.read_text("utf-8").lower()
    for word in ("/work/", "/tmp/", "this issue", "session of the project", "todo", "fixme"):
        assert word not in text


# --- tables are whole -----------------------------------------------------------------


@pages
def test_every_setting_named_exists(page: Path) -> None:
    known = {ENV_PREFIX + name.upper() for name in Settings.model_fields}
    for name in re.findall(rf"\b{ENV_PREFIX}[A-Z0-9_]+\b", page.read_text("utf-8")):
        assert name in known | {f"{ENV_PREFIX}CONFIG"}


def _errors(kind: type[errors.KqaError] = errors.KqaError) -> Iterator[type[errors.KqaError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _errors(each)


def test_every_error_stands_in_the_table_with_its_codes() -> None:
    rows = _table(_text("operations.md"), "code", "exit", "HTTP", "means", "what to do")
    shown = {row["code"].strip("`"): (row["exit"], row["HTTP"]) for row in rows}
    for kind in _errors():
        assert shown[kind.code] == (str(kind.exit_code), str(kind.http_status))


def test_every_finer_error_code_stands_in_the_table() -> None:
    text = _text("operations.md")
    finer = {
        keyword.value.value
        for file in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    rows = _table(text, "code", "exit", "HTTP", "means", "what to do")
    assert finer <= _codes(rows, "code")
    protocol = _codes(_table(text, "code", "HTTP", "means"), "code")
    assert {code for code, _ in http._HTTP_ERRORS.values()} <= protocol | {"own_fault"}


def test_every_exit_code_is_explained() -> None:
    rows = _table(_text("getting-started.md"), "code", "means")
    assert {str(kind.exit_code) for kind in _errors()} | {"0", "1", "130"} == {
        row["code"] for row in rows
    }


@pytest.mark.parametrize(
    ("page", "columns", "known"),
    [
        ("getting-started.md", ("outcome", "means"), Outcome),
        ("getting-started.md", ("notice", "means"), Notice),
        ("adding-articles.md", ("kind", "what it is", "quoted"), SegmentKind),
    ],
)
def test_every_name_of_an_answer_or_segment_is_explained(
    page: str, columns: tuple[str, ...], known: type[Outcome | Notice | SegmentKind]
) -> None:
    assert _codes(_table(_text(page), *columns), columns[0]) == {each.value for each in known}


def test_every_notice_that_is_explained_is_given() -> None:
    answer = ROOT / "src" / "kqa" / "answer"
    source = "".join(file.read_text("utf-8") for file in sorted(answer.glob("*.py")))
    assert {*re.findall(r"Notice\.([A-Z_]+)", source)} == {notice.name for notice in Notice}


def test_every_finding_of_lint_stands_in_the_table() -> None:
    tree = ast.parse(Path(lint.__file__).read_text("utf-8"))
    called = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if ast.unparse(node.func).split(".")[-1] in {"finding", "about_all", "Finding", "_bad"}
    }
    rows = _table(_text("adding-articles.md"), "code", "severity", "means", "what to do")
    assert _codes(rows, "code") == called | {code for code, _, _ in lint._BY_KIND.values()}


def test_every_file_of_an_index_and_its_manifest_is_described(
    built_index: Path, stored: StoredIndex
) -> None:
    text = _text("index-format.md")
    version = built_index / stored.manifest.fingerprint
    assert _codes(_table(text, "file", "holds"), "file") >= {f.name for f in version.iterdir()}
    fields = _codes(_table(text, "field", "holds"), "field")
    assert fields == {field.name for field in dataclasses.fields(Manifest)}
    assert _codes(_table(text, "input", "is"), "input") == set(stored.manifest.inputs)


def test_the_picture_names_every_stage_and_file_at_the_top() -> None:
    picture = next(_fences(DOCS / "architecture.md", "text"))
    for path in (ROOT / "src" / "kqa").iterdir():
        if path.is_dir() and any(path.glob("*.py")):
            assert f"  {path.name}/" in picture
            assert not {file.stem for file in path.glob("[a-z]*.py")} - _words(picture, path.name)
        elif path.suffix == ".py" and path.name != "__init__.py":
            assert f"  {path.name}" in picture


def _words(picture: str, stage: str) -> set[str]:
    """What the picture says of a stage, by word."""
    found = re.search(rf"^  {stage}/(.*\n(?:   .*\n)*)", picture, re.MULTILINE)
    return set(re.findall(r"\w+", found[1])) if found else set()


def test_every_record_named_in_the_architecture_exists() -> None:
    import kqa.records as records

    rows = _table(_text("architecture.md"), "record", "is")
    for name in _codes(rows, "record"):
        assert "." in name or hasattr(records, name)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("getting-started.md", f"One to {QUESTION_LIMIT:,} characters"),
        ("getting-started.md", f"oldest first, {HISTORY_LIMIT} at most"),
        ("adding-articles.md", f"may have {read.ARTICLE_BYTES // 2**20} MiB at most"),
        ("adding-articles.md", f"One line of {blocks.HEADING_CHARS} characters at most"),
        ("adding-articles.md", f"An item of up to {segment.ITEM_CHARS} characters"),
        (
            "adding-articles.md",
            f"the longest has {blocks.WRAPPED_LINE_CHARS.start} to "
            f"{blocks.WRAPPED_LINE_CHARS.stop - 1} characters",
        ),
        ("getting-started.md", f"At most {verify.PLACES} places are listed"),
        ("safety.md", f"its first {assistant.ASSESSED_CHARS:,} characters"),
        ("operations.md", f"body may have {http.BODY_LIMIT // 1024} KiB"),
        ("operations.md", f"on the page {chat.EXCHANGES} exchanges a session"),
        ("operations.md", f"At most {chat.SESSIONS:,} sessions"),
        ("operations.md", f"lets {chat.WAITING} wait"),
        ("eval-page.md", f"may have {evaluator_routes.UPLOAD_BYTES // 2**20} MiB at most"),
        ("eval-page.md", f"more than {zipped.ENTRIES:,} entries"),
        ("eval-page.md", f"more than {zipped.UNPACKED_BYTES // 2**20} MiB come out of it"),
        ("eval-page.md", f"the last {evaluation.BATCH} that were done together"),
        ("eval-page.md", f"{evaluator_bench.LEFT_SECONDS // 60} minutes after the page is left"),
        ("eval-page.md", f"{evaluator_bench.IDLE_SECONDS // 3600} hours without any use"),
        ("eval-page.md", f"{evaluator_bench.RUNS} runs are held at most"),
        ("eval-page.md", f"{evaluator_bench.FILES} files"),
        ("eval-page.md", f"{evaluator_files.DISK_BYTES // 2**30} GiB"),
    ],
)
def test_limits_are_stated_as_they_are(page: str, said: str) -> None:
    assert said in " ".join(_text(page).split())


def test_the_lines_of_the_crisis_check_are_counted_right() -> None:
    safety_lines = _rows("safety.jsonl")
    part = Counter(line["expect"] for line in safety_lines if line["split"] == "test")
    said = f"{len(safety_lines)} lines of which {part.total()} are set apart"
    assert said in " ".join(_text("safety.md").split())
    rows = _table(_text("safety.md"), "test part", "lines", "card shown")
    names = {"danger": safety.Danger.PRESENT, "topic": "topic", "none": "none"}
    assert {row["test part"]: int(row["lines"]) for row in rows} == {
        name: part[expected] for name, expected in names.items()
    }


def test_the_questions_of_the_test_set_are_counted_right() -> None:
    rows = _rows("ketamine.jsonl")
    questions = Counter(row["answerable"] for row in rows)
    text = " ".join(_text("evaluation.md").split())
    assert (
        f"{questions.total()} questions about the five shipped articles, {questions[True]} that "
        f"they answer, each with verbatim gold quotes, and {questions[False]} that they do not"
    ) in text
    parts = Counter(row["split"] for row in rows)
    assert f"(`dev`, {parts['dev']} questions)" in text
    assert f"(`test`, {parts['test']})" in text
    kinds = Counter((row["kind"], row["split"]) for row in rows)
    shown = _table(_text("evaluation.md"), "kind", "what", "dev", "test")
    assert {kind for row in shown for kind in _codes([row], "kind")} == {kind for kind, _ in kinds}
    for row in shown:
        kind = row["kind"].strip("`")
        assert (int(row["dev"]), int(row["test"])) == (kinds[kind, "dev"], kinds[kind, "test"])


def test_the_ways_of_asking_are_counted_right() -> None:
    """And so is how many questions of the test set stand among them word for word."""
    tables = pins.read_tables(shipped("corpus") / asked.FILE)
    asks = {
        name: [ask for entry in tables[name] for ask in entry["ask"]]
        for name in ("pinned", "unanswered")
    }
    places = {(entry["article"], entry["quote"]) for entry in tables["pinned"]}
    text = " ".join(_text("evaluation.md").split())
    assert (
        f"{len(asks['pinned']):,} questions for {len(places)} sentences and lists and "
        f"{len(asks['unanswered']):,} that the articles leave open"
    ) in text
    known = {name: {_plain(ask) for ask in given} for name, given in asks.items()}
    held = Counter(
        (row["split"], name)
        for row in _rows("ketamine.jsonl")
        for name, given in known.items()
        if _plain(row["question"]) in given
    )
    assert (
        f"{held['dev', 'pinned']} of the dev questions stand word for word among the pinned ways "
        f"and {held['dev', 'unanswered']} among those left open; of the test questions "
        f"{held['test', 'pinned']} and {held['test', 'unanswered']}"
    ) in text


def _plain(question: str) -> str:
    """Without capitals and punctuation."""
    return " ".join(re.findall(r"[^\W_]+", question.casefold()))


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (shipped("testsets") / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_quotes_shown_in_the_documentation_stand_in_the_articles(stored: StoredIndex) -> None:
    for page in PAGES:
        for words in _command_lines(page):
            if words[:2] == ["kqa", "verify"]:
                assert verify.verify_text(words[2], stored.articles, stored.sentences).found, words
