"""A plugin that can't be let in is kept out by name and reason; the host and the other plugins start."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from systems_changers import __version__
from systems_changers.hooks.registry import Registry, find_manifests, load, register
from systems_changers.hooks.specs import hookimpl
from systems_changers.infra.errors import Invalid, Refused
from systems_changers.infra.text import msg
from tests.plugins.house import made_up

GOOD = "from systems_changers.toolkit import hookimpl\n\n@hookimpl\ndef sc_offer_variants():\n    return []\n"


def plant(folder: Path, slug: str, code: str = GOOD, *, kit: str = ">=0.1", more: str = "") -> None:
    """A one-file plugin in a trusted folder."""
    (folder / f"{slug}.py").write_text(code, "utf-8")
    text = f'slug = "{slug}"\ntitle = "{slug}"\nversion = "1"\nkit = "{kit}"\n{more}'
    (folder / f"{slug}.toml").write_text(text, "utf-8")


def loaded(folder: Path) -> Registry:
    """What comes of the plugins in a folder; what is installed here is left out."""
    manifests, kept_out = find_manifests(folder)
    own = [each for each in manifests if each.folder == folder]
    return load(own, kept_out)


def why(registry: Registry) -> dict[str, str]:
    return {each.slug: str(each.why) for each in registry.quarantined}


def test_one_file_is_a_plugin(tmp_path: Path) -> None:
    plant(tmp_path, "tea")
    registry = loaded(tmp_path)
    assert list(registry.manifests) == ["tea"]
    assert why(registry) == {}
    assert registry.usable(["gone", "tea"]) == ("tea",)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "import no_such_module\n",
            "It could not be loaded: bad.py, line 1: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("raise SystemExit(3)\n", "It could not be loaded: bad.py, line 1: SystemExit: 3"),
        ("def broken(:\n", "It could not be loaded: bad.py, line 1: SyntaxError: "),
        (
            GOOD.replace("sc_offer_variants", "sc_offer_varants"),
            "It implements a hook that doesn't exist: sc_offer_varants. Did you mean sc_offer_variants?",
        ),
        (
            GOOD.replace("@hookimpl", "@hookimpl(wrapper=True)").replace("return []", "return (yield)"),
            "It wraps a hook, which plugins may not: sc_offer_variants.",
        ),
        (
            GOOD.replace("sc_offer_variants():", "sc_offer_nav(skope):"),
            "It could not be loaded: Plugin 'bad' for hook 'sc_offer_nav' hookimpl definition: sc_offer_nav(skope)",
        ),
        (GOOD.replace("@hookimpl", ""), "Its sc_offer_variants has no @hookimpl, so nobody would call it."),
    ],
)
def test_bad_code_is_kept_out_and_the_others_run(tmp_path: Path, code: str, reason: str) -> None:
    plant(tmp_path, "bad", code)
    plant(tmp_path, "good")
    registry = loaded(tmp_path)
    assert list(registry.manifests) == ["good"]
    assert why(registry)["bad"].startswith(reason)
    calls = [impl.plugin_name for impl in registry.manager.hook.sc_offer_variants.get_hookimpls()]
    assert calls == ["good"]


@pytest.mark.parametrize(
    ("kit", "reason"),
    [
        (">=9", f"It asks for the kit >=9; this is {__version__}."),
        ("newest", "Its kit version range can't be read: newest."),
    ],
)
def test_another_kit_version_is_kept_out(tmp_path: Path, kit: str, reason: str) -> None:
    plant(tmp_path, "tea", kit=kit)
    assert why(loaded(tmp_path)) == {"tea": reason}


def test_a_bad_manifest_runs_no_code(tmp_path: Path) -> None:
    plant(tmp_path, "tea", "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n", more="slog = 1\n")
    assert "slog is not known here; it can be description, kit, " in why(loaded(tmp_path))["tea"]
    assert not (tmp_path / "ran").exists()


def test_an_unknown_core_is_kept_out(tmp_path: Path) -> None:
    plant(tmp_path, "tea", more='requires_core = "9999"\n')
    plant(tmp_path, "cup", more='requires_core = "0001"\n')
    registry = loaded(tmp_path)
    assert why(registry) == {"tea": "It needs the core at 9999, which is not known here."}
    assert list(registry.manifests) == ["cup"]


def test_who_asks_for_a_plugin_hears_why_it_is_out(tmp_path: Path) -> None:
    plant(tmp_path, "tea", kit=">=9")
    with pytest.raises(Invalid, match="It asks for the kit >=9"):
        loaded(tmp_path).manifest("tea")


def test_what_is_required_comes_first(tmp_path: Path) -> None:
    plant(tmp_path, "aa", more='requires = ["bb"]\n')
    plant(tmp_path, "bb")
    plant(tmp_path, "cc", more='requires = ["gone"]\n')
    registry = loaded(tmp_path)
    assert list(registry.manifests) == ["bb", "aa"]
    assert why(registry) == {"cc": "It needs plugins that are not here: gone."}


def test_who_is_kept_out_later_takes_along_what_needs_it(tmp_path: Path) -> None:
    for slug, needs in (("aa", "bb"), ("bb", "cc"), ("cc", ""), ("dd", "")):
        plant(tmp_path, slug, more=f'requires = ["{needs}"]\n' if needs else "")
    registry = loaded(tmp_path)
    registry.keep_out("cc", msg("Its tables wait."))
    assert list(registry.manifests) == ["dd"]
    assert why(registry) == {
        "cc": "Its tables wait.",
        "bb": "It needs plugins that are not here: cc.",
        "aa": "It needs plugins that are not here: bb.",
    }


def test_two_of_a_name_are_one(tmp_path: Path) -> None:
    plant(tmp_path, "tea")
    plant(tmp_path, "tee", more="")
    (tmp_path / "tee.toml").write_text((tmp_path / "tea.toml").read_text("utf-8"), "utf-8")
    registry = loaded(tmp_path)
    assert list(registry.manifests) == ["tea"]
    assert why(registry) == {"tee": "Two plugins are called tea."}


def test_a_plugin_that_was_refused_leaves_nothing_behind() -> None:
    registry = load([])
    code = SimpleNamespace(sc_offer_varants=hookimpl(lambda: []), sc_offer_variants=hookimpl(lambda: []))  # noqa: PIE807
    with pytest.raises(Refused):
        register(registry, made_up("bad"), code)
    assert registry.manager.hook.sc_offer_variants.get_hookimpls() == []
    with pytest.raises(Invalid):
        registry.manifest("bad")


def test_a_manifest_without_its_code_is_named(tmp_path: Path) -> None:
    plant(tmp_path, "tea")
    (tmp_path / "tea.py").unlink()
    registry = loaded(tmp_path)
    assert "tea" not in registry.manifests
    assert why(registry) == {"tea": f"{tmp_path / 'tea.py'} is missing."}


def test_other_toml_files_and_names_with_dots_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 120\n", "utf-8")
    (tmp_path / "broken.toml").write_text("= no TOML", "utf-8")
    plant(tmp_path, "tea")
    (tmp_path / "tea.old.py").write_text("raise SystemExit\n", "utf-8")
    registry = loaded(tmp_path)
    assert "tea" in registry.manifests
    assert why(registry) == {"tea.old": f"{tmp_path / 'tea.old.toml'} is missing."}


def test_a_hook_that_is_like_no_other_is_named_alone() -> None:
    code = SimpleNamespace(sc_xyzzy=hookimpl(lambda: []))  # noqa: PIE807 - the least that a hook can be
    with pytest.raises(Refused) as refused:
        register(load([]), made_up("bad"), code)
    assert str(refused.value.message) == "It implements a hook that doesn't exist: sc_xyzzy."


def test_of_several_that_are_out_each_says_its_own_reason(tmp_path: Path) -> None:
    for slug in ("one", "two"):
        plant(tmp_path, slug, f"raise RuntimeError('{slug}')\n")
    registry = loaded(tmp_path)
    for slug in ("two", "one"):
        with pytest.raises(Invalid, match=f"RuntimeError: {slug}"):
            registry.manifest(slug)
