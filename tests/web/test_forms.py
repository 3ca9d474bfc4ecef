"""Forms from schemas: what is read, what is refused and in which words, what is shown again."""

import datetime as dt
import io
from pathlib import Path
from uuid import UUID

import pytest
from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema
from werkzeug.datastructures import FileStorage, MultiDict

from systems_changers.infra.errors import Conflict, Invalid
from systems_changers.infra.paths import PACKAGE
from systems_changers.infra.text import N_, Message, msg
from systems_changers.web.forms import Form
from systems_changers.web.layers import IMPORTED, Templates, core_template_dirs
from systems_changers.web.widgets import shown

ANNA = UUID("01890000-0000-7000-8000-000000000001")


class CohortSchema(Schema):
    """A field of each kind."""

    name = fields.String(
        required=True, validate=validate.Length(3, 20), metadata={"label": N_("Cohort's name"), "hint": N_("Short")}
    )
    form = fields.String(
        required=True,
        validate=validate.OneOf(["place", "mixed"]),
        metadata={"label": N_("Form"), "choices": [("place", N_("Place-based")), ("mixed", N_("Mixed"))]},
    )
    start = fields.Date(
        allow_none=True,
        validate=validate.Range(min=dt.date(2015, 1, 1)),
        metadata={"label": N_("When does it start?"), "short": N_("Start")},
    )
    at = fields.NaiveDateTime(allow_none=True)
    people = fields.Integer(load_default=12, validate=validate.Range(0, 30))
    email = fields.Email(error_messages={"required": N_("Enter her address.")})
    themes = fields.List(fields.String(validate=validate.OneOf(["a", "b"])), validate=validate.Length(max=1))
    agree = fields.Boolean(required=True, validate=validate.Equal(True))
    note = fields.String(metadata={"rows": 7})
    who = fields.UUID(allow_none=True, metadata={"label": N_("Who")})
    extra = fields.String(allow_none=True, validate=validate.Regexp("^[a-z]+$", error=N_("Small letters only.")))
    secret = fields.String(metadata={"widget": "password"})
    made = fields.String(dump_only=True)

    @validates("note")
    def note_is_kind(self, value: str, data_key: str) -> None:
        if "stupid" in value:
            raise ValidationError(msg("Find a kinder word than %(word)s.", word="stupid"))  # type: ignore[arg-type]

    @validates_schema
    def sensible(self, data: dict[str, object], **_: object) -> None:
        if data.get("people") == 13:
            raise ValidationError(N_("Thirteen is too odd."))


GOOD = {"name": "Portlaggan", "form": "place", "agree": "1"}


def read(*pairs: tuple[str, str], **values: str) -> Form:
    return Form.read(CohortSchema, MultiDict([*{**GOOD, **values}.items(), *pairs]))


def said(form: Form) -> list[tuple[str, str]]:
    return [(place, str(text)) for place, text in form.told(str).errors]


def test_a_good_form() -> None:
    form = read(
        ("themes", "a"), csrf_token="t", version="3", start="2026-03-27", at="2026-03-27T10:00", people="9",
        email="anna@example.org", note=" Two\r\nlines ", extra="", who=str(ANNA), secret=" p w ",
    )  # fmt: skip
    assert form.ok
    assert form.errors == []
    assert form.version == 3
    assert form.values == {
        "name": "Portlaggan",
        "form": "place",
        "start": dt.date(2026, 3, 27),
        "at": dt.datetime(2026, 3, 27, 10, 0),  # noqa: DTZ001 - the slice knows the zone
        "people": 9,
        "email": "anna@example.org",
        "themes": ["a"],
        "agree": True,
        "note": "Two\nlines",
        "who": ANNA,
        "extra": None,
        "secret": " p w ",
    }


def test_empty_optional_answers() -> None:
    form = read(start="", people="", email="", note="", who="", extra=" ")
    assert form.ok
    wanted: dict[str, object] = {
        "start": None,
        "people": 12,
        "email": None,
        "note": None,
        "who": None,
        "extra": None,
        "themes": [],
    }
    assert {name: form.values[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Cohort's name: this needs an answer."),
        ("name", "  \x00 ", "Cohort's name: this needs an answer."),
        ("name", "ab", "Cohort's name: use at least 3 characters."),
        ("name", "x" * 21, "Cohort's name: use at most 20 characters. There are 21 now."),
        ("form", "", "Form: choose an answer."),
        ("form", "zz", "Form: choose one of the answers shown."),
        ("start", "31 2 2026", "Start: enter a date, such as 27 3 2026."),
        ("start", "soon", "Start: enter a date, such as 27 3 2026."),
        ("start", "2014-12-31", "Start: enter a date on or after 1 1 2015."),
        ("at", "noon", "At: enter a date and a time."),
        ("at", "2026-03-27T10:00Z", "At: enter a date and a time."),
        ("people", "a dozen", "People: enter a whole number, such as 12."),
        ("people", "31", "People: enter a number from 0 to 30."),
        ("people", "9" * 5000, "People: enter a whole number, such as 12."),
        ("email", "anna", "Email: enter an e-mail address, such as name@example.org."),
        ("themes", "zz", "Themes: choose one of the answers shown."),
        ("agree", "", "Agree: tick this box to go on."),
        ("note", "so stupid", "Find a kinder word than stupid."),
        ("note", "y" * 10_001, "Note: use at most 10000 characters. There are 10001 now."),
        ("who", "1", "Who: choose one of the answers shown."),
        ("extra", "BIG", "Small letters only."),
    ],
)
def test_refusals_name_the_field_and_keep_what_was_typed(field: str, typed: str, sentence: str) -> None:
    form = read(**{field: typed})
    assert not form.ok
    assert form.values == {}
    assert said(form) == [(f"field-{field}", sentence)]
    assert str(form.fields[field].error) == sentence
    if field not in {"agree", "themes"}:
        assert form.fields[field].value == typed.strip(" \x00")
    assert form.fields["name" if field != "name" else "form"].error is None


def test_errors_stand_in_the_forms_order() -> None:
    form = Form.read(CohortSchema, MultiDict({"people": "x"}))
    assert [place for place, _ in form.errors] == ["field-name", "field-form", "field-people", "field-agree"]


def test_what_concerns_the_whole_form() -> None:
    assert said(read(people="13")) == [("", "Thirteen is too odd.")]
    strange = read(is_admin="1", made="x")
    assert [place for place, _ in strange.errors] == [""]
    assert "changed since you opened it" in said(strange)[0][1]


def test_dates_typed_by_hand_are_read_day_first() -> None:
    for typed in ("27 3 2026", "27/3/2026", "27.03.2026", "27-3-2026"):
        assert read(start=typed).values["start"] == dt.date(2026, 3, 27)


def test_too_many_choices() -> None:
    form = read(("themes", "a"), ("themes", "b"))
    assert said(form) == [("field-themes", "Themes: choose at most 1.")]
    assert form.fields["themes"].value == ["a", "b"]


def test_a_password_is_never_shown_again() -> None:
    form = read(secret="hunter2", name="")
    assert form.fields["secret"].value is None


def test_widgets() -> None:
    form = Form.blank(CohortSchema)
    assert {name: each.kind for name, each in form.fields.items()} == {
        "name": "text",
        "form": "radios",
        "start": "date",
        "at": "datetime-local",
        "people": "number",
        "email": "email",
        "themes": "checkboxes",
        "agree": "checkbox",
        "note": "textarea",
        "who": "text",
        "extra": "text",
        "secret": "password",
    }
    assert form.fields["name"].attrs == {"maxlength": 20}
    assert form.fields["people"].attrs == {"inputmode": "numeric", "min": "0", "max": "30"}
    assert form.fields["start"].attrs == {"min": "2015-01-01"}
    assert form.fields["note"].rows == 7
    assert (form.fields["people"].value, form.fields["name"].value, form.version) == ("12", None, None)
    assert form.fields["name"].required
    assert form.ok


def test_values_and_version_of_a_record() -> None:
    moment = dt.datetime(2026, 3, 27, 10, 5, 59)  # noqa: DTZ001 - as a slice gives it, in the cohort's zone
    form = Form.blank(
        CohortSchema, {"name": "A", "start": dt.date(2026, 3, 1), "at": moment, "agree": True, "people": None}, 7
    )
    values = {name: form.fields[name].value for name in ("name", "start", "at", "agree", "people")}
    assert values == {"name": "A", "start": "2026-03-01", "at": "2026-03-27T10:05", "agree": True, "people": None}
    assert form.version == 7


def test_choices_given_at_run_time() -> None:
    people = [(str(ANNA), "Form"), ("01890000-0000-7000-8000-000000000002", "Ben")]
    blank = Form.blank(CohortSchema, choices={"who": people})
    assert blank.fields["who"].kind == "radios"
    ok = Form.read(CohortSchema, MultiDict({**GOOD, "who": str(ANNA)}), {"who": people})
    assert ok.values["who"] == ANNA
    stranger = "01890000-0000-7000-8000-000000000009"
    wrong = Form.read(CohortSchema, MultiDict({**GOOD, "who": stranger}), {"who": people})
    assert said(wrong) == [("field-who", "Who: choose one of the answers shown.")]


def test_told_translates_labels_and_errors_but_not_data() -> None:
    gaelic = {"Form": "Cruth", "Place-based": "Àite", "%(field)s: choose an answer.": "%(field)s: tagh."}

    def translate(text: Message | str) -> str:
        if isinstance(text, str):
            return gaelic.get(text, text)
        values = {key: translate(value) if isinstance(value, Message) else value for key, value in text.values.items()}
        return gaelic.get(text.text, text.text) % values if values else gaelic.get(text.text, text.text)

    form = Form.read(CohortSchema, MultiDict({**GOOD, "form": ""}), {"who": [(str(ANNA), "Form")]})
    told = form.told(translate)
    assert told.errors == [("field-form", "Cruth: tagh.")]
    assert told.fields["form"].error == "Cruth: tagh."
    assert told.fields["form"].label == "Cruth"
    assert told.fields["form"].choices == [("place", "Àite"), ("mixed", "Mixed")]
    assert (str(ANNA), "Form") in told.fields["who"].choices
    assert form.fields["form"].label == "Form"


def test_a_services_refusal_joins_the_form() -> None:
    form = read(name="Loch")
    form.fail(Invalid(fields={"name": [msg("There is a %(name)s already.", name="Loch")]}))
    assert said(form) == [("field-name", "There is a Loch already.")]
    assert form.fields["name"].value == "Loch"
    assert said(read().fail(Invalid(msg("Not now.")))) == [("", "Not now.")]
    assert said(read().fail(Invalid(fields={"gone": [msg("No.")]}))) == [("", "No.")]


def test_what_somebody_else_saved_stands_beside_it() -> None:
    form = read(form="mixed", extra="b", version="1")
    theirs = {"form": "place", "agree": False, "themes": ["a", "b"], "name": "Portlaggan"}
    mine = {"form": "mixed", "agree": True, "themes": [], "name": "Portlaggan", "gone": 1}
    met = form.meet(Conflict(mine=mine, theirs=theirs, version=4))
    assert met.version == 4
    assert met.told(lambda text: str(text).upper()).both == [
        ("FORM", ["MIXED"], ["PLACE-BASED"]),
        ("THEMES", ["–"], ["A", "B"]),
        ("AGREE", ["YES"], ["NO"]),
    ]
    assert met.fields["form"].value == "mixed"


def test_answers_of_a_mapping_are_found_and_none_that_differs_shows_all() -> None:
    class Look(Schema):
        light_ink = fields.String(metadata={"label": N_("Text")})
        light_soft = fields.String(metadata={"label": N_("Soft")})

    form = Form.read(Look, {"light_ink": "#000000", "light_soft": "#ffffff"})
    mine = {"light": {"ink": "#000000", "soft": "#ffffff"}}
    met = form.meet(Conflict(mine=mine, theirs={"light": {"ink": "#111111", "soft": "#ffffff"}}, version=2))
    assert met.both == [("Text", ("#000000",), ("#111111",))]
    assert len(form.meet(Conflict(mine=mine, theirs=mine, version=2)).both) == 2


@pytest.mark.parametrize("version", ["", "x", "-1", "٣", "9" * 30, "1.0"])
def test_a_version_is_a_number_or_nothing(version: str) -> None:
    assert read(version=version).version is None


def test_shown() -> None:
    assert [shown(each) for each in (None, 3, "a", [ANNA], dt.time(9, 5), 2.5)] == [
        None,
        "3",
        "a",
        [str(ANNA)],
        "09:05",
        "2.5",
    ]


PAGE = """{% import "web/fields.html" as fields with context %}
{{ fields.form_start("/x", form) }}{{ fields.error_summary(form) }}
{% for name in form.fields %}{{ fields.field(form, name) }}{% endfor %}{{ fields.form_end() }}"""


def test_the_macros_show_a_form(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text(PAGE)
    templates = Templates([tmp_path, *core_template_dirs(PACKAGE)], {})
    form = read(("themes", "b"), name="<xx>", start="soon", version="3").told(str)
    words = {"_": str, "gettext": str, "ngettext": lambda one, many, n: one if n == 1 else many}
    page = templates.render((), "x.html", {**words, "csrf": "t", "form": form})
    assert '<input type="hidden" name="version" value="3">' in page
    assert '<a href="#field-start">Start: enter a date, such as 27 3 2026.</a>' in page
    assert 'id="field-start" name="start" value="soon"' in page
    assert 'value="&lt;xx&gt;"' in page
    assert page.count('aria-invalid="true"') == 1
    assert page.count(" checked") == 3


# --- files ---


class SeenSchema(Schema):
    """Words, and a file."""

    text = fields.String(required=True, metadata={"label": N_("Words")})
    file = fields.Raw(load_default=None, metadata={"label": N_("File"), "widget": "file", "accept": ".pdf"})


def sent(text: str, *files: FileStorage) -> Form:
    return Form.read(SeenSchema, MultiDict({"text": text, "file": "a text is no file"}), files=MultiDict(
        [("file", each) for each in files]))  # fmt: skip


def test_a_file_is_handed_on_as_it_was_sent() -> None:
    form = sent("Seen", FileStorage(io.BytesIO(b"content"), "a.pdf"))
    assert form.ok
    upload = form.values["file"]
    assert (upload.name, upload.stream.read()) == ("a.pdf", b"content")


@pytest.mark.parametrize("files", [(), (FileStorage(io.BytesIO(b""), ""),), (FileStorage(io.BytesIO(b"x"), None),)])
def test_no_file_was_chosen(files: tuple[FileStorage, ...]) -> None:
    form = sent("Seen", *files)
    assert (form.ok, form.values["file"]) == (True, None)
    assert form.fail(Invalid(fields={"text": [msg("No.")]})).errors == [("field-text", msg("No."))]


def test_a_refused_form_asks_for_the_file_again_and_never_shows_its_name() -> None:
    form = sent("", FileStorage(io.BytesIO(b"content"), "Ailsa.pdf"))
    assert [place for place, _ in form.errors] == ["field-text", "field-file"]
    assert str(form.fields["file"].error).startswith("Choose the file again")
    assert form.values == {}
    later = sent("Seen", FileStorage(io.BytesIO(b"content"), "Ailsa.pdf"))
    later.fail(Invalid(fields={"text": [msg("No.")]}))
    assert [str(said)[:15] for _, said in later.errors] == ["No.", "Choose the file"]
    page = Templates(core_template_dirs(PACKAGE), {}).environment().from_string(
        "{% import 'web/fields.html' as fields with context %}{{ fields.field(form, 'file') }}"
    ).render(form=form.told(str), _=str, gettext=str, csrf="", **{IMPORTED: {}})  # fmt: skip
    assert 'type="file" id="field-file" name="file"' in page
    assert 'accept=".pdf"' in page
    assert "Ailsa" not in page


def test_a_file_that_is_refused_itself_is_not_asked_for_again() -> None:
    form = sent("Seen", FileStorage(io.BytesIO(b"content"), "a.pdf"))
    form.fail(Invalid(fields={"file": [msg("Too large.")]}))
    assert form.errors == [("field-file", msg("Too large."))]
