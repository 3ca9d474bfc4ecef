"""Cohorts: people learning together, and the plan of pinned modules they follow."""
