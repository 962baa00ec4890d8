"""Facts about names, numbers and ages that need no database."""

import re
import unicodedata
from datetime import date

ENTRY_AGE = {1: 6, 6: 11}
"""Calendar years between birth year and the first year of the school year."""

IDENTITY_NUMBER = re.compile(r"\d{12}")
PHONE = re.compile(r"(?:0|\+84)[35789]\d{8}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SEXES = {"nam": "male", "nữ": "female"}
RESIDENCE_KINDS = {"thường trú": "permanent", "tạm trú": "temporary", "nơi ở hiện tại": "actual"}


def clean_name(typed: str) -> str:
    """Return a person's name in NFC with single spaces; letters, apostrophes and dashes stay as typed."""
    return " ".join(unicodedata.normalize("NFC", typed).split())


def normalise_phone(typed: str) -> str | None:
    """Return a Vietnamese mobile number as 10 digits from 0, or None when it is none."""
    digits = re.sub(r"[\s.\-()]", "", typed)
    if not PHONE.fullmatch(digits):
        return None
    return "0" + digits.removeprefix("+84").removeprefix("0")


def birth_year_of(level: int, school_year: int) -> int:
    """Return the birth year of children who start ``level`` in ``school_year`` at the usual age."""
    return school_year - ENTRY_AGE[level]


def identity_fits(number: str, *, birth_on: date, sex: str) -> bool:
    """Whether century, sex and birth year inside an identity number agree with the record.

    A mismatch is a reason to look, never to refuse: registers hold mistakes.
    """
    if not IDENTITY_NUMBER.fullmatch(number):
        return False
    century, odd = divmod(int(number[3]), 2)
    return (19 + century) * 100 + int(number[4:6]) == birth_on.year and (sex == "female") == bool(odd)
