"""The Systems Changers kit: a partner-hosted programme kit that plugins adapt."""

__version__ = "0.1.0"
