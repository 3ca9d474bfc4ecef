"""The partner's own words for the kit's, whole texts a language. A test compares them with the kit's template."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH = {
    "Experiments": "Live practice projects",
    "Experiment": "Live practice project",
    "Participant": "Colleague",
    "Learning partner": "Coach",
    "Your learning partner": "Your coach",
}
EASY_READ = {
    "Experiments": "Projects",
    "Experiment": "Project",
    "Participant": "Colleague",
    "Learning partner": "Coach",
    "Your learning partner": "Your coach",
}
WELSH = {
    "Experiments": "Prosiectau ymarfer byw",
    "Experiment": "Prosiect ymarfer byw",
    "Participant": "Cydweithiwr",
    "Learning partner": "Hyfforddwr",
    "Your learning partner": "Eich hyfforddwr",
}
TERMS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en_GB": ENGLISH, "en_GB@easyread": EASY_READ, "cy": WELSH})
