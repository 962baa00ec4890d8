"""The speed table: a readable file that an office may change, checked before anything is built with it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gis.errors import SpeedTableError

ROAD_PROFILES = ("walk", "motorbike", "car")
"""Profiles with a speed of their own; ``boat`` walks on roads."""

DEFAULT_SPEEDS = Path(__file__).with_name("speeds.toml")


@dataclass(frozen=True)
class SpeedTable:
    """Speeds in whole metres per hour, waits in milliseconds."""

    roads: dict[str, dict[str, int]]
    """Road class to profile to speed; a class or profile that is absent may not be used."""
    alley: dict[str, int]
    otherwise: dict[str, int]
    straight_m_per_h: int
    limit_percent: int
    ferry_m_per_h: int
    long_line_m: int
    wait_ms: dict[str, int]
    """Wait per boarding for each of the four profiles."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for the archive and for its hash."""
        return {name: getattr(self, name) for name in sorted(self.__dataclass_fields__)}


def _metres_per_hour(value: object, *, where: str, source: Path) -> int:
    """Return km/h as whole metres per hour, or refuse a value nobody travels at."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.5 <= value <= 200:
        raise SpeedTableError(f"{source.name}: {where} is {value!r}; a speed lies between 0.5 and 200 km/h")
    return round(value * 1000)


def _speeds(table: object, *, where: str, source: Path) -> dict[str, int]:
    """Return profile to metres per hour for one road class."""
    if not isinstance(table, dict):
        raise SpeedTableError(f"{source.name}: {where} must be a list of profiles with speeds in km/h")
    unknown = sorted(set(table) - set(ROAD_PROFILES))
    if unknown:
        raise SpeedTableError(
            f"{source.name}: {where} names the profile {unknown[0]!r}; known are {', '.join(ROAD_PROFILES)}"
        )
    return {
        name: _metres_per_hour(table[name], where=f"{where}.{name}", source=source) for name in sorted(table)
    }


def _number(section: dict[str, Any], key: str, low: float, high: float, *, where: str, source: Path) -> float:
    """Return a number of a section, or say which one is missing or out of its bounds."""
    value = section.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise SpeedTableError(
            f"{source.name}: {where}.{key} is {value!r}; a number from {low:g} to {high:g} is needed"
        )
    return value


def read_speeds(path: Path | None = None) -> SpeedTable:
    """Read a speed table, by default the product's own.

    Raises:
        SpeedTableError: the file is missing, is no TOML, or holds an unknown profile or impossible number.
    """
    source = path or DEFAULT_SPEEDS
    return _read(source, source.stat().st_mtime_ns if source.is_file() else 0)


@cache
def _read(source: Path, _changed_at: int) -> SpeedTable:
    """Read and check the file; the second argument makes an edited file be read again."""
    try:
        document = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpeedTableError(f"the speed table {source} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpeedTableError(f"the speed table {source.name} is not valid TOML: {error}") from error
    sections = ("roads", "alley", "otherwise", "straight", "limit", "ferry")
    for section in sections:
        if not isinstance(document.get(section), dict):
            raise SpeedTableError(f"{source.name}: the section [{section}] is missing")
    unknown = sorted(set(document) - set(sections))
    if unknown:
        raise SpeedTableError(
            f"{source.name}: unknown section [{unknown[0]}]; known are {', '.join(sections)}"
        )
    ferry = document["ferry"]
    waits = ferry.get("wait_min")
    if not isinstance(waits, dict):
        raise SpeedTableError(f"{source.name}: the section [ferry.wait_min] is missing")
    return SpeedTable(
        roads={
            name: _speeds(row, where=f"roads.{name}", source=source)
            for name, row in sorted(document["roads"].items())
        },
        alley=_speeds(document["alley"], where="alley", source=source),
        otherwise=_speeds(document["otherwise"], where="otherwise", source=source),
        straight_m_per_h=_metres_per_hour(
            document["straight"].get("walk_kmh"), where="straight.walk_kmh", source=source
        ),
        limit_percent=round(100 * _number(document["limit"], "share", 0.1, 2, where="limit", source=source)),
        ferry_m_per_h=_metres_per_hour(ferry.get("speed_kmh"), where="ferry.speed_kmh", source=source),
        long_line_m=round(1000 * _number(ferry, "long_line_km", 0, 1000, where="ferry", source=source)),
        wait_ms={
            profile: round(60_000 * _number(waits, profile, 0, 600, where="ferry.wait_min", source=source))
            for profile in (*ROAD_PROFILES, "boat")
        },
    )
