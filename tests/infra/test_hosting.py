"""The files for a host name this instance, and give its server no more than it needs."""

from pathlib import Path

from systems_changers.infra.hosting import caddyfile, systemd_unit
from systems_changers.infra.settings import Settings


def test_the_unit_lets_the_server_write_to_its_data_alone(tmp_path: Path) -> None:
    lines = systemd_unit(Settings(tmp_path / "the data"), "kit").splitlines()
    assert {"User=kit", "ProtectSystem=strict", f'ReadWritePaths="{tmp_path / "the data"}"'} <= set(lines)
    (start,) = (line for line in lines if line.startswith("ExecStart="))
    assert start.endswith(f'systems-changers" serve --data "{tmp_path / "the data"}"')


def test_the_proxy_answers_to_public_names_and_partners_own() -> None:
    settings = Settings(Path("data"), public_url="https://kit.example", trusted_hosts=("www.kit.example",), port=9001)
    lines = caddyfile(settings, ["harbour.example"]).splitlines()
    assert lines[1] == "harbour.example, kit.example, www.kit.example {"
    assert "\treverse_proxy 127.0.0.1:9001" in lines
