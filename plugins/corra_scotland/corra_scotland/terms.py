"""The partner's own words for the kit's, whole texts a language: few, because every renamed text must be kept in step.

A language that isn't here speaks the kit's words. Which texts exist is checked by a test against the kit's template.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH = {
    "Experiments": "Try-outs",
    "Experiment": "Try-out",
    "Participant": "Changemaker",
    "Learning partner": "Community co-ordinator",
    "Your learning partner": "Your community co-ordinator",
}
SCOTS = {
    "Experiments": "Try-oots",
    "Experiment": "Try-oot",
    "Participant": "Cheynge-makker",
    "Learning partner": "Community co-ordinator",
    "Your learning partner": "Yer community co-ordinator",
}
GAELIC = {
    "Experiments": "Deuchainnean",
    "Experiment": "Deuchainn",
    "Participant": "Neach-atharrachaidh",
    "Learning partner": "Co-òrdanaiche",
    "Your learning partner": "An co-òrdanaiche coimhearsnachd agad",
}
TERMS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en_GB": ENGLISH, "en_GB@scots": SCOTS, "gd": GAELIC})
