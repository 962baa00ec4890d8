"""JSON as the file contract wants it: strict reading, one canonical writing, and the hash of that writing."""

import gc
import hashlib
import json
import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NoReturn

from allocation.errors import FormatError, json_path

MAX_EXPONENT = 400


@contextmanager
def without_collection() -> Iterator[None]:
    """Hold back the garbage collector while millions of lasting objects are made.

    It would walk all of them again and again and find nothing: a city reads twice as fast without it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Fault:
    """Stands in the parsed document where a value was found that JSON or the contract does not allow."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class _DuplicateKeys(dict[str, Any]):
    """An object that named a key twice."""

    duplicate: str


class _Document:
    """One reading: remembers whether anything was at fault, so that sound files pay no second walk."""

    def __init__(self) -> None:
        self.faulty = False

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        self.faulty = True
        marked = _DuplicateKeys(plain)
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                marked.duplicate = key
                break
            seen.add(key)
        return marked

    def constant(self, text: str) -> _Fault:
        self.faulty = True
        return _Fault(f"{text} is not a number")

    def decimal(self, text: str) -> int | Decimal | _Fault:
        exponent = text.lower().partition("e")[2].lstrip("+-0")
        if len(exponent) > 3 or int(exponent or 0) > MAX_EXPONENT:
            self.faulty = True
            return _Fault("the number is out of range")
        value = Decimal(text)
        return int(value) if value == value.to_integral_value() else value

    def integer(self, text: str) -> int | _Fault:
        if len(text) > MAX_EXPONENT:
            self.faulty = True
            return _Fault("the number is out of range")
        return int(text)


def _raise_first_fault(value: Any, parts: list[str | int]) -> None:
    """Walk to the first fault in document order and raise it with its path."""
    if isinstance(value, _Fault):
        raise FormatError(json_path(parts), value.reason)
    if isinstance(value, _DuplicateKeys):
        raise FormatError(json_path([*parts, value.duplicate]), "the key stands twice in this object")
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        _raise_first_fault(member, [*parts, key])


def parse_json(data: bytes) -> Any:
    """Parse UTF-8 JSON; decimals become ``Decimal``, whole numbers ``int`` (also ``2.0``), text NFC.

    Raises:
        FormatError: not UTF-8, not JSON, a key twice in one object, NaN or Infinity, a number out of range,
            half a surrogate pair, two keys that differ only in their Unicode normal form.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("$", f"the file is not UTF-8 (byte {error.start})") from error
    if text.startswith("\ufeff"):
        raise FormatError("$", "the file starts with a byte order mark; save it as UTF-8 without one")
    document = _Document()
    try:
        with without_collection():
            value = json.loads(
                text,
                object_pairs_hook=document.members,
                parse_constant=document.constant,
                parse_float=document.decimal,
                parse_int=document.integer if _has_long_integer(text) else None,
            )
    except json.JSONDecodeError as error:
        raise FormatError(
            "$", f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from error
    except RecursionError as error:
        raise FormatError("$", "the objects are nested too deeply") from error
    if document.faulty:
        _raise_first_fault(value, [])
    if "\\u" in text or not unicodedata.is_normalized("NFC", text):
        return nfc(value, [])
    return value


def _has_long_integer(text: str) -> bool:
    """Whether a run of digits is so long that Python would refuse it; found without looking at each number."""
    step = MAX_EXPONENT // 2
    return any(
        text[at].isdigit() and text[max(0, at - step) : at + step].isdigit()
        for at in range(0, len(text), step)
    )


def nfc(value: Any, parts: list[str | int]) -> Any:
    """Return ``value`` with every text in Unicode normal form C."""
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise FormatError(json_path(parts), "the text holds half a surrogate pair") from error
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        normal: dict[Any, Any] = {}
        for key, member in value.items():
            normal_key = nfc(key, parts) if isinstance(key, str) else key
            if normal_key in normal:
                raise FormatError(json_path([*parts, normal_key]), "the key stands twice in this object")
            normal[normal_key] = nfc(member, [*parts, str(normal_key)])
        return normal
    if isinstance(value, (list, tuple)):
        return [nfc(member, [*parts, index]) for index, member in enumerate(value)]
    return value


def _refuse(value: Any) -> NoReturn:
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def plain_number(value: int | float | Decimal) -> int | float:
    """Return the number whose Python text is its shortest decimal: whole numbers as int.

    Decimals of up to 15 significant digits and between 1e-4 and 1e15 come out digit for digit.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number must be finite")
    return int(value) if value == int(value) else float(value)


def _plain(value: Any) -> Any:
    """Replace decimals and whole floats by their shortest writing, and text by its NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return plain_number(value) if isinstance(value, (float, Decimal)) else value


def _dumps(value: Any) -> str:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_refuse
    )


def canonical_json(value: Any) -> bytes:
    """Write ``value`` as canonical JSON: keys by code point, no spaces, NFC, shortest decimals, UTF-8."""
    return _dumps(_plain(value)).encode("utf-8")


def canonical_plain_json(value: Any) -> bytes:
    """``canonical_json`` for a document known to hold only NFC text and plain numbers (5 times faster)."""
    return _dumps(value).encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()
