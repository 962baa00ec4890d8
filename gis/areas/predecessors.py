"""Old units and today's: what went into each commune, so that an old name or code finds its place.

Districts ended on 1 July 2025 and communes merged. Two kinds of file are read: a table that an office keeps (CSV with
``code,old_name,old_district,old_code,whole``), and the converter's JSON of the package vietnamadminunits, which keys
units by names without spaces and diacritics.
"""

import csv
import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.errors import AreaError

COLUMNS = ("code", "old_name", "old_district", "old_code", "whole")
WHOLE_WORDS = {"": True, "1": True, "yes": True, "có": True, "0": False, "no": False, "không": False}


@dataclass(frozen=True)
class Predecessor:
    """An old unit that went into a unit of today."""

    successor: str
    """Code of today's unit, or its name without spaces and diacritics when the file has no codes."""
    province: str | None
    """Name of today's province without spaces and diacritics, when the file says it."""
    name: str
    district: str
    code: str | None
    whole: bool
    """Whether all of it went there; false when it was divided."""

    def as_dict(self) -> dict[str, Any]:
        """Return what is stored with the successor."""
        return {"name": self.name, "district": self.district, "code": self.code, "whole": self.whole}


def read_predecessors(path: Path) -> list[Predecessor]:
    """Read either kind of file, by its name's ending (``.csv``, ``.json``, ``.json.gz``).

    Raises:
        AreaError: the file cannot be read, or a row is wrong; the message names it.
    """
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise AreaError(f"the file of old units {path} does not exist") from error
    except (OSError, UnicodeDecodeError, zlib.error, EOFError) as error:
        raise AreaError(f"{path.name} is not a readable file of old units: {error}") from error
    return _from_csv(path.name, text) if path.name.endswith(".csv") else _from_converter(path.name, text)


def _from_csv(name: str, text: str) -> list[Predecessor]:
    """Read an office's table."""
    rows = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise AreaError(f"{name}: the column {missing[0]!r} is missing; expected {','.join(COLUMNS)}")
    found = []
    for number, row in enumerate(rows, start=2):
        cells = {column: (row[column] or "").strip() for column in COLUMNS}
        if not cells["code"] or not cells["old_name"]:
            raise AreaError(f"{name}, row {number}: code and old_name are needed")
        if cells["whole"].lower() not in WHOLE_WORDS:
            raise AreaError(f"{name}, row {number}: whole is {cells['whole']!r}; 1 or 0 is needed")
        whole = WHOLE_WORDS[cells["whole"].lower()]
        old_code = cells["old_code"] or None
        found.append(
            Predecessor(cells["code"], None, cells["old_name"], cells["old_district"], old_code, whole)
        )
    return found


def _from_converter(name: str, text: str) -> list[Predecessor]:
    """Read the converter's JSON: units that went over whole, and divided ones with all their successors."""
    try:
        document = json.loads(text)
        found = []
        for province, successors in document["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
            for successor, old_keys in successors.items():
                found += [_of_key(successor, province, key, whole=True) for key in old_keys]
        for province, divided in document["DICT_PROVINCE_WARD_DIVIDED"].items():
            for key, successors in divided.items():
                found += [_of_key(into["newWardKey"], province, key, whole=False) for into in successors]
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise AreaError(f"{name} is not a converter of old units: {error!r}") from error
    return found


def _of_key(successor: str, province: str, key: str, *, whole: bool) -> Predecessor:
    """Return the unit of a key such as ``thanhphohochiminh_quan1_phuongbennghe``."""
    _, district, name = key.split("_")
    return Predecessor(successor, province, name, district, None, whole)
