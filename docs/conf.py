"""Builds the documentation."""

project = "Systems Changers kit"
author = "The Systems Changers kit's contributors"
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
