"""The words of a page: layers, plurals, terms, and what is passed over."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from systems_changers.infra.catalogues import Catalogue, Catalogues, fits, parse_plural_forms, places
from systems_changers.infra.languages import fallbacks
from systems_changers.infra.po import read_headers, read_po
from systems_changers.infra.text import Message, msg, nmsg
from tests.infra.catalogue_files import many, one, write

PEOPLE = ("%(n)s person", "%(n)s people")
GD = ("%(n)s neach (a)", "%(n)s neach (b)", "%(n)s daoine (c)", "%(n)s duine (d)")
CY = tuple(f"%(n)s cy{form}" for form in range(6))
AR = tuple(f"%(n)s ar{form}" for form in range(6))


@pytest.fixture
def core(tmp_path: Path) -> Path:
    home = tmp_path / "core"
    write(home, "gd", one("Cohort", "Buidheann") + one("Report", "Aithisg") + many(*PEOPLE, *GD))
    write(home, "cy", one("Cohort", "Carfan") + many(*PEOPLE, *CY), by="Mair Elis")
    write(home, "ar", one("Cohort", "مجموعة") + many(*PEOPLE, *AR))
    write(home, "en_GB@scots", one("Cohort", "Boorach") + many(*PEOPLE, "%(n)s body", "%(n)s fowk"))
    return home


def forms(catalogue: Catalogue, numbers: tuple[int, ...]) -> list[str]:
    return [catalogue.ngettext(*PEOPLE, n) % {"n": n} for n in numbers]


def test_gaelic_has_four_forms(core: Path) -> None:
    gd = Catalogues(core).catalogue("gd")
    assert forms(gd, (0, 1, 2, 3, 10, 11, 12, 13, 19, 20, 21)) == [
        "0 duine (d)",
        "1 neach (a)",
        "2 neach (b)",
        "3 daoine (c)",
        "10 daoine (c)",
        "11 neach (a)",
        "12 neach (b)",
        "13 daoine (c)",
        "19 daoine (c)",
        "20 duine (d)",
        "21 duine (d)",
    ]


def test_welsh_and_arabic_follow_cldr(core: Path) -> None:
    words = Catalogues(core)
    assert [each[-1] for each in forms(words.catalogue("cy"), (0, 1, 2, 3, 4, 6, 7, 11))] == list(
        "01234"[:4] + "5" + "4" + "55"
    )
    arabic = forms(words.catalogue("ar"), (0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111))
    assert [each[-1] for each in arabic] == list("01233445534")


def test_a_day_among_the_values_is_said_in_the_readers_language(core: Path) -> None:
    words, by = Catalogues(core), msg("You have an answer by %(day)s.", day=date(2026, 3, 27))
    assert words.catalogue("en_GB").translate(by) == "You have an answer by 27 March 2026."
    assert words.catalogue("en_GB@scots").translate(by) == "You have an answer by 27 March 2026."
    assert words.catalogue("cy").translate(by) == "You have an answer by 27 Mawrth 2026."
    assert words.catalogue("gd").gettext("%(day)s", day=date(2026, 3, 27)) == "27mh dhen Mhàrt 2026"
    at = datetime(2026, 3, 27, 9, 5, tzinfo=UTC)
    assert words.catalogue("cy").translate(msg("%(at)s", at=at)) == "27 Mawrth 2026, 09:05 UTC"


@pytest.mark.parametrize("code", ["gd", "cy", "ar"])
def test_a_plugin_without_the_language_leaves_plurals_alone(core: Path, tmp_path: Path, code: str) -> None:
    write(tmp_path / "plain", "en_GB@scots", one("Cohort", "Gaitherin"))
    alone = Catalogues(core).catalogue(code)
    beside = Catalogues(core, {"plain": tmp_path / "plain"}).catalogue(code, ("plain",))
    numbers = tuple(range(121))
    assert forms(beside, numbers) == forms(alone, numbers)


def test_a_plugin_without_a_header_is_read_by_our_own_rule(core: Path, tmp_path: Path) -> None:
    home = tmp_path / "bare"
    write(home, "gd", many("%(n)s day", "%(n)s days", "a", "b", "c", "d"), plural="")
    gd = Catalogues(core, {"bare": home}).catalogue("gd", ("bare",))
    assert [gd.ngettext("%(n)s day", "%(n)s days", n) for n in (1, 2, 3, 20)] == list("abcd")
    assert forms(gd, (3, 20)) == ["3 daoine (c)", "20 duine (d)"]


def test_each_catalogue_keeps_its_own_rule(core: Path, tmp_path: Path) -> None:
    home = tmp_path / "odd"
    odd = "nplurals=2; plural=(n > 5);"
    write(home, "gd", many("%(n)s day", "%(n)s days", "few", "lots"), plural=odd)
    gd = Catalogues(core, {"odd": home}).catalogue("gd", ("odd",))
    assert [gd.ngettext("%(n)s day", "%(n)s days", n) for n in (5, 6)] == ["few", "lots"]
    assert forms(gd, (12, 20)) == ["12 neach (b)", "20 duine (d)"]


def test_the_first_layer_wins(core: Path, tmp_path: Path) -> None:
    write(tmp_path / "a", "gd", one("Cohort", "A"))
    write(tmp_path / "b", "gd", one("Cohort", "B") + one("Report", "B-aithisg"))
    words = Catalogues(core, {"a": tmp_path / "a", "b": tmp_path / "b"})
    said = {
        order: (words.catalogue("gd", order).gettext("Cohort"), words.catalogue("gd", order).gettext("Report"))
        for order in (("a", "b"), ("b", "a"), ("a",), ())
    }
    assert said == {
        ("a", "b"): ("A", "B-aithisg"),
        ("b", "a"): ("B", "B-aithisg"),
        ("a",): ("A", "Aithisg"),
        (): ("Buidheann", "Aithisg"),
    }
    partner = words.catalogue("gd", ("a",), {"Cohort": "Cearcall"}, "corra")
    assert partner.gettext("Cohort") == "Cearcall"


def test_a_term_renames_for_one_partner_only(core: Path) -> None:
    words = Catalogues(core)
    circle = words.catalogue("en_GB", (), {"Cohort": "Circle"}, ("corra", 1))
    plain = words.catalogue("en_GB", (), {}, ("south-east", 1))
    assert (circle.gettext("Cohort"), plain.gettext("Cohort")) == ("Circle", "Cohort")
    again = words.catalogue("en_GB", (), {"Cohort": "Ring"}, ("corra", 1))
    changed = words.catalogue("en_GB", (), {"Cohort": "Ring"}, ("corra", 2))
    assert again is circle
    assert changed.gettext("Cohort") == "Ring"


def test_a_term_renames_plurals_where_the_language_has_two(core: Path) -> None:
    terms = {"%(n)s person": "%(n)s neighbour", "%(n)s people": "%(n)s neighbours"}
    words = Catalogues(core)
    assert forms(words.catalogue("en_GB", (), terms, 1), (1, 2)) == ["1 neighbour", "2 neighbours"]
    assert forms(words.catalogue("en_GB@scots", (), terms, 1), (1, 2)) == ["1 neighbour", "2 neighbours"]
    assert forms(words.catalogue("gd", (), terms, 1), (3,)) == ["3 daoine (c)"]


def test_terms_may_answer_for_each_locale_and_are_asked_once(core: Path) -> None:
    asked: list[str] = []

    def terms(code: str) -> dict[str, str]:
        asked.append(code)
        return {"Not translated": "Circle"} if code == "en_GB" else {"Cohort": "Cearcall"}

    words = Catalogues(core)
    for _ in range(2):
        gd = words.catalogue("gd", (), terms, "corra")
        assert (gd.gettext("Cohort"), gd.gettext("Not translated")) == ("Cearcall", "Circle")
    assert asked == ["gd", "en_GB"]


def test_scots_falls_back_to_english(core: Path) -> None:
    scots = Catalogues(core).catalogue("en_GB@scots")
    assert (scots.gettext("Cohort"), scots.gettext("Report")) == ("Boorach", "Report")
    assert forms(scots, (1, 2)) == ["1 body", "2 fowk"]
    assert (scots.language.html, scots.language.formats) == ("sco", "en_GB")
    assert fallbacks("en_GB@scots") == ("en_GB@scots", "en_GB")
    assert fallbacks("ar_EG") == ("ar_EG", "ar", "en_GB")


def test_drafts_until_a_named_speaker_accepts_every_layer(core: Path, tmp_path: Path) -> None:
    write(tmp_path / "a", "cy", one("Cohort", "Cylch"))
    words = Catalogues(core, {"a": tmp_path / "a"})
    assert not words.catalogue("cy").language.draft
    assert words.catalogue("cy", ("a",)).language.draft
    assert words.language("gd").draft
    assert words.language("ur").draft
    assert not words.language("en_GB", ("a",)).draft
    assert words.core_locales() == ("en_GB", "ar", "cy", "en_GB@scots", "gd")


def test_translate_fills_places_and_speaks_messages_within(core: Path) -> None:
    words = Catalogues(core).catalogue("gd", (), {"%(what)s is late.": "Tha %(what)s anmoch."}, 1)
    late = msg("%(what)s is late.", what=Message("Cohort"))
    assert words.translate(late) == "Tha Buidheann anmoch."
    assert words.translate("Report") == "Aithisg"
    assert words.translate(msg("100 % new")) == "100 % new"


def test_values_may_be_given_as_keywords(tmp_path: Path) -> None:
    write(
        tmp_path,
        "gd",
        one("Cohort", "Buidheann") + one("We heard: %(name)s", "Chuala sinn: %(name)s") + many(*PEOPLE, *GD),
    )
    gd = Catalogues(tmp_path).catalogue("gd")
    assert gd.translate("We heard: %(name)s", name="100 %") == "Chuala sinn: 100 %"
    assert gd.gettext("We heard: %(name)s", name=msg("Cohort")) == "Chuala sinn: Buidheann"
    assert gd.ngettext(*PEOPLE, 2, n=2) == "2 neach (b)"
    assert gd.translate(msg("We heard: %(name)s", name="one"), name="another") == "Chuala sinn: another"
    assert gd.translate("80 % of %(name)s") == "80 % of %(name)s"


def test_a_message_about_a_number_takes_the_languages_form(core: Path) -> None:
    words = Catalogues(core)
    said = [words.catalogue("gd").translate(nmsg("%(n)s person", "%(n)s people", n, n=n)) for n in (1, 2, 3, 20)]
    assert said == ["1 neach (a)", "2 neach (b)", "3 daoine (c)", "20 duine (d)"]
    assert words.catalogue("cy").translate(nmsg("%(count)s owl", "%(count)s owls", 2)) == "2 owls"


def test_texts_that_would_break_a_page_are_passed_over(core: Path, tmp_path: Path) -> None:
    terms = {
        "Cohort": "<b>Circle</b>",
        "Hello %(name)s": "Halò %(nam)s",
        "Of %(n)s": "50% of %(n)s",
        "Kept": "Glèidhte",
    }
    words = Catalogues(core).catalogue("en_GB", (), terms, 1)
    said = [words.gettext(each) for each in terms]
    assert said == ["Cohort", "Hello %(name)s", "Of %(n)s", "Glèidhte"]


def test_what_fits() -> None:
    assert fits("%(a)s of %(b)s", "%(b)s: %(a)s")
    assert not fits("%(a)s of %(b)s", "%(a)s")
    assert fits("%(n)s people", "no people", fewer=True)
    assert not fits("Cohort", "%(n)s")
    assert fits("50 % done", "50 % deiseil")
    assert fits("%(n)s %% done", "%(n)s %% deiseil")
    assert not fits("%(n)d", "%(n)s")
    assert fits("<b>%(n)s</b>", "<b>%(n)s</b>")
    assert fits("The signs < and >", "Na soidhnichean < agus >")
    assert places("%s of %s") == {"2 without a name"}


@pytest.mark.parametrize(
    "text",
    [
        "<b>a</b><script>a</script>", "<b onclick='a'>a</b>", "<b>a</b><img src=x onerror=a", "<i>a</i>",
        "<b>a</b><!--a-->", "<b>a</b> < c", "<b>a</b> &lt;",
    ],
)  # fmt: skip
def test_a_text_with_markup_takes_no_other(text: str) -> None:
    assert fits("<b>a</b> b", "b <b>a</b>")
    assert not fits("<b>a</b> b", text)
    assert not fits("The signs < and >", text)


def test_fuzzy_and_empty_entries_are_not_used(tmp_path: Path) -> None:
    body = "#, fuzzy\n" + one("Cohort", "Tomhas") + one("Report", "")
    body += 'msgid "%(count)s day"\nmsgid_plural "%(count)s days"\nmsgstr[0] "%(count)s latha"\nmsgstr[1] ""\n\n'
    file = write(tmp_path, "gd", body)
    assert read_po(file).texts == {}
    assert read_po(file).plurals == {}
    gd = Catalogues(tmp_path).catalogue("gd")
    assert (gd.gettext("Cohort"), gd.gettext("Report")) == ("Cohort", "Report")


def test_a_broken_file_is_left_out(core: Path, tmp_path: Path) -> None:
    write(tmp_path / "broken", "gd", "what is this")
    gd = Catalogues(core, {"broken": tmp_path / "broken"}).catalogue("gd", ("broken",))
    assert gd.gettext("Cohort") == "Buidheann"


def test_headers_that_babel_drops_are_read(tmp_path: Path) -> None:
    file = write(tmp_path, "gd", one("a", "b"), by="Mòrag NicLeòid")
    assert read_po(file).accepted_by == "Mòrag NicLeòid"
    assert read_headers('msgid ""\nmsgstr ""\n"X-Accepted-By: A "\n"B\\n"\n')["x-accepted-by"] == "A B"


def test_the_hot_path_is_a_dictionary_look_up(core: Path) -> None:
    words = Catalogues(core)
    made = words.catalogue("gd", ("a",), {}, 1)
    assert words.catalogue("gd", ("a",), {}, 1) is made
    assert type(made.texts) is dict
    assert Catalogue.gettext.__code__.co_names == ("texts", "get", "_filled")


def test_a_plural_with_too_few_forms_is_passed_over(core: Path, tmp_path: Path) -> None:
    home = tmp_path / "short"
    write(home, "gd", many("%(n)s day", "%(n)s days", "%(n)s latha", "%(n)s làithean"), plural="")
    gd = Catalogues(core, {"short": home}).catalogue("gd", ("short",))
    assert [gd.ngettext("%(n)s day", "%(n)s days", n) for n in (1, 2)] == ["%(n)s day", "%(n)s days"]


def test_a_rule_that_can_not_be_read_is_english_s() -> None:
    count, rule = parse_plural_forms("nplurals=2; plural=__import__('os');")
    assert (count, [rule(number) for number in (0, 1, 2)]) == (2, [1, 0, 1])


def test_so_many_catalogues_are_kept_and_no_more(core: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("systems_changers.infra.catalogues.KEPT", 2)
    words = Catalogues(core)
    kept = [words.catalogue(code) for code in ("gd", "cy", "ar")]
    assert [each.gettext("Cohort") for each in kept] == ["Buidheann", "Carfan", "مجموعة"]
    assert list(words._made) == [("ar", (), None)]
    assert words.catalogue("ar") is kept[2]
    assert words.catalogue("gd") is not kept[0]
