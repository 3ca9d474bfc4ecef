"""What libraries that speak through Flask-Babel hear."""

from pathlib import Path

import flask_babel
import pytest
from flask import Flask

from systems_changers.infra.catalogues import Catalogues
from systems_changers.web.i18n import install, speak
from tests.infra.catalogue_files import many, one, write


@pytest.fixture
def app() -> Flask:
    made = Flask("test")
    install(made)
    return made


@pytest.fixture
def words(tmp_path: Path) -> Catalogues:
    body = one("Cohort", "Buidheann") + many("%(num)s day", "%(num)s days", "a", "b", "c", "d")
    write(tmp_path, "gd", body)
    return Catalogues(tmp_path)


def test_flask_babel_speaks_the_chosen_words(app: Flask, words: Catalogues) -> None:
    with app.test_request_context():
        speak(words.catalogue("gd", (), {"Report": "Sgeul"}, 1), "Europe/London")
        said = [flask_babel.gettext("Cohort"), flask_babel.gettext("Report"), str(flask_babel.lazy_gettext("Cohort"))]
        assert said == ["Buidheann", "Sgeul", "Buidheann"]
        assert [flask_babel.ngettext("%(num)s day", "%(num)s days", n) for n in (1, 2, 3, 11, 12, 20)] == list("abcabd")
        assert str(flask_babel.get_locale()) == "gd"
        assert str(flask_babel.get_timezone()) == "Europe/London"


def test_nothing_stays_for_the_next_request(app: Flask, words: Catalogues) -> None:
    with app.test_request_context():
        speak(words.catalogue("gd"), "Europe/London")
        assert flask_babel.gettext("Cohort") == "Buidheann"
    with app.test_request_context():
        assert flask_babel.gettext("Cohort") == "Cohort"
        assert str(flask_babel.get_locale()) == "en_GB"
    with app.app_context():
        speak(words.catalogue("en_GB@scots"), "UTC")
        assert str(flask_babel.get_locale()) == "en_GB"
