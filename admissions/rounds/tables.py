"""Rounds, the policy versions that govern them, and their seats."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class PolicyVersion(SQLModel, table=True):
    """One version of a policy: never changed once stored; ``sha256`` is that of its canonical JSON."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=Text)
    version: int
    name: str = Field(sa_type=Text)
    body: dict[str, Any] = Field(sa_type=JSONB)
    sha256: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class Round(SQLModel, table=True):
    """One admission round (đợt) of a level and school year, for a list of communes."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("level in (1, 6)", name="level_known"),
        CheckConstraint(
            "phase in ('planning', 'published', 'closed', 'results_published')", name="phase_known"
        ),
        CheckConstraint("opens_at < closes_at and closes_at <= results_at", name="dates_ordered"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    level: int
    school_year: int
    """First calendar year of the school year."""
    communes: list[str] = Field(sa_type=JSONB)
    phase: str = Field(sa_type=Text)
    opens_at: datetime = Field(sa_type=DateTime(timezone=True))
    closes_at: datetime = Field(sa_type=DateTime(timezone=True))
    results_at: datetime = Field(sa_type=DateTime(timezone=True))
    """When results are to be published, as announced."""
    policy_version_id: int = Field(foreign_key="policy_version.id")
    network_version_id: int = Field(foreign_key="network_version.id")
    lottery_seed_cipher: str = Field(sa_type=Text)
    """The seed, encrypted until the first run reveals it (hex of the vault's value)."""
    lottery_commitment: str = Field(sa_type=Text)
    """SHA-256 of the seed's hex digits, public from the day the round is announced."""
    previous_round_id: int | None = Field(default=None, foreign_key="round.id")


class Quota(SQLModel, table=True):
    """Seats (chỉ tiêu) of a site in a round."""

    __tablename__ = "quota"
    __table_args__ = (
        CheckConstraint("seats >= 0 and classes >= 0 and class_cap > 0", name="not_negative"),
        UniqueConstraint("round_id", "site_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id")
    site_id: int = Field(foreign_key="site.id", index=True)
    classes: int
    class_cap: int
    seats: int
