"""What is the kit's alone is closed to partners' sessions.

No table changes: the guards are made by `isolation.arm` after every upgrade, and this revision asks for one.
"""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
