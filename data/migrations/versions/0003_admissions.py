"""People, schools, rounds, applications, runs, offers, messages, and the audit trail that cannot be changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


REFUSE_CHANGE = """
    create function refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception 'rows of % are never changed or removed', tg_table_name;
    end $$;
    create trigger audit_event_append_only before update or delete or truncate on audit_event
        for each statement execute function refuse_change();
"""


def upgrade() -> None:
    """Make the tables of admissions; the database itself refuses to change the audit trail."""
    op.create_table(
        "attempt_counter",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("window_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window_at", name=op.f("pk_attempt_counter")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("chain", "sequence", name=op.f("uq_audit_event_chain_sequence")),
    )
    op.create_index(op.f("ix_audit_event_action"), "audit_event", ["action"], unique=False)
    op.create_index(op.f("ix_audit_event_at"), "audit_event", ["at"], unique=False)
    op.create_table(
        "officer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("communes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "role in ('commune_officer', 'commune_head', 'province_officer', 'province_head', 'inspector')",
            name=op.f("ck_officer_role_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("username", name=op.f("uq_officer_username")),
    )
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_policy_version_code_version")),
    )
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("commune_code", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("code", name=op.f("uq_school_code")),
    )
    op.create_index(op.f("ix_school_commune_code"), "school", ["commune_code"], unique=False)
    op.create_table(
        "student",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("identity_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("identity_index", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("ethnic_code", sa.Text(), nullable=False),
        sa.Column("nationality", sa.Text(), nullable=False),
        sa.Column("entry_year", sa.Integer(), nullable=False),
        sa.Column("entry_level", sa.Integer(), nullable=False),
        sa.Column("current_school_code", sa.Text(), nullable=True),
        sa.Column("sibling_school_code", sa.Text(), nullable=True),
        sa.Column("twin_group", sa.Text(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sex in ('male', 'female')", name=op.f("ck_student_sex_known")),
        sa.CheckConstraint("entry_level in (1, 6)", name=op.f("ck_student_entry_level_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student")),
        sa.UniqueConstraint("code", name=op.f("uq_student_code")),
    )
    op.create_index("ix_student_entry", "student", ["entry_year", "entry_level"], unique=False)
    op.create_index(op.f("ix_student_identity_index"), "student", ["identity_index"], unique=False)
    op.create_table(
        "guardian",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("email_cipher", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_guardian_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
    )
    op.create_index(op.f("ix_guardian_phone_index"), "guardian", ["phone_index"], unique=False)
    op.create_index(op.f("ix_guardian_student_id"), "guardian", ["student_id"], unique=False)
    op.create_table(
        "officer_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_officer_session_officer_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_officer_session")),
    )
    op.create_index(op.f("ix_officer_session_officer_id"), "officer_session", ["officer_id"], unique=False)
    op.create_table(
        "residence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("hamlet", sa.Text(), nullable=False),
        sa.Column("commune_code", sa.Text(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind in ('permanent', 'temporary', 'actual')", name=op.f("ck_residence_kind_known")
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_residence_location_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_residence_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residence")),
        sa.UniqueConstraint("student_id", name=op.f("uq_residence_student_id")),
    )
    op.create_index(op.f("ix_residence_commune_code"), "residence", ["commune_code"], unique=False)
    op.create_index(op.f("ix_residence_location_id"), "residence", ["location_id"], unique=False)
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("communes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("results_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version_id", sa.Integer(), nullable=False),
        sa.Column("network_version_id", sa.Integer(), nullable=False),
        sa.Column("lottery_seed_cipher", sa.Text(), nullable=False),
        sa.Column("lottery_commitment", sa.Text(), nullable=False),
        sa.Column("previous_round_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "phase in ('planning', 'published', 'closed', 'results_published')",
            name=op.f("ck_round_phase_known"),
        ),
        sa.CheckConstraint("level in (1, 6)", name=op.f("ck_round_level_known")),
        sa.CheckConstraint(
            "opens_at < closes_at and closes_at <= results_at", name=op.f("ck_round_dates_ordered")
        ),
        sa.ForeignKeyConstraint(
            ["network_version_id"], ["network_version.id"], name=op.f("fk_round_network_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_round_policy_version_id")
        ),
        sa.ForeignKeyConstraint(["previous_round_id"], ["round.id"], name=op.f("fk_round_previous_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("code", name=op.f("uq_round_code")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_site_location_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_site_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("code", name=op.f("uq_site_code")),
    )
    op.create_index(op.f("ix_site_location_id"), "site", ["location_id"], unique=False)
    op.create_index(op.f("ix_site_school_id"), "site", ["school_id"], unique=False)
    op.create_table(
        "allocation_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("mechanism", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("policy_version_id", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("instance", sa.LargeBinary(), nullable=True),
        sa.Column("instance_sha256", sa.Text(), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("result_sha256", sa.Text(), nullable=True),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("indicators", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("class_keys", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'published' or (approved_by is not null and published_at is not null)",
            name=op.f("ck_allocation_run_published_after_approval"),
        ),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'done', 'failed', 'approved', 'published')",
            name=op.f("ck_allocation_run_state_known"),
        ),
        sa.CheckConstraint("approved_by <> requested_by", name=op.f("ck_allocation_run_approved_by_another")),
        sa.ForeignKeyConstraint(["approved_by"], ["officer.id"], name=op.f("fk_allocation_run_approved_by")),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_allocation_run_policy_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["officer.id"], name=op.f("fk_allocation_run_published_by")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["officer.id"], name=op.f("fk_allocation_run_requested_by")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_allocation_run_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_run")),
    )
    op.create_index(op.f("ix_allocation_run_round_id"), "allocation_run", ["round_id"], unique=False)
    op.create_index(
        "uq_allocation_run_published",
        "allocation_run",
        ["round_id"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("guardian_name", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("email_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("home_location_id", sa.BigInteger(), nullable=True),
        sa.Column("home_changed", sa.Boolean(), nullable=False),
        sa.Column("home_verified", sa.Boolean(), nullable=False),
        sa.Column("home_note", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "case state when 'draft' then submitted_at is null when 'withdrawn' then true "
            "else submitted_at is not null end",
            name=op.f("ck_application_submitted_unless_draft"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'submitted', 'in_review', 'verified', 'in_pool', 'offered', 'unplaced', 'withdrawn')",
            name=op.f("ck_application_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["home_location_id"], ["location.id"], name=op.f("fk_application_home_location_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_application_round_id")),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_application_student_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("code", name=op.f("uq_application_code")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_application_idempotency_key")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_application_receipt_id")),
    )
    op.create_index("ix_application_round_state", "application", ["round_id", "state", "id"], unique=False)
    op.create_index(op.f("ix_application_student_id"), "application", ["student_id"], unique=False)
    op.create_index(
        "uq_application_live",
        "application",
        ["round_id", "student_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "quota",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("class_cap", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "seats >= 0 and classes >= 0 and class_cap > 0", name=op.f("ck_quota_not_negative")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_quota_round_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_quota_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
        sa.UniqueConstraint("round_id", "site_id", name=op.f("uq_quota_round_id_site_id")),
    )
    op.create_index(op.f("ix_quota_site_id"), "quota", ["site_id"], unique=False)
    op.create_table(
        "form_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_form_session_application_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_form_session")),
    )
    op.create_index(op.f("ix_form_session_application_id"), "form_session", ["application_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("recipient_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('pending', 'sent', 'failed', 'no_address')", name=op.f("ck_message_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_message_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("event_key", "application_id", name=op.f("uq_message_event_key_application_id")),
    )
    op.create_index(op.f("ix_message_application_id"), "message", ["application_id"], unique=False)
    op.create_index(
        "ix_message_waiting", "message", ["id"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stage in ('guaranteed', 'choice', 'siblings', 'placed')", name=op.f("ck_offer_stage_known")
        ),
        sa.CheckConstraint("state in ('made')", name=op.f("ck_offer_state_known")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_offer_application_id")),
        sa.ForeignKeyConstraint(["run_id"], ["allocation_run.id"], name=op.f("fk_offer_run_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_offer_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("application_id", name=op.f("uq_offer_application_id")),
    )
    op.create_index(op.f("ix_offer_run_id"), "offer", ["run_id"], unique=False)
    op.create_index(op.f("ix_offer_site_id"), "offer", ["site_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_preference_rank_positive")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_preference_application_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_preference_site_id")),
        sa.PrimaryKeyConstraint("application_id", "rank", name=op.f("pk_preference")),
    )
    op.create_index(op.f("ix_preference_site_id"), "preference", ["site_id"], unique=False)
    op.create_index("uq_preference_site", "preference", ["application_id", "site_id"], unique=True)
    op.create_table(
        "run_reason",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("schools", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_run_reason_application_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["allocation_run.id"], name=op.f("fk_run_reason_run_id")),
        sa.PrimaryKeyConstraint("run_id", "application_id", name=op.f("pk_run_reason")),
    )
    op.create_index(op.f("ix_run_reason_application_id"), "run_reason", ["application_id"], unique=False)
    op.execute(REFUSE_CHANGE)


def downgrade() -> None:
    """Remove the tables of admissions."""
    op.execute("drop trigger audit_event_append_only on audit_event")
    op.execute("drop function refuse_change()")
    op.drop_index(op.f("ix_run_reason_application_id"), table_name="run_reason")
    op.drop_table("run_reason")
    op.drop_index("uq_preference_site", table_name="preference")
    op.drop_index(op.f("ix_preference_site_id"), table_name="preference")
    op.drop_table("preference")
    op.drop_index(op.f("ix_offer_site_id"), table_name="offer")
    op.drop_index(op.f("ix_offer_run_id"), table_name="offer")
    op.drop_table("offer")
    op.drop_index("ix_message_waiting", table_name="message", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index(op.f("ix_message_application_id"), table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_form_session_application_id"), table_name="form_session")
    op.drop_table("form_session")
    op.drop_index(op.f("ix_quota_site_id"), table_name="quota")
    op.drop_table("quota")
    op.drop_index(
        "uq_application_live", table_name="application", postgresql_where=sa.text("state <> 'withdrawn'")
    )
    op.drop_index(op.f("ix_application_student_id"), table_name="application")
    op.drop_index("ix_application_round_state", table_name="application")
    op.drop_table("application")
    op.drop_index(
        "uq_allocation_run_published",
        table_name="allocation_run",
        postgresql_where=sa.text("state = 'published'"),
    )
    op.drop_index(op.f("ix_allocation_run_round_id"), table_name="allocation_run")
    op.drop_table("allocation_run")
    op.drop_index(op.f("ix_site_school_id"), table_name="site")
    op.drop_index(op.f("ix_site_location_id"), table_name="site")
    op.drop_table("site")
    op.drop_table("round")
    op.drop_index(op.f("ix_residence_location_id"), table_name="residence")
    op.drop_index(op.f("ix_residence_commune_code"), table_name="residence")
    op.drop_table("residence")
    op.drop_index(op.f("ix_officer_session_officer_id"), table_name="officer_session")
    op.drop_table("officer_session")
    op.drop_index(op.f("ix_guardian_student_id"), table_name="guardian")
    op.drop_index(op.f("ix_guardian_phone_index"), table_name="guardian")
    op.drop_table("guardian")
    op.drop_index(op.f("ix_student_identity_index"), table_name="student")
    op.drop_index("ix_student_entry", table_name="student")
    op.drop_table("student")
    op.drop_index(op.f("ix_school_commune_code"), table_name="school")
    op.drop_table("school")
    op.drop_table("policy_version")
    op.drop_table("officer")
    op.drop_index(op.f("ix_audit_event_at"), table_name="audit_event")
    op.drop_index(op.f("ix_audit_event_action"), table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("attempt_counter")
