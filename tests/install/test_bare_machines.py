"""The two commands of the README on bare Debian systems: as root, with sudo, and with neither."""

import json
from collections.abc import Callable

import pytest

from data.settings import ROOT
from tests.install.conftest import BareMachine, Finished

pytestmark = pytest.mark.install

FIGURES = [
    "students",
    "applications",
    "placed",
    "unplaced",
    "in_nearest",
    "median_travel_min",
    "p95_travel_min",
]
FIGURES += ["blocking_pairs", "messages_sent", "seconds"]
FIRST_RUN_LIMIT_S = 600


def figures(finished: Finished) -> dict[str, object]:
    """Return the JSON line with which ``make demo SERVE=0`` ends, after showing the end of a failed run."""
    assert finished.code == 0, finished.output[-4000:]
    said = json.loads(finished.output.splitlines()[-1])
    assert list(said) == FIGURES
    return said


def tell(machine: BareMachine, what: str, finished: Finished) -> None:
    """Print one line of the report."""
    print(f"\n{machine.account:7} {what:30} {finished.seconds:6.1f} s  {machine.used_mb():5} MB", flush=True)


@pytest.mark.parametrize("account", ["root", "sudoer", "user"])
def test_a_bare_machine_shows_the_demo_and_again_without_a_network(
    account: str, bare_machine: Callable[[str], BareMachine]
) -> None:
    machine = bare_machine(account)
    first = machine.run("make demo SERVE=0")
    tell(machine, "make demo SERVE=0", first)
    steps = [line for line in first.output.splitlines() if line.startswith(("python ", "page ", "database "))]
    print("\n".join(steps))
    before = figures(first)
    assert first.seconds < FIRST_RUN_LIMIT_S
    second = machine.run("make demo SERVE=0", online=False)
    tell(machine, "the same again, no network", second)
    after = figures(second)
    assert {name: after[name] for name in FIGURES[:-1]} == {name: before[name] for name in FIGURES[:-1]}


@pytest.mark.parametrize("account", ["root", "user"])
def test_a_bare_machine_passes_the_tests(account: str, bare_machine: Callable[[str], BareMachine]) -> None:
    machine = bare_machine(account)
    finished = machine.run("make test")
    tell(machine, "make test", finished)
    print("\n".join(finished.output.splitlines()[-3:]))
    (ROOT / "var" / f"bare-{account}.log").write_text(finished.output)
    assert finished.code == 0, f"see var/bare-{account}.log; it ends: {finished.output[-4000:]}"
    assert ("BROWSER ABSENT" in finished.output) == (account == "user")
