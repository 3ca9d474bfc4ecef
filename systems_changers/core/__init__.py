"""The small core: one folder a feature, with the same floors in each."""
