"""Ferries and boats: what a line's own tags say, and the office's list that overrides them."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from gis.errors import SpeedTableError
from gis.tables import PROFILES

COLUMNS = ("way", "profiles", "duration_min", "wait_min")


@dataclass(frozen=True)
class FerryRule:
    """What the office says about one ferry line; none where the map's tags are to be kept."""

    profiles: frozenset[str] | None
    duration_ms: int | None
    wait_ms: int | None


def read_ferries(path: Path | None) -> dict[int, FerryRule]:
    """Read the ferries file: CSV with ``way,profiles,duration_min,wait_min``, further columns ignored.

    ``way`` is the OpenStreetMap way; ``profiles`` lists who may board, separated by spaces (``none`` closes the
    line); an empty cell keeps what the map says.

    Raises:
        SpeedTableError: naming the row and what is wrong in it.
    """
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SpeedTableError(f"the ferries file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SpeedTableError(f"the ferries file {path.name} is not UTF-8 text") from error
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise SpeedTableError(
            f"{path.name}: the column {missing[0]!r} is missing; expected {','.join(COLUMNS)}"
        )
    rules: dict[int, FerryRule] = {}
    for number, row in enumerate(rows, start=2):
        where = f"{path.name}, row {number}"
        way = (row["way"] or "").strip()
        if not way.lstrip("-").isdigit():
            raise SpeedTableError(f"{where}: way {way!r} is not an OpenStreetMap way number")
        if int(way) in rules:
            raise SpeedTableError(f"{where}: way {way} appears twice")
        rules[int(way)] = FerryRule(
            profiles=_profiles(row["profiles"], where=where),
            duration_ms=_minutes(row["duration_min"], "duration_min", where=where),
            wait_ms=_minutes(row["wait_min"], "wait_min", where=where),
        )
    return rules


def _profiles(cell: str | None, *, where: str) -> frozenset[str] | None:
    """Return the profiles of a cell; none when the cell is empty."""
    words = (cell or "").replace(";", " ").split()
    if not words:
        return None
    if words == ["none"]:
        return frozenset()
    for word in words:
        if word not in PROFILES:
            raise SpeedTableError(
                f"{where}: profile {word!r} is unknown; known are {', '.join(PROFILES)}, none"
            )
    return frozenset(words)


def _minutes(cell: str | None, column: str, *, where: str) -> int | None:
    """Return minutes of a cell as milliseconds; none when the cell is empty."""
    text = (cell or "").strip()
    if not text:
        return None
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1
    if not 0 <= minutes <= 1440:
        raise SpeedTableError(f"{where}: {column} is {text!r}; minutes from 0 to 1440 are needed")
    return round(minutes * 60_000)


def parse_duration_ms(value: str | None) -> int | None:
    """Return an OpenStreetMap ``duration`` (``15``, ``1:30``, ``0:12:30``, ``PT20M``) in ms; none when unreadable."""
    text = (value or "").strip()
    iso = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text)
    if iso and text != "PT":
        hours, minutes, seconds = (int(part or 0) for part in iso.groups())
    elif re.fullmatch(r"\d{1,4}", text):
        hours, minutes, seconds = 0, int(text), 0
    elif re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
        hours, minutes, seconds = (*(int(part) for part in text.split(":")), 0)[:3]
    else:
        return None
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000
    return total or None
