"""What a module is, when two are the same, and what a variant makes of one.

The hash decides, never the label: canonical form is RFC 8785 over NFC text, with integers only.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import N_, Message, msg

STAGES = MappingProxyType(
    {
        "arrive": N_("Arrive"),
        "see": N_("See the system"),
        "flex": N_("Find the flex"),
        "experiment": N_("Experiment"),
        "return": N_("Return"),
    }
)
LENSES = MappingProxyType({"me": N_("Me"), "organisation": N_("My organisation"), "system": N_("The wider system")})
TIERS = MappingProxyType({"fixed": N_("Fixed"), "adaptable": N_("Adaptable"), "free": N_("Free")})
SETTINGS = ("room", "field", "follow_up")
EFFECTS = MappingProxyType({"keeps": N_("Keeps the core"), "changes": N_("Changes the core"), "unclear": N_("Unclear")})
ACTIONS = ("replace", "add", "drop", "move")
BLOCK_FIELDS = (
    "key", "tier", "setting", "title", "purpose", "minutes", "group", "group_least", "group_most",
    "steps", "notes", "materials", "keeps",
)  # fmt: skip
MODULE_FIELDS = (
    "number", "stage", "lenses", "title", "purpose", "outcomes", "credits", "minutes", "field_minutes",
    "follow_up_minutes", "must_keep",
)  # fmt: skip
DEFAULTS = MappingProxyType({"steps": [], "materials": [], "keeps": [], "group_least": 1, "group_most": 14})
SPOKEN_FIELDS = ("title", "purpose", "group", "steps", "notes", "materials")
HEAD_FIELDS = ("title", "purpose", "outcomes")
HEAD = ""  # stands for a module's head where the keys of its blocks stand; no block has it
WORDS_FIELDS = frozenset({"slug", "accepted_by", "blocks", *HEAD_FIELDS})
GREATEST = 2**53 - 1  # RFC 8785 section 3.2.2.3: numbers are IEEE 754 doubles


# --- canonical form and hashes ---


def canonical(value: object) -> bytes:
    """The one way to write `value` (RFC 8785): NFC text, keys by UTF-16 code units, integers only.

    Raises Invalid with code `not_canonical` for floats, integers beyond 2**53 - 1, other types and broken text.
    """
    try:
        return json.dumps(_tidy(value), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise _not_canonical(msg("Half of a character stands alone in the text.")) from error


def _tidy(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        if abs(value) > GREATEST:
            raise _not_canonical(msg("The number %(number)s is too large.", number=value))
        return value
    if isinstance(value, Mapping):
        return _tidy_mapping(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_tidy(each) for each in value]
    raise _not_canonical(msg("%(kind)s has no canonical form.", kind=type(value).__name__))


def _tidy_mapping(value: Mapping[Any, object]) -> dict[str, object]:
    if not all(isinstance(key, str) for key in value):
        raise _not_canonical(msg("A key is not text."))
    made = {unicodedata.normalize("NFC", key): each for key, each in value.items()}
    if len(made) != len(value):
        raise _not_canonical(msg("Two keys are the same text."))
    try:
        ordered = sorted(made, key=lambda key: key.encode("utf-16-be"))
    except UnicodeEncodeError as error:
        raise _not_canonical(msg("Half of a character stands alone in the text.")) from error
    return {key: _tidy(made[key]) for key in ordered}


def _not_canonical(message: Message) -> Invalid:
    return Invalid(message, code="not_canonical")


def content_hash(value: object) -> str:
    """`sha256:` and 64 hex digits over the canonical form."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def block_hash(block: Mapping[str, Any]) -> str:
    """The hash of one block in its source language."""
    return content_hash({"kind": "block", **{name: block[name] for name in BLOCK_FIELDS if name in block}})


def head_hash(content: Mapping[str, Any]) -> str:
    """The hash of a module's head in its source language: what is said of the module before its blocks."""
    return content_hash({"kind": "head", **{name: content[name] for name in HEAD_FIELDS}})


def module_hash(content: Mapping[str, Any]) -> str:
    """The hash of a module version: identity, source language, structure and the hash of every block; not its label."""
    head = {name: content[name] for name in ("identity", "locale", *MODULE_FIELDS) if name in content}
    return content_hash({"kind": "module", **head, "blocks": [block_hash(block) for block in content["blocks"]]})


def translation_hash(of_block: str, locale: str, text: Mapping[str, Any]) -> str:
    """The hash of a block's or a head's words in another language."""
    return content_hash({"kind": "translation", "block": of_block, "locale": locale, "text": text})


def variant_hash(base_hash: str, patch: Mapping[str, Any]) -> str:
    """The hash of a variant: the exact base and everything the variant says about it."""
    return content_hash({"kind": "variant", "base": base_hash, "patch": patch})


# --- what a module must be ---


def module_from(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A canonical module's content from its file (docs/curriculum.md); raises Invalid with all that is wrong."""
    blocks = [_whole(each) for each in raw["blocks"]]
    content = {name: raw[name] for name in MODULE_FIELDS if name in raw}
    content |= {"identity": f"core:{raw['slug']}", "label": raw["label"], "locale": raw.get("locale", "en_GB")}
    content["blocks"] = blocks
    problems = module_problems(content)
    if problems:
        raise Invalid(problems[0], fields={"module": problems}, code="bad_module")
    return content


def _whole(block: Mapping[str, Any]) -> dict[str, Any]:
    return {name: block.get(name, DEFAULTS.get(name, "")) for name in BLOCK_FIELDS}


def module_problems(content: Mapping[str, Any]) -> list[Message]:
    """What is wrong with a module, in sentences; empty when nothing is."""
    title, blocks = content.get("title", ""), content["blocks"]
    found = [
        msg("%(module)s has no %(field)s.", module=title, field=name) for name in MODULE_FIELDS if name not in content
    ]
    if found:
        return found
    if content["stage"] not in STAGES or not set(content["lenses"]) <= set(LENSES):
        found.append(msg("%(module)s names a stage or a lens that does not exist.", module=title))
    if any(block["key"] == HEAD for block in blocks):
        found.append(msg("%(module)s has no %(field)s.", module=title, field="blocks.key"))
    if len({block["key"] for block in blocks}) != len(blocks):
        found.append(msg("%(module)s uses a block's key twice.", module=title))
    found += [
        msg("%(module)s: the block %(block)s has an unknown tier or setting.", module=title, block=each["key"])
        for each in blocks
        if each["tier"] not in TIERS or each["setting"] not in SETTINGS
    ]
    sums = minutes_of(blocks)
    if (content["minutes"]["typical"], content["field_minutes"], content["follow_up_minutes"]) != sums:
        said = ", ".join(map(str, sums))
        found.append(msg("%(module)s: its blocks add up to %(sums)s minutes.", module=title, sums=said))
    held = {key for block in blocks if block["tier"] == "fixed" for key in block["keeps"]}
    found += [
        msg("%(module)s: no fixed block carries “%(key)s”, which must be kept.", module=title, key=element["key"])
        for element in content["must_keep"]
        if element["key"] not in held
    ]
    return found


def minutes_of(blocks: Sequence[Mapping[str, Any]]) -> tuple[int, int, int]:
    """Minutes in the room, in the field and in follow-up."""
    room, field, later = (sum(each["minutes"] for each in blocks if each["setting"] == where) for where in SETTINGS)
    return room, field, later


# --- words in another language ---


def words_from(
    raw: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]], file: str
) -> dict[str, dict[str, Any]]:
    """A file's words (docs/curriculum.md) by the hash of the head or block they stand for; `sources` are by slug.

    Raises Invalid with the file's name for a module, block or field that isn't there, or outcomes that don't match.
    """
    source = sources.get(raw["slug"])
    if source is None:
        raise Invalid(msg("%(file)s: there is no module %(module)s.", file=file, module=raw["slug"]), code="bad_words")
    _only(raw, WORDS_FIELDS, file)
    if "outcomes" in raw and len(raw["outcomes"]) != len(source["outcomes"]):
        given, wanted = len(raw["outcomes"]), len(source["outcomes"])
        said = msg(
            "%(file)s: the number of outcomes is %(given)s, not %(wanted)s.", file=file, given=given, wanted=wanted
        )
        raise Invalid(said, code="bad_words")
    made = {head_hash(source): _words(raw, source, HEAD_FIELDS)}
    blocks = {block["key"]: block for block in source["blocks"]}
    for said_of in raw.get("blocks", ()):
        block = blocks.get(said_of["key"])
        if block is None:
            raise Invalid(msg("%(file)s: there is no block %(block)s.", file=file, block=said_of["key"]))
        _only(said_of, {"key", *SPOKEN_FIELDS}, file)
        made[block_hash(block)] = _words(said_of, block, SPOKEN_FIELDS)
    signed = {"accepted_by": str(raw["accepted_by"])} if raw.get("accepted_by") else {}
    return {key: words | signed for key, words in made.items() if words}


def _only(given: Mapping[str, Any], known: Collection[str], file: str) -> None:
    extra = ", ".join(sorted(set(given) - set(known)))
    if extra:
        raise Invalid(
            msg("%(file)s: no field %(fields)s can be translated.", file=file, fields=extra), code="bad_words"
        )


def _words(given: Mapping[str, Any], source: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    words = {name: given[name] for name in names if name in given}
    for name, value in words.items():
        if type(value) is not type(source[name]):
            raise TypeError(name)
    return words


# --- variants ---


@dataclass(frozen=True, slots=True)
class BlockChange:
    """One block beside its base. `kind`: kept, replace, add, drop, move. `fields` names what a replacement changed."""

    key: str
    kind: str
    block: Mapping[str, Any] | None
    base: Mapping[str, Any] | None
    why: str = ""
    effect: str = "keeps"
    fields: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return str((self.block or self.base or {}).get("title", self.key))


def apply_patch(
    base: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], *, title: str | None = None
) -> dict[str, Any]:
    """The base with every change made in order, its minutes added up anew.

    Raises Invalid with code `bad_patch` where a change names a block that isn't there, or one that is there already.
    """
    blocks = [dict(block) for block in base["blocks"]]
    for change in changes:
        _make(blocks, change)
    content = {**base, "blocks": blocks, "title": title or base["title"]}
    room, field, later = minutes_of(blocks)
    old = base["minutes"]
    content["minutes"] = {"least": min(old["least"], room), "typical": room, "most": max(old["most"], room)}
    return content | {"field_minutes": field, "follow_up_minutes": later}


def _make(blocks: list[dict[str, Any]], change: Mapping[str, Any]) -> None:
    action, fields = change.get("action"), change.get("fields") or {}
    if action not in ACTIONS:
        raise _bad_patch(msg("“%(action)s” is not a change that can be made.", action=action))
    if not set(fields) <= set(BLOCK_FIELDS):
        extra = ", ".join(sorted(set(fields) - set(BLOCK_FIELDS)))
        raise _bad_patch(msg("A block has no field %(fields)s.", fields=extra))
    if action == "add":
        _add(blocks, change, fields)
        return
    place = _place(blocks, change.get("block", ""))
    if action == "replace":
        if fields.get("key", change["block"]) != change["block"]:
            raise _bad_patch(msg("The block %(block)s cannot be given another key.", block=change["block"]))
        blocks[place] = {**blocks[place], **fields}
    else:
        block = blocks.pop(place)
        if action == "move":
            blocks.insert(_after(blocks, change), block)


def _add(blocks: list[dict[str, Any]], change: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    missing = {"key", "title", "tier", "setting", "minutes"} - {name for name, value in fields.items() if value != ""}
    if missing:
        raise _bad_patch(msg("An added block lacks %(fields)s.", fields=", ".join(sorted(missing))))
    if any(block["key"] == fields["key"] for block in blocks):
        raise _bad_patch(msg("There is a block %(block)s already.", block=fields["key"]))
    blocks.insert(_after(blocks, change), _whole(fields))


def _after(blocks: Sequence[Mapping[str, Any]], change: Mapping[str, Any]) -> int:
    after = change.get("after", "")
    return _place(blocks, after) + 1 if after else 0


def _place(blocks: Sequence[Mapping[str, Any]], key: str) -> int:
    for place, block in enumerate(blocks):
        if block["key"] == key:
            return place
    raise _bad_patch(msg("There is no block %(block)s to change.", block=key))


def _bad_patch(message: Message) -> Invalid:
    return Invalid(message, code="bad_patch")


def block_changes(
    base: Mapping[str, Any], content: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> list[BlockChange]:
    """Every block of the variant in its order, each dropped one after the block that it followed in the base."""
    said: dict[str, Mapping[str, Any]] = {}
    for change in changes:
        said.setdefault(change.get("block") or (change.get("fields") or {}).get("key", ""), change)
    before = {block["key"]: block for block in base["blocks"]}
    found = [_changed(block, before.get(block["key"]), said.get(block["key"])) for block in content["blocks"]]
    stays = {block["key"] for block in content["blocks"]}
    previous = ""
    for key, block in before.items():
        if key not in stays:
            change = said.get(key, {})
            gone = BlockChange(key, "drop", None, block, change.get("why", ""), change.get("effect", "unclear"))
            at = next((place + 1 for place, each in enumerate(found) if each.key == previous), 0)
            found.insert(at, gone)
        previous = key
    return found


def _changed(block: Mapping[str, Any], base: Mapping[str, Any] | None, change: Mapping[str, Any] | None) -> BlockChange:
    if change is None:
        return BlockChange(block["key"], "kept", block, base)
    fields = tuple(name for name in BLOCK_FIELDS if base is not None and block.get(name) != base.get(name))
    return BlockChange(
        block["key"], change["action"], block, base, change.get("why", ""), change.get("effect", "unclear"), fields
    )


def kept_elements(base: Mapping[str, Any], content: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Each must-keep element's text, and whether a block of the content still carries it."""
    held = {key for block in content["blocks"] for key in block["keeps"]}
    return [(element["text"], element["key"] in held) for element in base["must_keep"]]
