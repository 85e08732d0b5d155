"""Suggestions that somebody rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "suggestion_rejections",
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("nav_key", sa.Text, nullable=False),
        sa.Column("crm_id", sa.Text, nullable=False),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rejected_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["connection"],
            ["connections.name"],
            "fk_suggestion_rejections_connection_connections",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection", "mapping", "nav_key", "crm_id", name="pk_suggestion_rejections"),
    )
    op.create_index(
        "ix_suggestion_rejections_connection_mapping_crm_id",
        "suggestion_rejections",
        ["connection", "mapping", "crm_id"],
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("suggestion_rejections")
