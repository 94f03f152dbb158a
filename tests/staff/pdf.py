"""A PDF writer for tests: a few lines of text on pages, in the form's plainest words."""

from __future__ import annotations

from collections.abc import Sequence

Line = tuple[int, int, int, str]
"""x and y from the lower left corner, the size of the letters, the text (Latin-1)."""


def pdf(
    pages: Sequence[Sequence[Line]], *, title: str = "", encrypted: bool = False, extra: bytes = b""
) -> bytes:
    """A PDF of A4 pages in Helvetica; ``extra`` is drawn on each page as it stands."""
    count = len(pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (5 + 2 * n) for n in range(count)), count),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (%s) /CreationDate (D:20240619120000Z) >>" % title.encode("latin-1"),
    ]
    for number, lines in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (6 + 2 * number)
        )
        drawn = b"\n".join(
            b"BT /F1 %d Tf %d %d Td (%s) Tj ET" % (size, x, y, _escaped(text))
            for x, y, size, text in lines
        )
        drawn += extra
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
    if encrypted:
        objects.append(
            b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <%s> /U <%s> >>"
            % (b"ab" * 32, b"cd" * 32)
        )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    more = b" /Encrypt %d 0 R /ID [<00> <00>]" % len(objects) if encrypted else b""
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R%s >>\n" % (len(objects) + 1, more)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def article_pages() -> list[list[Line]]:
    """Three pages of an article, with a running head and page numbers."""
    texts = [
        [
            (60, 760, 20, "Sleep after a session"),
            (60, 720, 11, "Some people sleep poorly on the night after a session of"),
            (60, 706, 11, "ketamine therapy. The treatment is described as non-"),
            (60, 692, 11, "addictive by one author."),
            (60, 650, 15, "What helps"),
            (60, 620, 11, "Three things are said to help with it:"),
            (60, 590, 11, "\x95 No coffee after noon."),
            (60, 576, 11, "\x95 A dark room, and a cool one, in which nobody else is"),
            (72, 562, 11, "awake."),
        ],
        [
            (60, 720, 11, "This usually passes within two days, and the treat-"),
            (60, 706, 11, "ment goes on."),
        ],
        [(60, 720, 11, "The treatment is 5*4*3 (three lines) long.")],
    ]
    edges = [
        [(60, 810, 9, "Example Clinic - Patient information"), (290, 30, 9, f"{n} of 3")]
        for n in (1, 2, 3)
    ]
    return [[*edge, *text] for edge, text in zip(edges, texts, strict=True)]


def _escaped(text: str) -> bytes:
    return (
        text.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    )
