"""An error names the line of a plugin's own that it came through."""

from pathlib import Path

from systems_changers.infra.blame import explained, line_in, stages


def caught(code: str, file: Path) -> BaseException:
    try:
        exec(compile(code, str(file), "exec"), {})
    except BaseException as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError


def test_the_line_is_the_innermost_in_the_folder(tmp_path: Path) -> None:
    error = caught("def f():\n    int('x')\n\nf()\n", tmp_path / "tea" / "pages.py")
    assert line_in(tmp_path, error) == ("tea/pages.py", 2)
    assert line_in(tmp_path / "coffee", error) is None
    assert explained(error, tmp_path / "tea").startswith("pages.py, line 2: ValueError: invalid literal")
    assert explained(ValueError("one\ntwo"), None) == "ValueError: one"


def test_a_syntax_error_is_where_it_says(tmp_path: Path) -> None:
    error = caught("x = 1\ndef broken(:\n", tmp_path / "models.py")
    assert line_in(tmp_path, error) == ("models.py", 2)


def test_what_the_interpreter_says_of_code_is_told_and_what_people_wrote_is_not(tmp_path: Path) -> None:
    said = [stages(caught(code, tmp_path / "pages.py"))[0] for code in ("harbour", "[].tea", "int('Morag')")]
    assert said == [
        "NameError: name 'harbour' is not defined",
        "AttributeError: 'list' object has no attribute 'tea'",
        "ValueError",
    ]
