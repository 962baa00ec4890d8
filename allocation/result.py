"""A result as its file holds it: plain values, canonical bytes, strict reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocation.canonical import canonical_json, parse_json
from allocation.errors import FormatError, ResultError, json_path

RESULT_FORMAT = "dungtuyen-result/1"
SOLVER_NAME = "dungtuyen"
SOLVER_VERSION = "1.0"
_KEYS = {
    "format", "assignment", "seats", "cutoffs", "checks", "shortage", "instance_sha256", "solver",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Result:
    """Who got which seat, by which line, checked how. The attributes are the keys of formats/instance.md."""

    assignment: Mapping[str, str | None]
    seats: Mapping[str, Mapping[str, str]]
    cutoffs: Mapping[str, Mapping[str, Mapping[str, Any]]]
    checks: Mapping[str, Any]
    shortage: Mapping[str, Any] | None
    instance_sha256: str
    solver: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the plain document."""
        return {
            "format": RESULT_FORMAT,
            "assignment": self.assignment,
            "seats": self.seats,
            "cutoffs": self.cutoffs,
            "checks": self.checks,
            "shortage": self.shortage,
            "instance_sha256": self.instance_sha256,
            "solver": self.solver,
        }

    def to_bytes(self) -> bytes:
        """Return the file: canonical JSON and a newline; the same instance gives the same bytes."""
        return canonical_json(self.to_dict()) + b"\n"


def read_result(source: bytes | Path) -> Result:
    """Read a result file.

    Raises:
        ResultError: not JSON, or not shaped as a result. Whether it is a true one is ``verify``'s question.
        OSError: the file cannot be read.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    try:
        document = parse_json(data)
    except FormatError as error:
        raise ResultError(error.path, error.reason) from error
    if not isinstance(document, dict):
        raise ResultError("$", "must be an object")
    if document.get("format") != RESULT_FORMAT:
        raise ResultError("$.format", f"must be {RESULT_FORMAT!r}")
    for key in document:
        if key not in _KEYS:
            raise ResultError(json_path([key]), "the format has no such key")
    for key in sorted(_KEYS):
        if key not in document:
            raise ResultError(json_path([key]), "is missing")
    _check_shapes(document)
    return Result(**{key: document[key] for key in _KEYS - {"format"}})


def _check_shapes(document: Mapping[str, Any]) -> None:
    """Refuse what later code could not even look at."""
    for key in ("assignment", "seats", "cutoffs", "checks", "solver"):
        if not isinstance(document[key], dict):
            raise ResultError(json_path([key]), "must be an object")
    for student, school in document["assignment"].items():
        if school is not None and not isinstance(school, str):
            raise ResultError(json_path(["assignment", student]), "must be a school id or null")
    for student, seat in document["seats"].items():
        if not isinstance(seat, dict) or not all(isinstance(text, str) for text in seat.values()):
            raise ResultError(json_path(["seats", student]), "must be an object of texts")
    for school, types in document["cutoffs"].items():
        if not isinstance(types, dict) or not all(isinstance(line, dict) for line in types.values()):
            raise ResultError(json_path(["cutoffs", school]), "must be an object of objects")
    if document["shortage"] is not None and not isinstance(document["shortage"], dict):
        raise ResultError("$.shortage", "must be an object or null")
    if not isinstance(document["instance_sha256"], str):
        raise ResultError("$.instance_sha256", "must be a string")
