"""The files of models: where they lie, and the hashes that name them.

Owns the SHA-256 of a file, and which reader a setting names: its folder, its fingerprint
and whether the shipped one is as it was shipped. Loads nothing.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from kqa.errors import Unreachable

ENCODER_GRAPH = Path(__file__).parent / "encoder_model" / "graph.onnx"
"""What ONNX Runtime does with the default encoder's weights; it holds none of them."""

ENCODER_GRAPH_SHA256 = "5de78925eacff8f768833c00915183196524396131a36fcac11a94ee4425b1e6"
"""As ``training/export_encoder.py`` wrote it."""

ENCODER_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The official all-MiniLM-L6-v2 ``model.safetensors``."""

READER_MODEL, READER_TOKENIZER = "model.onnx", "tokenizer.json"
SHIPPED_READER = Path(__file__).parent.parent / "search" / "reader_model"
SHIPPED_READER_SHA256 = {
    READER_MODEL: "f4c7ef54f3c6e3267486f347f06c15492912d27e716aeb7d9ac19bb85e603f94",
    READER_TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of the files in ``reader_model/``, as ``training/export_reader.py`` wrote them."""

WITHOUT_FILES = {"none": "none", "words": "words:1"}
"""The readers that need no files, and their fingerprints."""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_sha256(path: Path) -> str:
    """``sha256_of``, kept as long as the file looks the same: readiness asks often."""
    stat = path.stat()
    return _sha256_at(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=8)
def _sha256_at(path: Path, size: int, changed: int, inode: int) -> str:
    return sha256_of(path)


def reader_folder(name: str) -> Path:
    """The folder of the reader that a setting names: the shipped one for ``default``.

    Raises:
        Unreachable: if a file is missing there, or the shipped ones are not those shipped.
    """
    folder = SHIPPED_READER if name == "default" else Path(name)
    missing = next((n for n in SHIPPED_READER_SHA256 if not (folder / n).is_file()), None)
    if missing:
        raise Unreachable(
            f"reader {name!r}",
            f"{folder} has no {missing}, and nothing is fetched",
            f"Name a folder with {READER_MODEL} and {READER_TOKENIZER} in the setting reader, "
            "or use default or none.",
        )
    if name == "default":
        for file, known in SHIPPED_READER_SHA256.items():
            if known_sha256(folder / file) != known:
                raise Unreachable(
                    f"weights {folder / file}",
                    "they are not those that kqa ships (SHA-256 differs)",
                    "Reinstall kqa, or set reader to none.",
                )
    return folder


def reader_fingerprint(name: str) -> str:
    """A SHA-256 for each file of the reader that a setting names.

    Raises:
        Unreachable: as ``reader_folder`` does.
    """
    if name in WITHOUT_FILES:
        return WITHOUT_FILES[name]
    folder = reader_folder(name)
    return "onnx:" + ":".join(known_sha256(folder / file) for file in SHIPPED_READER_SHA256)
