"""Curriculum: canonical modules known by their hash, and the variants partners make of them."""
