"""Reads the reference lists of provinces and ethnic groups.

Sources: the 34 provinces with their codes as of 1 July 2025 (Decision 19/2025/QĐ-TTg) and the 63 before them;
the list of ethnic groups as the national student database writes it, 01 to 54 and 55 for foreigners; the sixteen
groups of very few people of Decree 57/2017/NĐ-CP. Written from general knowledge of these texts; an office
checks them against its own copies before it relies on them.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Province:
    """A province or centrally run city since 1 July 2025, with its two-digit code."""

    code: str
    name: str
    kind: str
    valid_from: date


@dataclass(frozen=True)
class FormerProvince:
    """A province before July 2025: identity numbers keep its code, with a 0 in front, as their first three digits."""

    code: str
    name: str
    successor_code: str
    valid_to: date


@dataclass(frozen=True)
class EthnicGroup:
    """An ethnic group with its two-digit code; ``very_few_people`` gives a child a claim of its own."""

    code: str
    name: str
    very_few_people: bool


def _rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the lists."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def list_provinces() -> tuple[Province, ...]:
    """Return the 34 provinces by code."""
    return tuple(
        Province(row["code"], row["name"], row["kind"], date.fromisoformat(row["valid_from"]))
        for row in _rows("provinces.csv")
    )


@cache
def list_former_provinces() -> tuple[FormerProvince, ...]:
    """Return the 63 provinces before July 2025 by code."""
    return tuple(
        FormerProvince(row["code"], row["name"], row["successor_code"], date.fromisoformat(row["valid_to"]))
        for row in _rows("former_provinces.csv")
    )


@cache
def list_ethnic_groups() -> tuple[EthnicGroup, ...]:
    """Return the 54 ethnic groups and the entry for foreigners, by code."""
    return tuple(
        EthnicGroup(row["code"], row["name"], row["very_few_people"] == "yes")
        for row in _rows("ethnic_groups.csv")
    )
