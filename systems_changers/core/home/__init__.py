"""Home: the chooser, the dashboard, imports, the demo, and what else looks across the slices."""
