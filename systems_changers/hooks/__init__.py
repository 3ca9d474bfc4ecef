"""The seam between the kit and its plugins: specifications, facts that cross it, and the calls."""
