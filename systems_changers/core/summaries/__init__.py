"""Summaries: indicators as data, mergeable counts, and what the foundation may see of them."""
