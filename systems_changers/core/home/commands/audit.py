"""The commands about what was recorded: prove that nothing of it was altered since."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from systems_changers.core.home.service import instance
from systems_changers.core.home.service.chains import KeptHead, verify
from systems_changers.core.operations.service import ChainReport
from systems_changers.infra.errors import Invalid
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg

_HEAD = re.compile(r"(?P<chain>[^:]+):(?P<number>[1-9][0-9]{0,8}):(?P<hash>[0-9a-f]{64})")
KEEP = "Keep these heads elsewhere: with --head, one of them proves later that nothing was cut off since."


@click.group()
def audit() -> None:
    """What was recorded: prove that it is as it was."""


@command("verify")
@click.option("--partner", "slug", help="Only this partner's entries; `operator` for what is outside any partner.")
@click.option("--head", "heads", multiple=True, metavar="PARTNER:NUMBER:HASH",
              help="A head that was kept of an earlier time; may be repeated.")  # fmt: skip
def verify_audit(terminal: Terminal, slug: str | None, heads: tuple[str, ...]) -> None:
    """Seal what waits, and prove that every entry of the audit is there, in its place, and as it was sealed."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        found = verify(kit, slug, [_kept(text) for text in heads])
    chains = [
        {"chain": each.name, "entries": each.number, "head": f"{each.name}:{each.number}:{each.head}",
         "wrong": None if each.wrong is None else str(each.wrong),
         "wrongs": [str(wrong) for wrong in each.wrongs], "more": each.unnamed}
        for each in found
    ]  # fmt: skip
    wrong = [line for each in found for line in _wrong(each)]
    terminal.answer({"chains": chains, "intact": not wrong}, *_said(found))
    if wrong:
        raise click.ClickException("\n".join(wrong))


def _kept(text: str) -> KeptHead:
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise Invalid(msg("--head wants PARTNER:NUMBER:HASH as `audit verify` printed it, not %(text)s.", text=text))
    return KeptHead(found["chain"], int(found["number"]), found["hash"])


def _wrong(found: ChainReport) -> Iterator[str]:
    yield from (f"{found.name}: {wrong}" for wrong in found.wrongs)
    if found.unnamed:
        yield f"{found.name}: and {found.unnamed:,} more."


def _said(found: list[ChainReport]) -> Iterator[str]:
    for each in found:
        entries = "1 entry" if each.number == 1 else f"{each.number:,} entries"
        held = "is" if each.number == 1 else "are"
        yield f"{each.name}: {entries} {held} as sealed" + ("." if each.wrong is None else ", then something is wrong.")
        if each.number:
            yield f"    head {each.name}:{each.number}:{each.head}"
    yield KEEP


audit.add_command(verify_audit)
