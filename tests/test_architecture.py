"""Data flows one way: a file imports only from stages above its own.

The order, and who may touch FAISS, BM25 and the environment, is written here once.
The checker is itself checked, on small trees with one planted fault each.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import kqa

ORDER = (
    "records",
    "errors",
    "settings",
    "wording",
    "corpus",
    "index",
    "search",
    "answer",
    "evaluate",
    "staff",
    "surfaces",
)
STRAIGHT = {"records": frozenset[str](), "errors": frozenset[str](), "wording": {"records"}}
"""Stages that may not even import everything above them."""

ENGINES = frozenset({"faiss", "rank_bm25", "bm25s", "onnxruntime", "psycopg", "sqlite3"})
ENGINE_STAGES = frozenset({"index", "search"})
DATABASES = frozenset({"sqlite3", "psycopg", "psycopg_pool", "sqlalchemy"})
DATABASE_FILE = "staff/database.py"
"""The one file outside the engines' stages that touches a database's library: no other of
theirs, and no other file of its own stage."""
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb"})
READS_ENVIRONMENT = frozenset({"settings"})
SETS_ENVIRONMENT = frozenset({"index/encoder.py"})
"""Beside surfaces, which switch off what their libraries would send over the network."""

SOURCE = Path(kqa.__file__).parent
OUTSIDE = Path(__file__).parents[1] / "app.py"


@dataclass(frozen=True)
class File:
    """A file of the package by its path inside it, and its syntax."""

    path: str
    tree: ast.Module

    @property
    def stage(self) -> str:
        """The stage it belongs to; the package's own ``__init__`` stands last."""
        first = self.path.split("/")[0].removesuffix(".py")
        return "kqa" if first == "__init__" else first

    @property
    def module(self) -> str:
        """Its dotted name, ``kqa.corpus.read``."""
        inside = self.path.removesuffix(".py").replace("/", ".").removesuffix("__init__")
        return f"kqa.{inside}".rstrip(".")


def _read(folder: Path) -> list[File]:
    paths = sorted(folder.rglob("*.py"))
    return [
        File(path.relative_to(folder).as_posix(), ast.parse(path.read_text("utf-8")))
        for path in paths
        if "shipped" not in path.parts
    ]


def _imports(file: File) -> Iterator[str]:
    """Dotted names that the file imports, those inside functions included."""
    package = file.module if file.path.endswith("__init__.py") else file.module.rpartition(".")[0]
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func).endswith(
            ("import_module", "__import__")
        ):
            yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))


def _name(node: ast.expr) -> str:
    """``os.environ.get`` of such an expression, as far as it is plain names."""
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _own_imports(file: File) -> Iterator[tuple[str, str]]:
    """Stage and dotted name of every import of kqa itself."""
    for name in _imports(file):
        if name == "kqa" or name.startswith("kqa."):
            parts = name.split(".")
            inside = len(parts) > 1 and parts[1] in ORDER
            yield (parts[1] if inside else "kqa"), name


def backward_imports(files: list[File]) -> Iterator[str]:
    """Imports that run against the order, and stages that the order does not know."""
    rank = {stage: at for at, stage in enumerate((*ORDER, "kqa"))}
    for file in files:
        if file.stage not in rank:
            yield f"{file.path}: stage {file.stage} stands nowhere in the order"
            continue
        allowed = STRAIGHT.get(file.stage)
        for stage, name in _own_imports(file):
            backward = rank[stage] > rank[file.stage]
            beyond = allowed is not None and stage not in allowed
            surface = file.stage == "kqa" and stage == "surfaces"
            if file.stage != stage and (backward or beyond or surface):
                yield f"{file.path} imports {name}"


def cycles(files: list[File]) -> Iterator[str]:
    """Rings of files that import each other."""
    modules = {file.module for file in files}
    graph: dict[str, set[str]] = {}
    for file in files:
        named = {name for _, name in _own_imports(file)}
        found = named | {name.rpartition(".")[0] for name in named}
        graph[file.module] = (found & modules) - {file.module, "kqa"}
    for file in files:
        if file.path.endswith("__init__.py"):
            graph[file.module] -= {m for m in modules if m.startswith(f"{file.module}.")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield " -> ".join(error.args[1])


def engines_outside(files: list[File]) -> Iterator[str]:
    """Imports of an engine's library where none may be touched."""
    for file in files:
        forbidden = _forbidden(file)
        for name in _imports(file):
            if name.split(".")[0] in forbidden:
                yield f"{file.path} imports {name}"


def _forbidden(file: File) -> frozenset[str]:
    """The libraries that a file may not touch."""
    if file.path == DATABASE_FILE:
        return ENGINES - DATABASES
    return DATABASES - ENGINES if file.stage in ENGINE_STAGES else ENGINES | DATABASES


def environment_outside(files: list[File]) -> Iterator[str]:
    """Uses of the environment: reading it, or setting it where that is not allowed."""
    for file in files:
        if file.stage in READS_ENVIRONMENT:
            continue
        sets = file.path in SETS_ENVIRONMENT or file.stage == "surfaces"
        written = set(_written_environments(file)) if sets else set()
        for node in ast.walk(file.tree):
            used = _name(node) if isinstance(node, ast.Attribute) else ""
            if used in ENVIRONMENT and node not in written:
                yield f"{file.path} uses {used}"
        for name in _imports(file):
            if name.startswith(("os.environ", "os.getenv", "dotenv")):
                yield f"{file.path} imports {name}"


def _written_environments(file: File) -> Iterator[ast.expr]:
    """The ``os.environ`` of ``os.environ[…] = …``, ``.update(…)`` and ``.setdefault(…)``."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.value
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in {"update", "setdefault"}:
                yield called.value


RULES = (backward_imports, cycles, engines_outside, environment_outside)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_arrow_runs_back(rule: object) -> None:
    assert callable(rule)
    files = _read(SOURCE)
    assert len(files) > 20
    assert list(rule(files)) == []


def test_every_stage_of_the_order_is_there_or_is_yet_to_be_built() -> None:
    there = {file.stage for file in _read(SOURCE)} - {"kqa", "py"}
    assert there <= set(ORDER)
    assert set(ORDER) - there <= {"evaluate"}


def test_app_starts_a_surface_and_imports_nothing_else_of_kqa() -> None:
    app = File("app.py", ast.parse(OUTSIDE.read_text("utf-8")))
    assert {stage for stage, _ in _own_imports(app)} == {"surfaces"}


def test_importing_kqa_loads_neither_model_nor_engine_nor_pages() -> None:
    """So that ``kqa --help`` and a crisis card come at once: only functions import them."""
    late = (
        *("torch", "sentence_transformers", "transformers", "onnxruntime", "tokenizers"),
        *("gradio", "playwright", "py3langid", "trafilatura", "pdfminer", "tomlkit"),
    )
    for file in _read(SOURCE):
        if file.path.startswith("surfaces/web/"):
            continue
        at_top = File(file.path, ast.Module([*_top_level(file.tree.body)], []))
        for name in _imports(at_top):
            assert not name.startswith(late), f"{file.path} imports {name} at once"


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements run at import: not those in functions or under TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and _name(node.test) != "TYPE_CHECKING":
            yield from _top_level([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _top_level(node.body)


# --- the checker itself ----------------------------------------------------------------

SOUND = {
    "__init__.py": "def load():\n    from kqa.answer.assistant import Assistant\n",
    "records.py": "import numpy as np\n",
    "errors.py": "",
    "settings.py": "import os\nfrom kqa.errors import E\nx = os.environ.get('KQA_X')\n",
    "wording.py": "from kqa.records import R\n",
    "corpus/__init__.py": "",
    "corpus/blocks.py": "from kqa.corpus import furniture\n",
    "corpus/furniture.py": "",
    "index/encoder.py": "import os\nos.environ.update({})\n",
    "index/dense.py": "import faiss\nfrom kqa.records import R\n",
    "search/hybrid.py": "from kqa.index.dense import D\n",
    "answer/assistant.py": "from kqa.search.hybrid import h\nfrom kqa import wording\n",
    "staff/database.py": "import sqlite3\n",
    "staff/verdicts.py": "from kqa.staff.database import D\n",
    "surfaces/__init__.py": "",
    "surfaces/cli.py": "import os\nos.environ['A'] = '1'\nfrom kqa.surfaces.text import t\n",
    "surfaces/text.py": "from kqa.answer.assistant import Assistant\n",
}
PLANTED = {
    "a plain import runs back": ("corpus/furniture.py", "import kqa.index.dense\n"),
    "a from-import runs back": ("errors.py", "from kqa.settings import S\n"),
    "a name out of the package runs back": ("records.py", "from kqa import errors\n"),
    "a relative import runs back": ("index/dense.py", "import faiss\nfrom ..answer import a\n"),
    "an import in a function runs back": (
        "index/dense.py",
        "def f():\n    def g():\n        from kqa.answer.assistant import A\n",
    ),
    "an import for types alone runs back": (
        "corpus/blocks.py",
        "if TYPE_CHECKING:\n    from kqa.search.hybrid import h\n",
    ),
    "an import by name runs back": (
        "corpus/blocks.py",
        "import importlib\nimportlib.import_module('kqa.search.hybrid')\n",
    ),
    "a stage imports the whole package": ("answer/assistant.py", "from kqa import load\n"),
    "errors import records": ("errors.py", "from kqa.records import R\n"),
    "wording imports settings": ("wording.py", "from kqa.settings import S\n"),
    "a stage imports a surface": ("answer/assistant.py", "from kqa.surfaces.cli import main\n"),
    "the package imports a surface": ("__init__.py", "from kqa.surfaces.cli import main\n"),
    "a stage that nobody knows": ("utils/helpers.py", ""),
    "two files in a ring": ("corpus/furniture.py", "from kqa.corpus.blocks import B\n"),
    "a ring through a function": (
        "corpus/furniture.py",
        "def f():\n    from .blocks import B\n",
    ),
    "FAISS in the answer": ("answer/assistant.py", "import faiss\n"),
    "a database beside its one file": ("staff/verdicts.py", "import sqlite3\n"),
    "a database in a surface": ("surfaces/cli.py", "def f():\n    import sqlite3\n"),
    "FAISS in the database's file": ("staff/database.py", "import faiss\n"),
    "a mapper in an engine": ("index/dense.py", "import faiss, sqlalchemy\n"),
    "the staff imports a surface": ("staff/verdicts.py", "from kqa.surfaces.cli import main\n"),
    "BM25 in a surface's function": ("surfaces/cli.py", "def f():\n    import rank_bm25 as b\n"),
    "the environment read in a surface": ("surfaces/cli.py", "import os\nos.environ['A']\n"),
    "the environment asked": ("surfaces/cli.py", "import os\n'A' in os.environ\n"),
    "the environment read by getenv": ("answer/assistant.py", "import os\nos.getenv('A')\n"),
    "the environment imported": ("index/encoder.py", "from os import environ\n"),
    "the environment set by a stage": ("index/dense.py", "import os\nos.environ['A'] = '1'\n"),
    "the environment read beside being set": (
        "index/encoder.py",
        "import os\nx = os.environ.setdefault('A', '1')\n",
    ),
}


def _faults(folder: Path, files: Mapping[str, str]) -> list[str]:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    found = _read(folder)
    return [fault for rule in RULES for fault in rule(found)]


def test_a_sound_tree_has_no_fault(tmp_path: Path) -> None:
    assert _faults(tmp_path, SOUND) == []


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(tmp_path: Path, fault: str) -> None:
    path, content = PLANTED[fault]
    faults = _faults(tmp_path, {**SOUND, path: content})
    assert faults
    assert all(path in fault or path.split("/")[-1][:-3] in fault for fault in faults)
