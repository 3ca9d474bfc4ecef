"""The partner's own words for the kit's, whole texts a language: those that people meet, kept in step by a test.

A language that isn't here speaks the kit's words. Which texts exist is checked by a test against the kit's template.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH = {
    "Experiments": "Try-outs",
    "Experiment": "Try-out",
    "An experiment can't take that step from where it is now.": "A try-out can't take that step from where it is now.",
    "Delete this experiment": "Delete this try-out",
    "Experiments begun": "Try-outs begun",
    "Note an idea for an experiment": "Note an idea for a try-out",
    "Only its author and co-owners can change this experiment.": (
        "Only its author and co-owners can change this try-out."
    ),
    "Only people who take part here can note an experiment.": "Only people who take part here can note a try-out.",
    "People share an experiment when they are ready. You can always ask.": (
        "People share a try-out when they are ready. You can always ask."
    ),
    "Take your experiments with you (CSV)": "Take your try-outs with you (CSV)",
    "The experiment is back.": "The try-out is back.",
    "The experiment is deleted.": "The try-out is deleted.",
    "This experiment belongs to no cohort, so it has no such readers.": (
        "This try-out belongs to no cohort, so it has no such readers."
    ),
    "Where this experiment is": "Where this try-out is",
    "Which experiments": "Which try-outs",
    "Participant": "Changemaker",
    "Learning partner": "Community co-ordinator",
    "Your learning partner": "Your community co-ordinator",
}
SCOTS = {
    "Experiments": "Try-oots",
    "Experiment": "Try-oot",
    "Note an idea for an experiment": "Note an idea for a try-oot",
    "Take your experiments with you (CSV)": "Tak yer try-oots wi ye (CSV)",
    "Which experiments": "Whit try-oots",
    "An experiment can't take that step from where it is now.": (
        "A try-oot cannae tak that step frae whaur it is nou."
    ),
    "Delete this experiment": "Delete this try-oot",
    "Experiments begun": "Try-oots begun",
    "Only its author and co-owners can change this experiment.": (
        "Anly its author an co-owners can chynge this try-oot."
    ),
    "Only people who take part here can note an experiment.": "Anly fowk that tak pairt here can note a try-oot.",
    "People share an experiment when they are ready. You can always ask.": (
        "Fowk share a try-oot whan they're ready. Ye can aye ask."
    ),
    "The experiment is back.": "The try-oot is back.",
    "The experiment is deleted.": "The try-oot is deleted.",
    "This experiment belongs to no cohort, so it has no such readers.": (
        "This try-oot belangs tae nae cohort, sae it has nae sic readers."
    ),
    "Where this experiment is": "Whaur this try-oot is",
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
