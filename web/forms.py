"""What was typed into a form: read with limits, kept as text, and shown again when something is wrong."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from web.i18n import gettext as _

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 200


class Form:
    """The typed fields: text in composed Unicode without spaces at the ends; an absent field is empty."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = {name: [_clean(value) for value in values] for name, values in fields.items()}

    def __getitem__(self, name: str) -> str:
        return self._fields.get(name, [""])[-1]

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def names(self) -> list[str]:
        """Return the names of the fields that were sent."""
        return list(self._fields)

    def values(self) -> dict[str, str]:
        """Return every field with its last value, to be shown again."""
        return {name: values[-1] for name, values in self._fields.items() if values}


def _clean(value: str) -> str:
    return unicodedata.normalize("NFC", value).replace("\0", "").strip()


async def read_form(request: Request) -> Form:
    """Read an urlencoded body within limits; a request without a form gives an empty one."""
    if request.method in ("GET", "HEAD"):
        return Form({})
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise HTTPException(413)
    sent = await request.form(max_files=0, max_fields=MAX_FIELDS)
    fields: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        fields.setdefault(name, []).append(str(value))
    return Form(fields)


FormDep = Annotated[Form, Depends(read_form)]


def read_day(form: Form, name: str, errors: dict[str, str], *, label: str) -> date | None:
    """Read a date from the three fields ``name-day``, ``-month``, ``-year``; a wrong one adds to ``errors``.

    Args:
        label: what the date is, as the sentence begins: ``Ngày sinh``.
    """
    parts = [form[f"{name}-{part}"] for part in ("day", "month", "year")]
    if not all(parts):
        missing = [
            word for word, typed in zip((_("ngày"), _("tháng"), _("năm")), parts, strict=True) if not typed
        ]
        errors[name] = _(
            "%(label)s phải có đủ ngày, tháng, năm. Anh/chị còn thiếu: %(missing)s. Ví dụ 27/03/2021.",
            label=label, missing=", ".join(missing),
        )  # fmt: skip
        return None
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        errors[name] = _(
            "%(label)s không có trong lịch. Anh/chị xem lại ngày, tháng và năm (bốn chữ số). Ví dụ 27/03/2021.",
            label=label,
        )
        return None


def read_number(typed: str) -> float | None:
    """Return a typed decimal number, with a comma or a point, or None."""
    try:
        return float(typed.replace(",", "."))
    except ValueError:
        return None
