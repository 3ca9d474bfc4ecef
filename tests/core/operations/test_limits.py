"""Rate limits count every try, refused ones too, and say how long to wait."""

import hashlib

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.models import Instance as InstanceRow
from systems_changers.core.operations.models import RateWindow
from systems_changers.core.operations.rules import RATE_LIMITS
from systems_changers.core.operations.service import RateLimits
from systems_changers.infra.errors import Refused
from tests.core.instance import Instance, fresh_email


def hit(instance: Instance, *tries: tuple[str, ...]) -> None:
    with instance.scope(write=True) as scope:
        RateLimits(scope).hit_all(*tries)


def test_the_try_after_the_last_is_refused_with_the_time_to_wait(instance: Instance) -> None:
    key, limit = fresh_email(), RATE_LIMITS["link_account"]
    for _ in range(limit.times):
        hit(instance, ("link_account", key))
    instance.later(seconds=600)
    with pytest.raises(Refused) as error:
        hit(instance, ("link_account", key))
    assert (error.value.code, error.value.message.values["count"]) == ("too_many", limit.seconds - 600)


def test_it_ends_when_the_window_does(instance: Instance) -> None:
    key, limit = fresh_email(), RATE_LIMITS["link_account"]
    for _ in range(limit.times):
        hit(instance, ("link_account", key))
    instance.later(seconds=limit.seconds)
    hit(instance, ("link_account", key))
    with instance.operator() as scope:
        windows = scope.db.scalars(sa.select(RateWindow.times).order_by(RateWindow.ends_at.desc()).limit(1))
        assert list(windows) == [1]


def test_other_keys_and_other_names_are_counted_apart(instance: Instance) -> None:
    key = fresh_email()
    for _ in range(RATE_LIMITS["link_account"].times):
        hit(instance, ("link_account", key))
    hit(instance, ("link_account", fresh_email()), ("password_account", key, "10.0.0.1"))


def test_a_refused_try_leaves_nothing_but_its_count(instance: Instance) -> None:
    key = fresh_email()
    for _ in range(RATE_LIMITS["link_account"].times):
        hit(instance, ("link_account", key))
    for _ in range(3):
        with pytest.raises(Refused):
            hit(instance, ("link_account", key))


def test_one_sender_alone_leaves_a_shared_limit_to_others(instance: Instance) -> None:
    sender, shared = fresh_email(), fresh_email()
    hit(instance, ("complaint_address", sender), ("link_account", shared))
    for _ in range(RATE_LIMITS["complaint_address"].times - 1):
        hit(instance, ("complaint_address", sender))
    for _ in range(RATE_LIMITS["link_account"].times * 2):
        with pytest.raises(Refused):
            hit(instance, ("complaint_address", sender), ("link_account", shared))
    hit(instance, ("complaint_address", fresh_email()), ("link_account", shared))


def test_looking_counts_nothing(instance: Instance) -> None:
    key, times = fresh_email(), RATE_LIMITS["link_account"].times
    for _ in range(times):
        for _ in range(times):
            with instance.scope(write=True) as scope:
                RateLimits(scope).look("link_account", key)
        hit(instance, ("link_account", key))
    with instance.scope(write=True) as scope, pytest.raises(Refused) as error:
        RateLimits(scope).look("link_account", key)
    assert error.value.code == "too_many"


def test_keys_are_not_kept_as_they_are(instance: Instance) -> None:
    key = fresh_email("secretive")
    hit(instance, ("link_account", key))
    hit(instance, ("password_account", key, "10.0.0.1"))
    hashed = [hashlib.sha256(each.encode()).hexdigest()[:32] for each in (key, f"{key}\x1f10.0.0.1")]
    with instance.operator() as scope:
        kept = list(scope.db.scalars(sa.select(RateWindow.key)))
    assert not [each for each in kept if "secretive" in each]
    assert [name for name in kept if f"link_account:{hashed[0]}/" in name]
    assert [name for name in kept if f"password_account:{hashed[1]}/" in name]


def test_a_session_that_has_only_read_makes_way(instance: Instance) -> None:
    with instance.scope(write=True) as scope:
        assert scope.db.scalar(sa.select(sa.literal(1))) == 1
        RateLimits(scope).hit("link_account", fresh_email())
        assert scope.db.scalar(sa.select(sa.literal(2))) == 2


def test_a_limit_is_asked_before_anything_is_changed(instance: Instance) -> None:
    with instance.operator(write=True) as scope:
        scope.db.add(InstanceRow(kind="real", name="one"))
        with pytest.raises(RuntimeError, match="before anything is changed"):
            RateLimits(scope).hit("link_account", "a")
        scope.db.rollback()
