"""Makes the demo and lets visitors be its people; none of it exists in an instance that was not made as a demo.

It is made in a folder beside its own and renamed at the end, so that whatever stops it leaves no half of one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from markupsafe import Markup

from systems_changers import __version__
from systems_changers.core.curriculum import service as curriculum
from systems_changers.core.home.service.demo_ground import FixedIds, Ground, StoryClock
from systems_changers.core.home.service.demo_people import FOUNDATION, NAMES, PEOPLE
from systems_changers.core.home.service.demo_seed import Teller
from systems_changers.core.home.service.demo_story import PartnerStory
from systems_changers.core.home.service.demo_story_children import STORY as CHILDREN_STORY
from systems_changers.core.home.service.demo_story_corra import STORY as CORRA_STORY
from systems_changers.core.home.service.demo_story_south_east import STORY as SOUTH_EAST_STORY
from systems_changers.core.home.service.instance import DEMO_MARK, bring_up_to_date
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.queries import instance_is_demo
from systems_changers.core.partners import queries as partners_known
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.models import Partner
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account, Person
from systems_changers.core.people.queries import account_of
from systems_changers.core.summaries import service as summaries
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import ANYONE, Brand, PartnerFacts
from systems_changers.hooks.kit import Kit, load_plugins, open_kit
from systems_changers.hooks.registry import Registry, find_manifests
from systems_changers.hooks.scope import AnyScope, OperatorScope, no_links
from systems_changers.hooks.view import Views
from systems_changers.infra.clock import Clock, SystemClock
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.settings import Settings, load_settings, make_secret
from systems_changers.infra.text import msg
from systems_changers.web.brand import brand_css, brand_from_json, check_brand

EDITION = "3"
NAME = "Systems Changers, a demo"
STORIES = (CORRA_STORY, CHILDREN_STORY, SOUTH_EAST_STORY)
OPERATOR = "gwen.pritchard@childrens-society.example"
Say = Callable[[str], None]


def ensure_demo(folder: Path, say: Say, *, clock: Clock | None = None) -> bool:
    """Make the demo in `folder` unless this edition of it is there; answers whether it was made.

    One of another edition, or made by other migrations, is made anew: what was changed in it is lost. Raises Refused
    (code instance_exists, folder_in_use, demo_database) where the folder holds something else, or the database is not
    to be in it.
    """
    mark, edition = folder / DEMO_MARK, _edition()
    if mark.is_file():
        if mark.read_text("utf-8").strip() == edition:
            return False
        say("The demo here is of another edition, so it is made anew. What was changed in it is gone.")
    else:
        _refuse_used(folder)
    say("Making a demo: three partners, a foundation, and people who are all invented …")
    making = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700, parents=True)
    _make(making, StoryClock(*[(clock or SystemClock()).now()] * 2), say)
    (making / DEMO_MARK).write_text(edition + "\n", "utf-8")
    _put_in_place(making, folder)
    return True


def _edition() -> str:
    """What this kit's demo is made of: its story, and every migration it rests on."""
    plugins, _ = find_manifests()
    folders = [migrations_dir() / "versions", *(each.migrations for each in plugins)]
    names = [file.name for each in folders if each.is_dir() for file in sorted(each.glob("*.py"))]
    parts = (EDITION, __version__, *(f"{each.slug} {each.version}" for each in plugins), *names)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _refuse_used(folder: Path) -> None:
    if (folder / "secret.key").exists():
        raise Refused(msg("%(folder)s holds a real instance: choose another folder for the demo.", folder=str(folder)),
                      code="instance_exists")  # fmt: skip
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(msg("%(folder)s holds other things: choose an empty folder for the demo.", folder=str(folder)),
                      code="folder_in_use")  # fmt: skip


def _put_in_place(making: Path, folder: Path) -> None:
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    making.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _make(making: Path, clock: StoryClock, say: Say) -> None:
    settings = load_settings(making)
    if settings.database:
        told = msg("A demo keeps its data in its own folder: take the setting database away.")
        raise Refused(told, code="demo_database")
    registry = load_plugins(settings)
    bring_up_to_date(settings, registry)
    furnish(settings, registry, clock, say)
    make_secret(making)


def furnish(settings: Settings, registry: Registry, clock: StoryClock, say: Say) -> None:
    """Tell the whole story in an empty, migrated database."""
    kit = open_kit(settings, operations.FaultBook(), clock=clock, registry=registry)
    try:
        _found(kit, clock)
        for story in STORIES:
            _tell(kit, clock, story)
            say(f"  {NAMES[story.slug]}: {_told(story)}")
        _open_foundation(kit, clock)
        with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            # Nobody is told of what happened before the demo was there.
            scope.db.execute(sa.delete(OutboxRow).execution_options(synchronize_session=False))
            scope.db.commit()
    finally:
        kit.engine.dispose()


def _told(story: PartnerStory) -> str:
    people_ = sum(len(cohort.people) for cohort in story.cohorts)
    return f"{len(story.cohorts)} cohorts, {people_} people, {len(story.trials)} experiments"


def _found(kit: Kit, clock: StoryClock) -> None:
    """The instance, the canonical modules and the partners."""
    clock.at(-810)
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        FixedIds(scope.db, clock, "instance")
        operations.make_instance(scope, "demo", NAME)
        operations.remember_plugins(scope, kit.registry.manifests.values())
        curriculum.load_canonical(scope)
        # Not through the service: an operator's deeds go to the log, and a demo has none before it is there.
        for story in STORIES:
            scope.db.add(Partner(slug=story.slug, name=NAMES[story.slug], locales=list(story.locales)))
        scope.db.add(Partner(slug=FOUNDATION, name=NAMES[FOUNDATION], kind="foundation"))
        scope.db.commit()


def _facts(kit: Kit, slug: str) -> PartnerFacts:
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        found = partners_known.partner_by_slug(scope.db, slug)
    if found is None:
        raise LookupError(slug)
    return found


def _tell(kit: Kit, clock: StoryClock, story: PartnerStory) -> None:
    with kit.scope(_facts(kit, story.slug), ANYONE, links=no_links, write=True) as scope:
        FixedIds(scope.db, clock, f"{story.slug}/settings")
        if story.plugin in kit.registry.manifests:
            partners.enable_plugin(scope, story.plugin, pending=lambda _slug: False)
        sheet = partners_known.sheet(scope)
        details = partners.Details(sheet.name, sheet.locales, sheet.time_zone, (), *story.care)
        partners.change_partner(scope, details, sheet.version)
        scope.db.commit()
    with kit.scope(_facts(kit, story.slug), ANYONE, links=no_links, write=True) as scope:
        ids = FixedIds(scope.db, clock, story.slug)
        Teller(Ground(scope, clock, ids, {}), story).tell()
        operator = sa.update(Account).where(Account.email == OPERATOR).values(is_operator=True)
        with as_the_kit(scope.db):
            scope.db.execute(operator.execution_options(synchronize_session=False))
        scope.db.commit()


def _open_foundation(kit: Kit, clock: StoryClock) -> None:
    """The foundation's analyst, and what the partners have agreed to share."""
    card = next(each for each in PEOPLE if each.partner == FOUNDATION)
    with kit.scope(_facts(kit, FOUNDATION), ANYONE, links=no_links, write=True) as scope:
        ids = FixedIds(scope.db, clock, FOUNDATION)
        account = people.make_account(scope, card.email, proven=True)
        people.grant_role(scope, account, "analyst")
        scope.db.add(Person(id=ids.of("person", card.key), account_id=account, name=card.name, email=card.email,
                            job="Analyst", organisation=NAMES[FOUNDATION], shows=["name"]))  # fmt: skip
        scope.db.flush()
        summaries.gather(scope)
        scope.db.commit()


# --- what a demo's pages need ---


@dataclass(frozen=True, slots=True)
class BrandShown:
    """A partner's look as the demo's front page shows it: `css` sets its properties inside #brand-<slug> alone."""

    slug: str
    name: str
    brand: Brand
    href: str
    css: Markup


def brands(scope: OperatorScope) -> list[BrandShown]:
    """The looks of the demo's hosting partners, in the order of the story."""
    slugs = [story.slug for story in STORIES]
    found = scope.db.execute(sa.select(*partners_known.COLUMNS).where(Partner.slug.in_(slugs)))
    facts = {each.slug: each for each in (partners_known.facts_from(tuple(row)) for row in found)}
    return [_shown(facts[slug]) for slug in slugs if slug in facts]


def _shown(partner: PartnerFacts) -> BrandShown:
    brand = _brand(partner)
    css = brand_css(brand).replace(":root", f"#brand-{partner.slug}", 1)
    return BrandShown(partner.slug, partner.name, brand, f"/p/{partner.slug}/", Markup(css))  # noqa: S704 - checked colours


def _brand(partner: PartnerFacts) -> Brand:
    if partner.brand:
        return brand_from_json(partner.brand, partner.name)
    views = _views()
    chosen = Calls(views, views.of(partner.plugins), partner).choose_brand(partner, check_brand)
    return chosen[1] if chosen else brand_from_json({}, partner.name)


@lru_cache(maxsize=1)
def _views() -> Views:
    """The installed plugins once more: an operator's scope has no partner's hooks."""
    return Views(load_plugins(Settings(data=Path())))


def come_in(scope: AnyScope, key: str, *, host: str) -> tuple[str, str]:
    """Sign in as one of the demo's people; answers the session's secret and the path where their day begins.

    Raises NotFound in any instance that is not a demo, and for a key that is nobody's.
    """
    card = next((each for each in PEOPLE if each.key == key), None)
    if card is None or not instance_is_demo(scope):
        raise NotFound
    account = account_of(scope, card.email)
    if account is None:
        raise NotFound
    bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    secret = people.start_session(scope, account, people.Browser(bare.strip("[]").lower(), device="Demo"))
    return secret, f"/p/{card.partner}{card.path}"
