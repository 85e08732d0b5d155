"""Signing in from a frame: tickets, and which of them a started sign-in is to approve."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "sign_in_tickets",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("challenge", sa.LargeBinary, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("begun_at", TIME),
        sa.Column("subject", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("role", sa.Text),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_tickets"),
    )
    op.create_index("ix_sign_in_tickets_expires_at", "sign_in_tickets", ["expires_at"])
    op.add_column("sign_in_attempts", sa.Column("ticket", sa.LargeBinary))


def downgrade() -> None:
    """Drop both; sign-ins under way start again."""
    op.drop_column("sign_in_attempts", "ticket")
    op.drop_table("sign_in_tickets")
