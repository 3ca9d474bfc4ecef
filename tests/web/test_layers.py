"""Templates in layers: who wins, what `next/` means, and that nothing leaks between partners."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup

from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.paths import PACKAGE
from systems_changers.web.layers import IMPORTED, Templates, core_template_dirs

SHELL = "<h1>{% block t %}core{% endblock %}</h1>"
WRAP = '{%% extends "next/web/page.html" %%}{%% block t %%}%s[{{ super() }}]{%% endblock %%}'


def put(home: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return home


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    inner = '{% extends "web/page.html" %}{% block t %}cohort({{ super() }}){% endblock %}'
    web = put(tmp_path / "web", {"web/page.html": SHELL, "web/words.html": "core words"})
    cohorts = put(tmp_path / "cohorts", {"cohorts/show.html": inner})
    plugins = {
        "a": put(tmp_path / "a", {"web/page.html": WRAP % "A", "a/own.html": "only A"}),
        "b": put(tmp_path / "b", {"web/page.html": WRAP % "B", "web/words.html": "B words"}),
        "c": put(tmp_path / "c", {"web/words.html": 'C and {% include "next/web/words.html" %}'}),
    }
    return Templates([web, cohorts], plugins)


@pytest.mark.parametrize(
    ("plugins", "said"),
    [
        ((), "core"),
        (("a",), "A[core]"),
        (("b",), "B[core]"),
        (("a", "b"), "A[B[core]]"),
        (("b", "a"), "B[A[core]]"),
        (("a", "c", "b"), "A[B[core]]"),
        (("gone", "b"), "B[core]"),
    ],
)
def test_next_goes_through_every_layer_in_order(templates: Templates, plugins: tuple[str, ...], said: str) -> None:
    assert templates.render(plugins, "web/page.html", {}) == f"<h1>{said}</h1>"
    assert templates.render(plugins, "cohorts/show.html", {}) == f"<h1>cohort({said})</h1>"


def test_next_of_an_include_skips_layers_that_lack_it(templates: Templates) -> None:
    assert templates.render(("c",), "web/words.html", {}) == "C and core words"
    assert templates.render(("c", "a", "b"), "web/words.html", {}) == "C and B words"


def test_nothing_leaks_between_tuples(templates: Templates) -> None:
    for _ in range(2):
        assert templates.render(("a",), "a/own.html", {}) == "only A"
        with pytest.raises(TemplateNotFound):
            templates.render(("b",), "a/own.html", {})
        with pytest.raises(TemplateNotFound):
            templates.render((), "a/own.html", {})
        assert templates.render((), "web/page.html", {}) == "<h1>core</h1>"
    assert templates.environment(("a",)) is templates.environment(("a",))
    assert templates.environment(("a",)) is not templates.environment(("a", "b"))


def test_next_below_the_core_is_not_found(tmp_path: Path) -> None:
    core = put(tmp_path, {"x.html": '{% extends "next/x.html" %}'})
    with pytest.raises(TemplateNotFound):
        Templates([core], {}).render((), "x.html", {})


def test_a_shared_template_is_compiled_once(templates: Templates, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str | None] = []
    plain = type(templates.base).compile

    def counted(self: object, source: object, name: str | None = None, *rest: object) -> object:
        compiled.append(name)
        return plain(self, source, name, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(type(templates.base), "compile", counted)
    for plugins in ((), ("c",), ("a",), ("a", "c")):
        templates.render(plugins, "cohorts/show.html", {})
    assert compiled.count("cohorts/show.html") == 1


def test_compiled_code_is_kept_for_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core, kept = put(tmp_path / "core", {"x.html": "{{ 1 }}"}), tmp_path / "kept"
    kept.mkdir()
    assert Templates([core], {}, compiled=kept).render((), "x.html", {}) == "1"
    again = Templates([core], {}, compiled=kept)
    with monkeypatch.context() as patch:
        patch.setattr("jinja2.environment.Environment._generate", None)
        assert again.render((), "x.html", {}) == "1"
    put(core, {"x.html": "{{ 2 }}"})
    assert Templates([core], {}, compiled=kept).render((), "x.html", {}) == "2"


def test_words_come_from_the_render_context(tmp_path: Path) -> None:
    core = put(
        tmp_path,
        {
            "x.html": "{% import 'm.html' as m with context %}{% trans %}Cohort{% endtrans %}|"
            "{% trans n=n %}{{ n }} person{% pluralize %}{{ n }} people{% endtrans %}|{{ _('Cohort') }}|{{ m.say() }}",
            "m.html": "{% macro say() %}{% trans who=who %}\n  Hello\n  {{ who }}{% endtrans %}{% endmacro %}",
        },
    )
    templates = Templates([core], {})

    def values(prefix: str) -> dict[str, object]:
        said = lambda text: prefix + text  # noqa: E731 - three in a row
        plural = lambda one, many, n: prefix + (one if n == 1 else many)  # noqa: E731
        return {"_": said, "gettext": said, "ngettext": plural, "n": 3, "who": "<b>"}

    assert templates.render((), "x.html", values("gd:")) == "gd:Cohort|gd:3 people|gd:Cohort|gd:Hello &lt;b&gt;"
    assert templates.render((), "x.html", values("cy:")).startswith("cy:Cohort|cy:3 people")


def test_a_words_values_are_escaped_in_html_and_not_in_a_mails_text(tmp_path: Path) -> None:
    said = '{{ _("We heard: %(what)s", what=words) }}'
    made = Templates([put(tmp_path, {"a.html": said, "a.txt": said})], {})
    speak = Catalogues(tmp_path).catalogue("en_GB").translate
    values = {"_": speak, "words": "<b>R&D</b>"}
    assert made.render((), "a.html", values) == "We heard: &lt;b&gt;R&amp;D&lt;/b&gt;"
    assert made.render((), "a.html", values | {"words": Markup("<b>R</b>")}) == "We heard: &lt;b&gt;R&lt;/b&gt;"
    assert made.render((), "a.txt", values) == "We heard: <b>R&D</b>"


def test_strict_and_escaped(tmp_path: Path) -> None:
    templates = Templates([put(tmp_path, {"x.html": "{{ a }}{{ b.c }}", "x.txt": "{{ a }}"})], {})
    with pytest.raises(UndefinedError):
        templates.render((), "x.html", {"a": 1, "b": {}})
    assert templates.render((), "x.html", {"a": "<", "b": {"c": Markup("<i>")}}) == "&lt;<i>"


def test_every_template_of_the_core_compiles() -> None:
    templates = Templates(core_template_dirs(PACKAGE), {})
    names = templates.environment().list_templates()
    assert "web/page.html" in names
    for name in names:
        templates.environment().get_template(name)


# --- a layer that fails ---


PAGE = '{% import "web/parts.html" as parts %}{{ parts.title(name) }}: {% block t %}core{% endblock %}'
FAILING = {
    "syntax": ({"web/page.html": "{% if %}"}, "web/page.html, line 1: TemplateSyntaxError: "),
    "value": (
        {"web/page.html": '{% extends "next/web/page.html" %}\n{% block t %}{{ nothing.at.all }}{% endblock %}'},
        "web/page.html, line 2: UndefinedError: 'nothing' is undefined",
    ),
    "next": ({"web/page.html": '{% extends "next/web/pages.html" %}'}, "web/page.html, line 1: TemplateNotFound: "),
    "loop": ({"web/page.html": '{% extends "web/page.html" %}'}, "web/page.html, line 1: RecursionError: "),
    "lost": ({"web/parts.html": "no macro here"}, "UndefinedError: "),
}


@pytest.mark.parametrize("kind", FAILING)
@pytest.mark.parametrize("order", [("bad", "good"), ("good", "bad")])
def test_a_failing_layer_is_left_out_and_blamed(tmp_path: Path, kind: str, order: tuple[str, ...]) -> None:
    files, why = FAILING[kind]
    core = put(
        tmp_path / "core", {"web/page.html": PAGE, "web/parts.html": "{% macro title(x) %}<{{ x }}>{% endmacro %}"}
    )
    folders = {
        "bad": put(tmp_path / "bad", files),
        "good": put(tmp_path / "good", {"web/page.html": WRAP % "good"}),
    }
    templates, values = Templates([core], folders), {"name": "Corra", IMPORTED: {}}
    with pytest.raises(Exception) as raised:
        templates.render(order, "web/page.html", values)
    text, blamed = templates.render_without(order, "web/page.html", values, raised.value)
    assert text == "<Corra>: good[core]"
    assert list(blamed) == ["bad"]
    assert blamed["bad"].startswith(why)


def test_an_error_of_the_cores_own_is_nobodys(tmp_path: Path) -> None:
    core = put(tmp_path / "core", {"web/page.html": "{{ nothing }}"})
    templates = Templates([core], {"good": put(tmp_path / "good", {"good/own.html": ""})})
    with pytest.raises(UndefinedError) as raised:
        templates.render(("good",), "web/page.html", {})
    with pytest.raises(UndefinedError) as again:
        templates.render_without(("good",), "web/page.html", {}, raised.value)
    assert again.value is raised.value
