"""The macros of web/ are made once a page: four imports of them on one page cost as much as its own words."""

from pathlib import Path

import pytest

from systems_changers.web.layers import IMPORTED, Templates


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    files = {
        "web/parts.html": "{% do made.append(1) %}{% macro say(word) %}{{ word }} at {{ place }}{% endmacro %}",
        "own/parts.html": "{% do made.append(1) %}{% macro say(word) %}{{ word }}{% endmacro %}",
        "page.html": "{% import 'web/parts.html' as a with context %}{% include 'piece.html' %}, {{ a.say('noon') }}",
        "piece.html": "{% import 'web/parts.html' as b with context %}{{ b.say('dawn') }}",
        "twice.html": "{% import 'own/parts.html' as a with context %}{% import 'own/parts.html' as b with context %}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return Templates([tmp_path], {})


def test_macros_of_the_web_are_made_once_a_page(templates: Templates) -> None:
    made: list[int] = []
    assert (
        templates.render((), "page.html", {"made": made, "place": "Portlaggan"})
        == "dawn at Portlaggan, noon at Portlaggan"
    )
    assert len(made) == 1


def test_the_next_page_has_its_own(templates: Templates) -> None:
    made: list[int] = []
    said = [templates.render((), "page.html", {"made": made, "place": place}) for place in ("Leeds", "Fife")]
    assert said == ["dawn at Leeds, noon at Leeds", "dawn at Fife, noon at Fife"]
    assert len(made) == 2


def test_panels_share_their_page_s(templates: Templates) -> None:
    made: list[int] = []
    shared = {"made": made, "place": "Leeds", IMPORTED: {}}
    for name in ("page.html", "piece.html"):
        templates.render((), name, shared)
    assert len(made) == 1


def test_other_templates_are_made_each_time(templates: Templates) -> None:
    made: list[int] = []
    templates.render((), "twice.html", {"made": made})
    assert len(made) == 2
