"""Allocation runs: what was put in, what came out, who asked, who approved."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from admissions.allocation_runs.rules import RunState

STATES = ", ".join(f"'{state.value}'" for state in RunState)


class AllocationRun(SQLModel, table=True):
    """One run over a frozen round. Instance and result are the canonical bytes, compressed, with their hashes."""

    __tablename__ = "allocation_run"
    __table_args__ = (
        CheckConstraint(f"state in ({STATES})", name="state_known"),
        CheckConstraint("approved_by <> requested_by", name="approved_by_another"),
        CheckConstraint(
            "state <> 'published' or (approved_by is not null and published_at is not null)",
            name="published_after_approval",
        ),
        Index(
            "uq_allocation_run_published",
            "round_id",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id", index=True)
    mechanism: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    policy_version_id: int = Field(foreign_key="policy_version.id")
    requested_by: int = Field(foreign_key="officer.id")
    requested_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    approved_by: int | None = Field(default=None, foreign_key="officer.id")
    approved_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    published_by: int | None = Field(default=None, foreign_key="officer.id")
    published_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    instance: bytes | None = Field(default=None, sa_type=LargeBinary)
    instance_sha256: str | None = Field(default=None, sa_type=Text)
    result: bytes | None = Field(default=None, sa_type=LargeBinary)
    result_sha256: str | None = Field(default=None, sa_type=Text)
    faults: list[str] | None = Field(default=None, sa_type=JSONB)
    """What the independent verifier found; empty when everything holds. A run with faults cannot be approved."""
    indicators: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    class_keys: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    """For each school: what each priority class of the instance means (tier, sibling, travel band)."""
    failure: str | None = Field(default=None, sa_type=Text)


class RunReason(SQLModel, table=True):
    """Why one application got what it got in a run: one entry per considered school, as data, never as text."""

    __tablename__ = "run_reason"

    run_id: int = Field(foreign_key="allocation_run.id", primary_key=True)
    application_id: int = Field(foreign_key="application.id", primary_key=True, index=True)
    schools: list[dict[str, Any]] = Field(sa_type=JSONB)
