"""What pages see of runs: frozen values, no tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from admissions.allocation_runs.rules import RunState
from admissions.schools.views import Cutoff


@dataclass(frozen=True)
class RunRow:
    """One run in a round's list."""

    id: int
    mechanism: str
    state: RunState
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    published_by: str | None
    published_at: datetime | None
    indicators: Mapping[str, Any] | None
    faults: Sequence[str] | None
    failure: str | None


@dataclass(frozen=True)
class SchoolOutcome:
    """One school in a run."""

    site_code: str
    title: str
    seats: int
    first_choices: int
    admitted: int
    cutoff: Cutoff | None


@dataclass(frozen=True)
class RunPage:
    """One run with everything that an approver looks at."""

    run: RunRow
    round_id: int
    policy_name: str
    policy_sha256: str
    instance_sha256: str | None
    result_sha256: str | None
    lottery_commitment: str
    schools: Sequence[SchoolOutcome]
    may_approve: bool
    may_publish: bool
    refusal: str | None
    """Why this officer may not take the next step, in Vietnamese; None when the step is open or there is none."""


@dataclass(frozen=True)
class Difference:
    """A figure in two runs."""

    name: str
    first: int | None
    second: int | None


@dataclass(frozen=True)
class Comparison:
    """Two runs of one round side by side."""

    first: RunRow
    second: RunRow
    changed: int
    """Children who get another school, or a seat in only one of the runs."""
    nearer: int
    """Of those placed in both, children whose way is shorter in the second run."""
    farther: int
    preferred: int
    """Of those placed in both, children who get a school they ranked higher in the second run."""
    worse: int
    schools: Sequence[tuple[str, int, int]]
    """Title, admitted in the first, admitted in the second; only schools where the numbers differ."""
