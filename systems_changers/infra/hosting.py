"""Files for the machine that hosts an instance: a systemd unit, and a Caddyfile for the reverse proxy in front."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from systems_changers.infra.settings import Settings

UNIT = """\
# /etc/systemd/system/systems-changers.service
[Unit]
Description=The Systems Changers kit
After=network-online.target
Wants=network-online.target

[Service]
User={user}
ExecStart="{program}" serve --data "{data}"
Restart=on-failure
RestartSec=5
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ReadWritePaths="{data}"

[Install]
WantedBy=multi-user.target
"""
CADDY = """\
# /etc/caddy/Caddyfile
{names} {{
	encode gzip
	reverse_proxy 127.0.0.1:{port}
}}
"""


def systemd_unit(settings: Settings, user: str) -> str:
    """A unit that serves the instance as `user`, who may write to the data folder alone."""
    program = Path(sys.executable).with_name("systems-changers")
    return UNIT.format(user=user, program=program, data=settings.data.resolve())


def caddyfile(settings: Settings, domains: Iterable[str] = ()) -> str:
    """A site for the instance's names and partners' own `domains`; Caddy gets their certificates by itself."""
    names = sorted(settings.hosts - {"127.0.0.1", "::1"} | set(domains))
    return CADDY.format(names=", ".join(names), port=settings.port)
