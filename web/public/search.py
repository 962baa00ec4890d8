"""What was asked of the finder, read from the address and written back into addresses."""

import re
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from gis.service import Point
from web.forms import read_number
from web.i18n import gettext as _

LEVELS = (1, 6)
COORDINATES = re.compile(r"\s*(-?\d{1,3}[.,]\d+)\s*[,; ]\s*(-?\d{1,3}[.,]\d+)\s*")
LONGEST_MINUTES = 180


@dataclass(frozen=True)
class Search:
    """One question to the finder. ``place`` is what was typed, ``label`` the name of the place that was chosen."""

    level: int
    place: str = ""
    label: str = ""
    point: Point | None = None
    kind: str = ""
    minutes: int | None = None
    everything: bool = False

    def address(self, path: str = "/tim-truong", **changes: object) -> str:
        """Return the address of ``path`` for this search with some fields changed; empty parts are left out."""
        search = replace(self, **changes)  # type: ignore[arg-type]
        parts: dict[str, object] = {"lop": search.level}
        if search.point:
            parts |= {"lat": f"{search.point.lat:.5f}", "lon": f"{search.point.lon:.5f}", "ten": search.label}
        else:
            parts |= {"noi": search.place}
        parts |= {
            "loai": search.kind,
            "phut": search.minutes or "",
            "tat-ca": "1" if search.everything else "",
        }
        return f"{path}?" + urlencode({name: value for name, value in parts.items() if value != ""})

    def at(self, point: Point, label: str) -> "Search":
        """Return the same question asked from a chosen place."""
        return replace(self, point=point, label=label, place="")


def read_point(lat: str, lon: str) -> Point | None:
    """Return the point of two typed numbers (to five decimals, one metre), or None when they are no place on earth."""
    latitude, longitude = read_number(lat), read_number(lon)
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Point(lon=round(longitude, 5), lat=round(latitude, 5))


def read_typed_point(typed: str) -> Point | None:
    """Return the point of a pair of numbers such as ``10.58412, 106.79500``, latitude first as maps give it."""
    pair = COORDINATES.fullmatch(typed)
    return read_point(pair[1], pair[2]) if pair else None


def read_search(
    lop: Annotated[str, Query(max_length=2)] = "1",
    noi: Annotated[str, Query(max_length=120)] = "",
    lat: Annotated[str, Query(max_length=20)] = "",
    lon: Annotated[str, Query(max_length=20)] = "",
    ten: Annotated[str, Query(max_length=120)] = "",
    loai: Annotated[str, Query(max_length=40)] = "",
    phut: Annotated[str, Query(max_length=3)] = "",
    everything: Annotated[str, Query(alias="tat-ca", max_length=1)] = "",
) -> Search:
    """Read the address; a part that makes no sense counts as not given."""
    return Search(
        level=int(lop) if lop in ("1", "6") else LEVELS[0],
        place=noi.strip(),
        label=ten.strip(),
        point=read_point(lat, lon) or read_typed_point(noi),
        kind=loai.strip(),
        minutes=int(phut) if phut.isdigit() and 0 < int(phut) <= LONGEST_MINUTES else None,
        everything=everything == "1",
    )


def nothing_found(place: str) -> str:
    """Return what to do when no place has the typed name."""
    return _("Chưa tìm thấy “%(place)s”. Anh/chị thử tên ấp, khu phố, tên đường hoặc tên xã.", place=place)


SearchDep = Annotated[Search, Depends(read_search)]
