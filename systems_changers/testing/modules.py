"""What a variant is written against: `python -m systems_changers.testing.modules [SLUG]`.

Without a slug every canonical module with its hash; with one also its blocks by key, in order.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from systems_changers.core.curriculum.rules import module_from, module_hash
from systems_changers.infra.paths import PACKAGE

CONTENT = PACKAGE / "core" / "curriculum" / "content"


def modules() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Slug, hash and content of each canonical module, in the programme's order."""
    for file in sorted(CONTENT.glob("*.toml")):
        raw = tomllib.loads(file.read_text("utf-8"))
        module = module_from(raw)
        yield raw["slug"], module_hash(module), module


def main(arguments: Sequence[str]) -> int:
    """[SLUG]: the canonical modules, or one with its blocks."""
    found = [each for each in modules() if each[0] in (arguments or (each[0],))]
    for slug, digest, module in found:
        print(f'base = "core:{slug}"\nbase_hash = "{digest}"')
        for block in module["blocks"] if arguments else ():
            print(f"  {block['key']} ({block['tier']}): {block['title']}")
    if not found:
        print(f"There is no module {' '.join(arguments)}.", file=sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
