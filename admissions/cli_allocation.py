"""The commands on instance files: ``allocate``, ``verify``, ``explain``, ``simulate``.

Exit codes are part of formats/instance.md: 0 done, 1 a property fails (``verify`` only), 2 refused or unreadable.
"""

import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocation import Instance, Result, SchoolReason
    from allocation.chances import Chance

REFUSED = 2


def register(app: typer.Typer) -> None:
    """Mount the commands on the command line's application."""
    app.command("allocate")(allocate)
    app.command("verify")(verify)
    app.command("explain")(explain)
    app.command("simulate")(simulate)


def _refuse(text: str) -> NoReturn:
    print(" ".join(text.split()), file=sys.stderr)
    raise typer.Exit(REFUSED)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _refuse(f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions")


def _read_instance(path: Path) -> "Instance":
    from allocation import InstanceError, read_instance

    try:
        return read_instance(_read_bytes(path))
    except InstanceError as error:
        _refuse(f"{path}: {error}")


def _read_result(path: Path) -> "Result":
    from allocation import ResultError, read_result

    try:
        return read_result(_read_bytes(path))
    except ResultError as error:
        _refuse(f"{path}: {error}")


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is either there in full or not at all."""
    try:
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        _refuse(f"{path}: cannot be written ({error.strerror or error}); choose another place")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(draft).chmod(0o666 & ~umask)
        Path(draft).replace(path)
    except OSError as error:
        Path(draft).unlink(missing_ok=True)
        _refuse(f"{path}: cannot be written ({error.strerror or error}); choose another place")
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def allocate(
    instance_path: Annotated[Path, typer.Argument(metavar="INSTANCE", help="instance file (JSON)")],
    output: Annotated[Path, typer.Option("--output", "-o", help="where to write the result file")],
) -> None:
    """Give the seats of an instance and write the result."""
    instance = _read_instance(instance_path)
    from allocation import AllocationError, solve

    try:
        result = solve(instance)
    except AllocationError as error:
        _refuse(f"{instance_path}: {error}")
    _write_whole(output, result.to_bytes())
    without = sum(school is None for school in result.assignment.values())
    print(
        f"{len(result.assignment) - without} students have a seat, {without} have none; written to {output}"
    )


def verify(
    instance_path: Annotated[Path, typer.Argument(metavar="INSTANCE", help="instance file (JSON)")],
    result_path: Annotated[Path, typer.Argument(metavar="RESULT", help="result file (JSON)")],
) -> None:
    """Hold a result against its instance with code that shares nothing with the solvers."""
    instance, result = _read_instance(instance_path), _read_result(result_path)
    from allocation import verify as list_faults

    faults = list_faults(instance, result)
    for fault in faults:
        print(" ".join(fault.split()))
    if faults:
        raise typer.Exit(1)
    print("all properties hold")


def explain(
    instance_path: Annotated[Path, typer.Argument(metavar="INSTANCE", help="instance file (JSON)")],
    result_path: Annotated[Path, typer.Argument(metavar="RESULT", help="result file (JSON)")],
    student: Annotated[str, typer.Argument(metavar="STUDENT", help="the student's id")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say why a student was admitted at one school and not at the others."""
    import unicodedata

    instance, result = _read_instance(instance_path), _read_result(result_path)
    from allocation import AllocationError
    from allocation import explain as list_reasons

    student = unicodedata.normalize("NFC", student)
    try:
        reasons = list_reasons(instance, result, student)
    except AllocationError as error:
        _refuse(str(error))
    if as_json:
        document = {
            "student": student,
            "school": result.assignment.get(student),
            "reasons": [asdict(one) for one in reasons],
        }
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for reason in reasons:
        print(_sentence(reason))
    if not reasons:
        print("no school was listed, and none was given")


def _sentence(reason: "SchoolReason") -> str:
    """Write one reason on one line."""
    wish = f"wish {reason.rank}" if reason.rank else "not listed"
    parts = [f"{reason.school} ({wish}): {reason.outcome.replace('_', ' ')}"]
    parts.append(f"decided by {reason.decided_by.replace('_', ' ')}")
    if reason.class_index is not None:
        parts.append(f"class {reason.class_index}")
    if reason.score is not None:
        parts.append(f"score {reason.score:g}")
    if reason.position is not None:
        parts.append(f"place {reason.position} in the queue for {reason.seats} seats")
    if reason.last is not None:
        key = (
            f"class {reason.last.class_index}"
            if reason.last.score is None
            else f"score {reason.last.score:g}"
        )
        number = "" if reason.last.lottery is None else f", lottery number {reason.last.lottery}"
        parts.append(f"last admitted: {key}{number}")
    return "; ".join(parts)


def simulate(
    instance_path: Annotated[Path, typer.Argument(metavar="INSTANCE", help="instance file (JSON)")],
    runs: Annotated[int, typer.Option("--runs", help="how many lotteries to simulate", min=1)],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Estimate each student's chances over many simulated lotteries."""
    instance = _read_instance(instance_path)
    from allocation import AllocationError
    from allocation import simulate as list_chances

    try:
        chances = list_chances(instance, runs=runs)
    except AllocationError as error:
        _refuse(f"{instance_path}: {error}")
    if as_json:
        document = {
            "runs": runs,
            "instance_sha256": instance.sha256,
            "students": {student: _chances_document(of_student) for student, of_student in chances.items()},
        }
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return
    print("student\tschool\tchance\tlow\thigh")
    for student, of_student in chances.items():
        for school, chance in sorted(of_student.items(), key=lambda item: (item[0] is None, item[0] or "")):
            low, high = chance.interval
            print(f"{student}\t{school or '-'}\t{chance.share:.3f}\t{low:.3f}\t{high:.3f}")


def _chances_document(chances: "Mapping[str | None, Chance]") -> dict[str, object]:
    """Write one student's chances; shares and bounds to four places."""

    def plain(chance: "Chance") -> dict[str, float]:
        low, high = chance.interval
        return {
            "runs": chance.admitted,
            "chance": round(chance.share, 4),
            "low": round(low, 4),
            "high": round(high, 4),
        }

    schools = {school: plain(chance) for school, chance in chances.items() if school is not None}
    return {"schools": schools, "no_seat": plain(chances[None]) if None in chances else None}
