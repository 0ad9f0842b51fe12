"""What the check says of an App's installation, its webhook and its deliveries."""

import pytest

from embedded.github.failures import Failure
from tests.generator.github_app.conftest import Deployment, Rows

PAGE = "https://github.com/organizations/octo-org/settings/apps/spot"
SHOW_SECRET = r"copy what `aws secretsmanager get-secret-value --region eu-west-1 --secret-id "


def installation_page(deployment: Deployment) -> str:
    server = deployment.github.played.server_url
    return f"{server}/organizations/octo-org/settings/installations/{deployment.github.installation.id}"


def test_an_app_that_is_installed_nowhere_is_told_where_to(deployment: Deployment, rows: Rows) -> None:
    deployment.github.played.registry.installations.clear()
    found = rows()
    page = f"{deployment.github.played.server_url}/apps/spot/installations/new"
    assert found["App 101 installation"] == f"problem: it is not installed at octo-org -> install it: {page}"
    assert "App 101 rate limit" not in found
    assert found["App 101 permissions"].startswith("ok")


def test_a_suspended_installation_is_told(deployment: Deployment, rows: Rows) -> None:
    deployment.github.played.registry.suspend(deployment.github.installation)
    assert rows()["App 101 installation"] == (
        "problem: octo-org has suspended it: it hears of nothing and may do nothing -> *Unsuspend* at "
        f"{installation_page(deployment)}"
    )


def test_a_permission_that_nobody_accepted_yet_is_told(deployment: Deployment, rows: Rows) -> None:
    deployment.github.installation.permissions["actions"] = "read"
    assert rows()["App 101 installation"] == (
        "problem: octo-org has not accepted actions: write, which the App asks for -> *Review request* at "
        f"{installation_page(deployment)}, as an owner of octo-org"
    )


def test_what_nothing_needs_may_wait_to_be_accepted(deployment: Deployment, rows: Rows) -> None:
    deployment.app.permissions["contents"] = "read"
    assert rows()["App 101 installation"].startswith("ok: ")


def test_selected_repositories_are_noted(deployment: Deployment, rows: Rows) -> None:
    deployment.github.played.world.add_repository("octo-org/other")
    deployment.github.installation.repositories = ("octo-org/shop", "octo-org/other")
    deployment.github.installation.requests_per_hour = 15_000
    found = rows()
    assert found["App 101 installation"] == (
        "ok: at octo-org, for selected repositories only: no other's jobs are heard of"
    )
    assert found["App 101 rate limit"] == (
        "ok: 15,000 requests an hour, for at most 156 machines a minute; it sees 2 repositories"
    )


def test_deliveries_that_go_elsewhere_are_told(deployment: Deployment, rows: Rows) -> None:
    deployment.app.webhook_url = "https://old.example/webhook"
    found = rows()
    assert found["webhook"] == (
        f"problem: no deliveries come to {deployment.webhook.url}: "
        "those of App 101 go to https://old.example/webhook -> "
        f"set it as Webhook URL, *Active*, at {PAGE}"
    )
    assert "App 101 deliveries" not in found


NO_HOOK = {
    "an address that is empty": None,
    "none, in GitHub's words": Failure(match="GET /app/hook/config", status=404),
}


@pytest.mark.parametrize("what", NO_HOOK)
def test_an_app_without_a_webhook_is_told(deployment: Deployment, rows: Rows, what: str) -> None:
    deployment.app.webhook_url = ""
    if failure := NO_HOOK[what]:
        deployment.github.played.failures.add(failure)
    assert "those of App 101 go nowhere -> " in rows()["webhook"]


def test_two_apps_that_deliver_are_a_warning(deployment: Deployment, rows: Rows) -> None:
    second = deployment.another_app(webhook_url=f"{deployment.webhook.url}/", webhook_secret="other")
    deployment.name_apps(101, second.id)
    assert rows()["webhook"] == (
        f"warning: App 101 and App {second.id} deliver to {deployment.webhook.url}: each job is told of 2 times -> "
        "leave one of them; take the mark from *Active* under Webhook at "
        "https://github.com/organizations/octo-org/settings/apps/second"
    )


def test_an_app_that_only_registers_runners_needs_no_event(deployment: Deployment, rows: Rows) -> None:
    second = deployment.another_app(events=())
    deployment.name_apps(101, second.id)
    found = rows()
    assert found["App 101 events"] == "ok: workflow_job"
    assert not {f"App {second.id} events", f"App {second.id} webhook"} & found.keys()
    assert not [about for about, said in found.items() if not said.startswith("ok")]


def test_an_app_that_does_not_listen_to_jobs_is_told(deployment: Deployment, rows: Rows) -> None:
    deployment.app.events = ("push", "check_run")
    assert rows()["App 101 events"] == (
        "problem: it hears of push, check_run, expected workflow_job -> choose *Workflow jobs* at "
        f"{PAGE}/permissions, under *Subscribe to events*"
    )


def test_a_hook_that_sends_forms_without_a_secret_is_told(deployment: Deployment, rows: Rows) -> None:
    deployment.app.content_type, deployment.app.webhook_secret = "form", ""
    form, secret = rows()["App 101 webhook"].split("\n")
    assert form == (
        f"problem: its content type is 'form', expected 'json' -> choose application/json under Webhook at {PAGE}"
    )
    assert secret.startswith(f"problem: it has no secret: every delivery is answered 401 -> {SHOW_SECRET}")
    assert secret.endswith(f" --query SecretString --output text` prints to Webhook secret at {PAGE}")


def test_a_delivery_that_was_answered_401_shows_that_the_secret_is_another(deployment: Deployment, rows: Rows) -> None:
    deployment.tell_of_a_job(answered=401)
    said = rows()["App 101 deliveries"]
    assert said.startswith("problem: the newest, workflow_job queued at ")
    assert f" was answered 401: the App's secret is not the one in Secrets Manager -> {SHOW_SECRET}" in said
    assert said.endswith(f" prints to Webhook secret at {PAGE}, then *Redeliver* at {PAGE}/advanced")


def test_a_delivery_that_was_answered_400_shows_that_it_is_a_form(deployment: Deployment, rows: Rows) -> None:
    deployment.tell_of_a_job(answered=400)
    said = rows()["App 101 deliveries"]
    assert said.endswith(
        f"was answered 400: it was not JSON of a job -> choose application/json under Webhook at {PAGE}"
    )


def test_a_delivery_that_failed_otherwise_is_told(deployment: Deployment, rows: Rows) -> None:
    deployment.tell_of_a_job(answered=503)
    assert (
        " failed: Invalid HTTP Response: 503 (503) -> the alarms of the control plane say why"
        in (rows()["App 101 deliveries"])
    )


def test_the_newest_delivery_counts_and_failures_before_it_are_counted(deployment: Deployment, rows: Rows) -> None:
    deployment.tell_of_a_job(answered=401)
    deployment.tell_of_a_job(answered=202)
    said = rows()["App 101 deliveries"]
    assert said.startswith("ok: the newest, workflow_job queued at ")
    assert said.endswith(f" was answered 202; 1 of the last 3 failed: see {PAGE}/advanced")


def test_without_a_delivery_nothing_is_known_of_the_secret(deployment: Deployment, rows: Rows) -> None:
    deployment.github.played.hooks._log.clear()
    assert rows()["App 101 deliveries"] == (
        "warning: GitHub remembers none: whether the secret fits, and the hook is active, is not known -> start a "
        f"workflow, and repeat this; still none: mark *Active* under Webhook at {PAGE}"
    )


def test_before_the_control_plane_is_deployed_there_is_no_address(deployment: Deployment, rows: Rows) -> None:
    deployment.aws.client("ssm").delete_parameter(Name="/spot-runner/stack/api-url")
    assert rows()["webhook"] == (
        "warning: not looked at: the control plane, which has the address, is not deployed -> run `spot-runner deploy`"
    )
