"""Who gets which seat: pure arithmetic on plain values. No database, no web; imports nothing of ours.

``read_instance`` or ``instance_from_dict`` builds a sound instance, ``solve`` gives the seats and checks them,
``verify`` holds a result against its instance with code that shares nothing with the solvers, ``explain`` says
why. Solvers are imported when they are first used: importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocation.canonical import canonical_json
    from allocation.chances import Chance, simulate
    from allocation.engine import solve
    from allocation.errors import AllocationError, FormatError, InstanceError, ResultError, SolverError
    from allocation.instance import Instance
    from allocation.lottery import lottery_numbers
    from allocation.reading import instance_from_dict, instance_sha256, read_instance
    from allocation.reasons import SchoolReason, explain, explain_all
    from allocation.result import Result, read_result
    from allocation.verification import blocking_pairs, verify

_HOMES = {
    "allocation.canonical": ("canonical_json",),
    "allocation.chances": ("Chance", "simulate"),
    "allocation.engine": ("solve",),
    "allocation.errors": ("AllocationError", "FormatError", "InstanceError", "ResultError", "SolverError"),
    "allocation.instance": ("Instance",),
    "allocation.lottery": ("lottery_numbers",),
    "allocation.reading": ("instance_from_dict", "instance_sha256", "read_instance"),
    "allocation.reasons": ("SchoolReason", "explain", "explain_all"),
    "allocation.result": ("Result", "read_result"),
    "allocation.verification": ("blocking_pairs", "verify"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AllocationError",
    "Chance",
    "FormatError",
    "Instance",
    "InstanceError",
    "Result",
    "ResultError",
    "SchoolReason",
    "SolverError",
    "blocking_pairs",
    "canonical_json",
    "explain",
    "explain_all",
    "instance_from_dict",
    "instance_sha256",
    "lottery_numbers",
    "read_instance",
    "read_result",
    "simulate",
    "solve",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'allocation' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
