from dataclasses import replace

from lambdas.core.changes import Change, applied, with_facts
from lambdas.core.fold import fold
from lambdas.core.state import Facts, Pipeline, Snapshot
from tests.lambdas.makers import a_build, a_deploy, a_failed_build, a_snapshot, at


def settled(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot whose LATEST says what its facts do."""
    assert snapshot.config
    state = fold(config=snapshot.config, facts=snapshot.facts, previous=snapshot.latest, now=at(30))
    return replace(snapshot, latest=state)


def test_a_late_event_changes_nothing_ami_1() -> None:
    snapshot = settled(a_snapshot(a_build()))
    assert with_facts(snapshot, found=[a_build(event_at=at(2), status="TESTING")], now=at(90)) == Change()


def test_a_fact_that_only_confirms_moves_its_own_time_and_nothing_else_sta_1() -> None:
    snapshot = settled(a_snapshot(a_failed_build(status="BUILDING")))
    polled = a_failed_build(status="BUILDING", event_at=at(60))
    assert with_facts(snapshot, found=[polled], now=at(60)) == Change(builds=(polled,))


def test_news_that_leave_the_state_as_it_is_still_give_it_a_new_version() -> None:
    snapshot = settled(a_snapshot(a_failed_build(status="BUILDING")))
    change = with_facts(snapshot, found=[a_failed_build(status="TESTING", event_at=at(60))], now=at(60))
    assert snapshot.latest
    assert change.latest == replace(snapshot.latest, version=snapshot.latest.version + 1)


def test_an_end_heard_of_again_after_a_deployment_is_told_by_latest_too() -> None:
    another = a_deploy(sequence=2, recipe_hash="bbbb", recipe_arn="other", deployed_at=at(30))
    deploys = (a_deploy(), another, a_deploy(sequence=3, deployed_at=at(40)))
    forgiven = a_snapshot(facts=Facts(deploys=deploys, builds=(a_failed_build(),)))
    change = with_facts(settled(forgiven), found=[a_failed_build(event_at=at(50))], now=at(50))
    assert change.latest
    assert (change.latest.status, change.latest.reason) == ("failed", "build 1.0.0/1 failed")


def test_whoever_read_the_facts_before_an_end_was_heard_of_again_cannot_write_past_it() -> None:
    snapshot = settled(a_snapshot(a_failed_build()))
    change = with_facts(snapshot, found=[a_failed_build(event_at=at(50))], now=at(50))
    assert snapshot.latest
    assert change.latest == replace(snapshot.latest, version=snapshot.latest.version + 1)


def test_a_preset_that_is_gone_takes_no_facts() -> None:
    assert with_facts(a_snapshot(config=None), found=[a_build()], now=at(60)) == Change()
    assert with_facts(a_snapshot(latest=None), found=[a_build()], now=at(60)) == Change()


def test_a_pipeline_is_recorded_when_it_is_news_or_newer() -> None:
    disabled = Pipeline(status="DISABLED", event_at=at(60), consecutive_failures=5)
    once = settled(a_snapshot(a_build()))
    change = with_facts(once, pipeline=disabled, now=at(60))
    assert change.pipeline == disabled
    assert change.latest
    twice = applied(once, change)
    assert with_facts(twice, pipeline=disabled, now=at(61)) == Change()
    later = replace(disabled, event_at=at(70))
    assert with_facts(twice, pipeline=later, now=at(70)) == Change(pipeline=later)
    earlier = replace(disabled, status="ENABLED", event_at=at(50))
    assert with_facts(twice, pipeline=earlier, now=at(70)) == Change()
