"""Offers: the seat that a published run gives to an application."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Text
from sqlmodel import Field, SQLModel


class Offer(SQLModel, table=True):
    """One seat offered. Unique per application: a round has one published run."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint("state in ('made')", name="state_known"),
        CheckConstraint("stage in ('guaranteed', 'choice', 'siblings', 'placed')", name="stage_known"),
    )

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="application.id", unique=True)
    run_id: int = Field(foreign_key="allocation_run.id", index=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    stage: str = Field(sa_type=Text)
    state: str = Field(default="made", sa_type=Text)
    made_at: datetime = Field(sa_type=DateTime(timezone=True))
