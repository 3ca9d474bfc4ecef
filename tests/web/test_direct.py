"""Plain calls and attributes in compiled templates say what Jinja's own would have said."""

import runpy
import sys

import pytest
from jinja2 import Environment, StrictUndefined, UndefinedError
from jinja2.exceptions import TemplateRuntimeError
from markupsafe import Markup

from systems_changers.web import direct
from systems_changers.web.direct import StraightCalls, piece


class Straight(Environment):
    code_generator_class = StraightCalls
    piece = staticmethod(piece)


SAYS = {
    "{{ _('Cohort') }}": "COHORT",
    "{{ _('<b>') }}": "&lt;B&gt;",
    "{% trans %}Starts{% endtrans %}": "STARTS",
    "{% trans name='a <b>' %}Talk to {{ name }}{% endtrans %}": "TALK TO A &lt;B&gt;",
    "{% for n in (1, 2) %}{{ url('cohorts.show', cohort_id=n) }} {% endfor %}": "cohorts.show/1 cohorts.show/2 ",
    "{{ url(*('a',)) }}{{ url('a', **{'id': 3}) }}": "aa/3",
    "{% macro m() %}{{ caller() }}{{ _('x') }}{% endmacro %}{% call m() %}{{ _('y') }}{% endcall %}": "YX",
    "{% set _ = 'own' %}{{ _ }}": "own",
    "{{ row.place }} {{ row.inner.place.strip() }}": "Here Inner",
    "{{ given.place }}{{ given.other }}": "Dictionary &amp; own",
    "{{ row.items is defined }}{{ row.none is defined }}{{ row.inner.inner is none }}": "FalseFalseTrue",
    "{{ row.broken is defined }}": "False",
    "{% for n in rows if n.place == 'Here' %}{{ n.inner.place }}{{ loop.index }}{% endfor %}": "Inner1",
    "{% macro m(a) %}{{ caller(a.inner) }}{% endmacro %}{% call(b) m(row) %}{{ b.place }}{% endcall %}": "Inner",
    "{% set _found, _of = row.place, row.inner %}{{ row.inner.place }}{{ _found }}{{ _of.place }}": "InnerHereInner",
}


class Row:
    """Something with attributes, one of which breaks with the error that means there is none."""

    def __init__(self, place: str, inner: "Row | None" = None) -> None:
        self.place, self.inner = place, inner

    @property
    def broken(self) -> str:
        raise AttributeError


@pytest.mark.parametrize("environment", [Environment, Straight])
@pytest.mark.parametrize("template", SAYS)
def test_both_ways_say_the_same(environment: type[Environment], template: str) -> None:
    made = environment(autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    values = {
        "_": str.upper,
        "gettext": lambda text: text.upper().replace("%(NAME)S", "%(name)s"),
        "row": (row := Row("Here", Row("Inner"))),
        "rows": [row, Row("There")],
        "given": {"place": "Dictionary & ", "other": "own"},
        "url": lambda endpoint, **given: "/".join([endpoint, *map(str, given.values())]),
    }
    said = made.from_string(template).render(values)
    assert said.replace("talk", "TALK").replace("a &lt;b&gt;", "A &lt;B&gt;") == SAYS[template]


def test_a_name_that_was_not_given_is_named() -> None:
    made = Straight(undefined=StrictUndefined)
    with pytest.raises((UndefinedError, TemplateRuntimeError), match="'url' is undefined"):
        made.from_string("{{ url('home.front') }}").render()
    with pytest.raises(UndefinedError, match="has no attribute 'plaec'"):
        made.from_string("{{ row.plaec }}").render(row=Row("Here"))


def test_without_what_is_built_for_the_machine_it_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markupsafe._speedups", None)
    slow = runpy.run_path(direct.__file__)["piece"]
    for value in ("<b> & co", Markup("<b>"), 7, None):
        assert slow(value) == piece(value)
    assert slow("<b>") == "&lt;b&gt;"
