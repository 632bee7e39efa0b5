"""Tell what a file is by its first bytes, and open what is packed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from analysis.events.reading.choices import Choice, few, option
from analysis.events.reading.errors import failed
from sim.scenario.problems import list_names, nearest, show

TEXT, JSON, XLSX, XLS, ODS, PARQUET, STATA, FEATHER = (
    "text", "JSON", "Excel workbook", "old Excel workbook", "OpenDocument spreadsheet",
    "Parquet file", "Stata file", "Feather file",
)  # fmt: skip
SHEETS = (XLSX, XLS, ODS)
_AS_CSV = "text: save it as 'CSV UTF-8' in the program that made it"
_FIRST = {
    b"PAR1": PARQUET,
    b"ARROW1": FEATHER,
    b"<stata_dta>": STATA,
    b"\xd0\xcf\x11\xe0": XLS,
}
# What is told but not read, and how to make of it something that is.
_UNREAD = {
    b"$FL2": ("an SPSS file", "a CSV or Stata file: in R, haven::read_sav() and write.csv()"),
    b"$FL3": ("an SPSS file", "a CSV or Stata file: in R, haven::read_sav() and write.csv()"),
    b"RDX": ("an R data file", "a CSV file: in R, load() and write.csv()"),
    b"RDA": ("an R data file", "a CSV file: in R, load() and write.csv()"),
    b"X\n\x00": ("an R data file", "a CSV file: in R, readRDS() and write.csv()"),
    b"A\n2\n": ("an R data file", "a CSV file: in R, readRDS() and write.csv()"),
    b"SQLite format 3": ("a database", "one table of it as a CSV file"),
    b"%PDF": ("a PDF document", "the table behind it as a CSV file"),
    b"7z\xbc\xaf": ("a 7-Zip archive", "the file in it: unpack it first"),
    b"Rar!": ("a RAR archive", "the file in it: unpack it first"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "the file in it: unpack it with unzstd"),
    b"<?xml": ("an XML document", _AS_CSV),
    b"<html": ("a web page, which some sites name .xls", _AS_CSV),
    b"<!doc": ("a web page, which some sites name .xls", _AS_CSV),
    b"<tabl": ("a web page, which some sites name .xls", _AS_CSV),
}
_STATA_VERSIONS = range(104, 120)
_ASIDE = ("readme", "read_me", "license", "licence", "codebook", "terms", "about", "metadata")
_DATA = (".csv", ".tsv", ".txt", ".tab", ".dat", ".xlsx", ".xls", ".ods", ".json", ".parquet")
_PEEK = 4096
# NotImplementedError and RuntimeError: archives of a kind that is not known, or with a password.
_BROKEN = (
    OSError, EOFError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, NotImplementedError,
    RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class Container:
    """A file or a part of it: ``kind``, and ``open`` for a fresh stream of its bytes.

    ``choices`` says what was taken of an archive.
    """

    file: Path
    kind: str
    open: Callable[[], IO[bytes]]
    choices: tuple[Choice, ...] = ()

    def head(self) -> bytes:
        """Give the first bytes."""
        with self.open() as stream:
            return stream.read(_PEEK)


@contextmanager
def unpacking(file: Path) -> Iterator[None]:
    """Say in plain words that a packed file is broken, whatever library finds it so."""
    try:
        yield
    except _BROKEN as error:
        raise failed(file, f"cannot be read: {error}") from None


def opened(file: Path, part: str | None = None) -> Container:
    """Tell what a file is, unpacking it if need be; an EventDataError says what is not read."""
    if file.is_dir():
        raise failed(file, "is a folder, not a file")
    if not file.exists():
        names = [entry.name for entry in file.parent.glob("*")]
        raise failed(file, "no such file", nearest=nearest(file.name, names))
    plain = Container(file, TEXT, lambda: open(file, "rb"))  # noqa: SIM115 - closed by who opens it
    return _told(plain, part, packed=False, direct=True)


def _told(
    found: Container, part: str | None, packed: bool = False, direct: bool = False
) -> Container:
    first = found.head()
    if not first:
        raise failed(found.file, "the file is empty")
    if first.startswith(b"PK"):
        return _zipped(found, part)
    unpack = _unpacker(first)
    if unpack and not packed:
        inner = replace(found, open=lambda: unpack(found.file if direct else found.open()))
        return _told(inner, part, packed=True)
    if kind := next((kind for start, kind in _FIRST.items() if first.startswith(start)), ""):
        return replace(found, kind=kind)
    if first[0] in _STATA_VERSIONS and first[1:2] in (b"\x01", b"\x02") and first[2:3] == b"\x01":
        return replace(found, kind=STATA)
    return _text_like(found, first)


def _text_like(found: Container, first: bytes) -> Container:
    """Tell JSON and plain text from what is not read."""
    lower = first.lstrip(b"\xef\xbb\xbf \r\n\t")[:16]
    for start, (what, allowed) in _UNREAD.items():
        if first.startswith(start) or lower.lower().startswith(start):
            raise failed(found.file, f"is {what}, which is not read", allowed=allowed)
    if first[257:262] == b"ustar":
        raise failed(found.file, "is a tar archive", allowed="the file in it: unpack it first")
    if lower[:1] in (b"{", b"["):
        return replace(found, kind=JSON)
    return found


def _unpacker(first: bytes) -> Callable[[Path | IO[bytes]], Any] | None:
    """Find what unpacks a file, by its first bytes and not by its name."""
    ways: dict[bytes, Callable[[Any], Any]] = {
        b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open,
    }  # fmt: skip
    return next((way for start, way in ways.items() if first.startswith(start)), None)


def _zipped(found: Container, part: str | None) -> Container:
    """Tell spreadsheets from archives, and take the one table that an archive holds."""
    with found.open() as stream:
        packed = zipfile.ZipFile(io.BytesIO(stream.read()) if not stream.seekable() else stream)
        names = [name for name in packed.namelist() if not name.endswith("/")]
        mime = packed.read("mimetype")[:80] if "mimetype" in names else b""
    if any(name.startswith("xl/") for name in names):
        return replace(found, kind=XLSX)
    if b"opendocument.spreadsheet" in mime:
        return replace(found, kind=ODS)
    if "[Content_Types].xml" in names or mime:
        raise failed(found.file, "is an office document, which is not read", allowed=_AS_CSV)
    tables = [name for name in names if _may_be_table(name)]
    if part is not None and part not in names:
        near = nearest(part, names)
        raise failed(
            found.file, f"has no part {show(part)}", allowed=list_names(names, near), nearest=near
        )
    if part is None and len(tables) != 1:
        holds = "no table" if not tables else f"{len(tables)} tables"
        raise failed(
            found.file, f"is an archive with {holds}", got=few(map(show, tables or names)),
            allowed=f"one of them by {option('part', tables[0] if tables else 'NAME')}",
        )  # fmt: skip
    name = part or tables[0]
    rest = [other for other in names if other != name]
    said = (Choice("part", name, f"left aside {few(rest)}", option("part")),) if rest else ()

    def unzipped() -> IO[bytes]:
        with found.open() as stream, zipfile.ZipFile(stream) as packed:
            return io.BytesIO(packed.read(name))

    return _told(Container(found.file, TEXT, unzipped, said), None)


def _may_be_table(name: str) -> bool:
    """Tell whether a file of an archive may be the table that is wanted."""
    short = name.rpartition("/")[2].lower()
    hidden = name.startswith("__MACOSX") or short.startswith(".")
    aside = any(word in short for word in _ASIDE)
    return not hidden and not aside and (short.endswith(_DATA) or "." not in short)
