"""Every error that kqa raises on purpose, with what to do about it.

Owns the tree below; exceptions of other libraries are mapped to it at the
boundary where they are caught. Knows nothing of surfaces: a surface reads
``code``, ``exit_code`` and ``http_status`` and shows ``str(error)``.

::

    KqaError
    ├── InputError            2   bad question, text, option or batch row
    ├── SettingsError         2   kqa.toml or the environment
    ├── CorpusError           2   corpus folder or its metadata
    │   └── ArticleUnreadable 2   one article: the rest goes on
    ├── IndexUnusable         3
    │   ├── IndexMissing      3
    │   ├── IndexStale        3
    │   └── IndexCorrupt      3
    ├── QuoteAltered          3   a quote no longer equals its stored bytes: withheld
    ├── Unreachable           4   a file, weights or an engine
    └── OwnFault             70   a bug in kqa
"""

from __future__ import annotations


class KqaError(Exception):
    """An error with a name, a cause and a remedy.

    Args:
        what: the input at fault, as its owner would name it.
        reason: why it could not be used.
        remedy: what to do next.
        code: a finer code than the class's own, for programs.
    """

    code = "error"
    exit_code = 70
    http_status = 500

    def __init__(self, what: str, reason: str, remedy: str, *, code: str | None = None) -> None:
        super().__init__(f"{what}: {reason}. {remedy}")
        self.what, self.reason, self.remedy = what, reason, remedy
        if code is not None:
            self.code = code


class InputError(KqaError):
    """A question, text, option or row that cannot be used."""

    code, exit_code, http_status = "bad_input", 2, 422


class SettingsError(KqaError):
    """A setting in kqa.toml or the environment that cannot be used."""

    code, exit_code, http_status = "bad_settings", 2, 500


class CorpusError(KqaError):
    """The corpus folder or its metadata cannot be used."""

    code, exit_code, http_status = "bad_corpus", 2, 500


class ArticleUnreadable(CorpusError):
    """One article cannot be read; the others can."""

    code = "article_unreadable"


class IndexUnusable(KqaError):
    """No index can answer."""

    code, exit_code, http_status = "index", 3, 503


class IndexMissing(IndexUnusable):
    """There is no index where one was expected."""

    code = "index_missing"


class IndexStale(IndexUnusable):
    """The index was built from other articles, weights or settings."""

    code = "index_stale"


class IndexCorrupt(IndexUnusable):
    """A file of the index is missing, truncated or changed."""

    code = "index_corrupt"


class QuoteAltered(KqaError):
    """A quote differs from the stored article: it is withheld."""

    code, exit_code, http_status = "quote_altered", 3, 503


class Unreachable(KqaError):
    """A file, the encoder's weights or an engine could not be reached."""

    code, exit_code, http_status = "unreachable", 4, 503


class OwnFault(KqaError):
    """A bug in kqa: nothing that the user did."""

    code, exit_code, http_status = "own_fault", 70, 500
