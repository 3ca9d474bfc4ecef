"""List plugins, and switch them on and off at a partner."""

from __future__ import annotations

import click

from systems_changers.core.home.service import instance, plugins
from systems_changers.infra.terminal import Terminal, command


@click.group()
def plugin() -> None:
    """List plugins, and switch them on and off at a partner."""


@command("list")
def list_plugins(terminal: Terminal) -> None:
    """List the plugins: where each is on, what keeps one out, and what went wrong."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        found = plugins.plugin_lines(kit)
    lines: list[str] = []
    for each in found:
        lines += [f"{each['slug']:28} {each['state']:12} {', '.join(each['partners']) or 'off everywhere'}"]
        lines += [f"    {each['why']}"] if each["why"] else []
        lines += [f"    {fault['hook']}, {fault['times']} times: {fault['why']}" for fault in each["faults"]]
    terminal.answer({"plugins": found}, *(lines or ["No plugin is installed."]))


@command("enable")
@click.argument("slug")
@click.option("--partner", "at", required=True, help="The partner's slug.")
def enable_plugin(terminal: Terminal, slug: str, at: str) -> None:
    """Switch a plugin on at a partner."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        enabled = plugins.switch(kit, slug, at, on=True)
    terminal.answer({"partner": at, "plugins": enabled}, f"{slug} is on at {at}.")


@command("disable")
@click.argument("slug")
@click.option("--partner", "at", required=True, help="The partner's slug.")
def disable_plugin(terminal: Terminal, slug: str, at: str) -> None:
    """Switch a plugin off at a partner; its data is kept."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        enabled = plugins.switch(kit, slug, at, on=False)
    terminal.answer({"partner": at, "plugins": enabled}, f"{slug} is off at {at}; what it stored is kept.")


for each in (list_plugins, enable_plugin, disable_plugin):
    plugin.add_command(each)
