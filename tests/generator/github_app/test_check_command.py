"""`spot-runner github-app check` on a real command line, an account on the embedded AWS, and a played GitHub."""

import json
import re
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from embedded.github.failures import Failure
from tests.generator.conftest import Operator, Run
from tests.generator.github_app.conftest import Deployment, Rows
from tests.github_app import key_pair

PAGE = "https://github.com/organizations/octo-org/settings/apps"


def test_an_app_that_is_set_up_has_no_problem(deployment: Deployment, run: Run) -> None:
    code, out, err = run("github-app", "check")
    told = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", out.replace(deployment.webhook.url, "WEBHOOK"))
    assert (code, err) == (0, "")
    assert told.splitlines() == [
        "ok       App 101: Spot, signed in with its key",
        "ok       App 101 permissions: actions: write, metadata: read, organization_self_hosted_runners: write",
        "ok       App 101 installation: at octo-org, for all repositories",
        "ok       App 101 rate limit: 5,000 requests an hour, for at most 78 machines a minute; it sees 1 repository",
        "ok       runner group Default: of linux-arm64, linux-x64, for private repositories alone",
        "ok       webhook: App 101 delivers to WEBHOOK",
        "ok       App 101 events: workflow_job",
        "ok       App 101 webhook: application/json, with a secret, which GitHub never tells",
        "ok       App 101 deliveries: the newest, workflow_job queued at TIME, was answered 202: the secret fits",
        "No problems, No warnings.",
    ]


def test_it_changes_nothing_and_shows_no_secret(deployment: Deployment, run: Run) -> None:
    _, text, _ = run("github-app", "check")
    code, out, err = run("github-app", "check", "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    secret_lines = {line for line in key_pair()[0].splitlines() if line}
    tokens = set(deployment.github.played.world.tokens)
    assert tokens
    assert not [part for part in secret_lines | tokens if part in text + out + err]
    written = {call.path for call, _ in deployment.github.played.calls if call.method != "GET"}
    assert written == {f"/app/installations/{deployment.github.installation.id}/access_tokens"}


def test_without_an_app_it_leads_to_a_page_with_everything_filled_in(deployment: Deployment, run: Run) -> None:
    deployment.name_apps()
    code, out, _ = run("github-app", "check")
    assert code == 1
    assert out.splitlines()[0] == "problem  github.apps: spot-runner.yaml names no App: nothing registers machines"
    assert (
        f"-> make one at {PAGE}/new?name=spot-runner-octo-org&url=https://github.com/octo-org&public=false"
        "&organization_self_hosted_runners=write&actions=write&metadata=read&webhook_active=true"
        f"&webhook_url={deployment.webhook.url}&events[]=workflow_job, and name its id"
    ) in out


def put(deployment: Deployment, value: str) -> str:
    put_value = "aws secretsmanager put-secret-value --region eu-west-1"
    return f"{put_value} --secret-id {deployment.key_arn} --secret-string {value}"


def test_a_key_that_was_never_put_is_told_with_the_command_that_puts_it(deployment: Deployment, rows: Rows) -> None:
    arn = deployment.aws.client("secretsmanager").create_secret(Name="spot-runner-foundation/empty")["ARN"]
    name = "/spot-runner/stack/app-key-arn"
    deployment.aws.client("ssm").put_parameter(Name=name, Value=arn, Type="String", Overwrite=True)
    deployment.key_arn = arn
    assert rows() == {
        "App 101": f"problem: no private key was put into {arn} -> `{put(deployment, 'file://101.pem')}`",
    }


def another_kind_of_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


NO_KEYS: dict[str, Callable[[], str]] = {
    "text": lambda: "nonsense",
    "a public key": lambda: key_pair()[1],
    "a key that signs otherwise": another_kind_of_key,
}


@pytest.mark.parametrize("what", NO_KEYS)
def test_what_is_no_private_key_of_an_app_is_told(deployment: Deployment, rows: Rows, what: str) -> None:
    deployment.put_key(NO_KEYS[what]())
    (said,) = rows().values()
    assert said.startswith("problem: the key of App 101 is no private RSA key in PEM: ")
    assert said.endswith(f" -> `{put(deployment, 'file://101.pem')}`")


def test_the_key_of_another_app_is_told(deployment: Deployment, rows: Rows) -> None:
    deployment.app.public_keys = []
    assert rows() == {
        "App 101": "problem: GitHub does not accept the key, which is another App's or was deleted: GET /app: 401 A "
        f"JSON web token could not be decoded -> generate a private key in the App's settings, {PAGE} (of a person: "
        f"https://github.com/settings/apps), and put it: `{put(deployment, 'file://101.pem')}`",
    }


def test_a_clock_that_is_wrong_is_not_the_keys_fault(deployment: Deployment, rows: Rows) -> None:
    deployment.github.played.clock.forward(3600)
    said = rows()["App 101"]
    assert "GitHub does not accept the time of day here" in said
    assert said.endswith("set this machine's clock, then repeat this")


def test_an_app_that_github_does_not_know_hides_no_other(deployment: Deployment, rows: Rows) -> None:
    deployment.name_apps(101, 555)
    found = rows()
    assert found["App 555"].startswith("problem: GitHub knows no App of this id: GET /app: 404 Integration not found")
    assert "correct github.apps in spot-runner.yaml" in found["App 555"]
    assert found["webhook"] == f"ok: App 101 delivers to {deployment.webhook.url}"


def test_several_apps_have_their_keys_in_one_secret(deployment: Deployment, rows: Rows) -> None:
    second = deployment.another_app()
    deployment.name_apps(101, second.id)
    deployment.put_key(json.dumps({"101": key_pair()[0]}))
    found = rows()
    assert found["App 101"] == "ok: Spot, signed in with its key"
    keys = f"jq -n --rawfile k101 101.pem --rawfile k{second.id} {second.id}.pem"
    names = f'\'{{"101": $k101, "{second.id}": $k{second.id}}}\''
    assert found[f"App {second.id}"] == (
        f"problem: the secret {deployment.key_arn} holds no key of App {second.id} -> "
        f"`{keys} {names} | {put(deployment, 'file:///dev/stdin')}`"
    )
    deployment.put_key(json.dumps({"101": key_pair()[0], str(second.id): key_pair()[0]}))
    found = rows()
    assert found[f"App {second.id}"] == "ok: Second, signed in with its key"
    assert found["webhook"] == f"ok: App 101 delivers to {deployment.webhook.url}"


LACKING = {
    "actions": "it lacks actions: write (hears of jobs, and runs one again whose machine was taken away)",
    "metadata": "it lacks metadata: read (sees repositories)",
    "organization_self_hosted_runners": "it lacks organization_self_hosted_runners: write (registers runners)",
}


@pytest.mark.parametrize("name", LACKING)
def test_a_permission_that_is_missing_is_told(deployment: Deployment, rows: Rows, name: str) -> None:
    del deployment.app.permissions[name]
    assert rows()["App 101 permissions"] == (
        f"problem: {LACKING[name]} -> add it at {PAGE}/spot/permissions, then accept the request that GitHub sends to "
        "the owner"
    )


def test_to_read_actions_is_not_enough(deployment: Deployment, rows: Rows) -> None:
    deployment.app.permissions["actions"] = "read"
    assert rows()["App 101 permissions"].startswith(f"problem: {LACKING['actions']}")


def test_an_app_that_administers_repositories_needs_no_permission_of_the_organization(
    deployment: Deployment, rows: Rows
) -> None:
    del deployment.app.permissions["organization_self_hosted_runners"]
    deployment.app.permissions["administration"] = "write"
    deployment.github.installation.permissions = dict(deployment.app.permissions)
    assert rows()["App 101 permissions"] == "ok: actions: write, administration: write, metadata: read"


def test_more_than_is_needed_is_a_warning(deployment: Deployment, rows: Rows) -> None:
    deployment.app.permissions |= {"administration": "write", "contents": "read"}
    assert rows()["App 101 permissions"].endswith(
        "\nwarning: it asks for administration: write, contents: read, which nothing here needs: whoever has its key "
        f"may do that -> take it away at {PAGE}/spot/permissions, unless the App serves something else, too"
    )


def test_an_app_of_a_person_registers_with_repositories(deployment: Deployment, rows: Rows) -> None:
    deployment.github.played.world.organizations.clear()
    found = rows()
    assert found["App 101 permissions"].startswith("problem: it lacks administration: write (registers runners)")
    assert " at https://github.com/settings/apps/spot/permissions, " in found["App 101 permissions"]


def test_it_takes_two_rights_and_no_other(deployment: Deployment, run: Run, operator: Operator) -> None:
    parameter = "arn:aws:ssm:eu-west-1:123456789012:parameter/spot-runner/stack"
    names = [f"{parameter}/{key}" for key in ("app-key-arn", "webhook-secret-arn", "api-url")]
    read = {"Action": "ssm:GetParameters", "Resource": names}
    operator(read)
    code, out, err = run("github-app", "check")
    assert (code, out) == (1, "")
    assert f"it takes secretsmanager:GetSecretValue on {deployment.key_arn}" in err
    operator(read, {"Action": "secretsmanager:GetSecretValue", "Resource": deployment.key_arn})
    assert run("github-app", "check")[0] == 0


@pytest.mark.usefixtures("deployment")
def test_without_the_right_to_parameters_the_right_is_named(run: Run, operator: Operator) -> None:
    operator({"Action": "secretsmanager:GetSecretValue", "Resource": "*"})
    code, _, err = run("github-app", "check")
    assert code == 1
    assert "it takes ssm:GetParameters on /spot-runner/stack/app-key-arn, " in err


def test_where_nothing_is_deployed_it_says_so(deployment: Deployment, run: Run) -> None:
    deployment.aws.client("ssm").delete_parameter(Name="/spot-runner/stack/app-key-arn")
    assert run("github-app", "check") == (
        1, "", "there is no /spot-runner/stack/app-key-arn in eu-west-1: deploy first, or give --environment\n"
    )  # fmt: skip


FAILURES: dict[str, tuple[Failure, str, str]] = {
    "a failure of its own": (
        Failure(match="GET /app", status=502),
        "GitHub did not answer: GET /app: 502 Server Error",
        "check the network",
    ),
    "a lost answer": (
        Failure(match="GET /app", effect="lost", times=9),
        "GitHub did not answer: GET /app: ",
        "check the network",
    ),
    "a limit": (
        Failure(match="GET /app", status=403, message="slow", headers={"Retry-After": "60"}),
        "GitHub wants fewer requests: GET /app: 403 slow",
        "repeat this in 60 seconds",
    ),
}


@pytest.mark.parametrize("what", FAILURES)
def test_what_github_does_instead_of_answering_is_a_row(deployment: Deployment, rows: Rows, what: str) -> None:
    failure, said, remedy = FAILURES[what]
    deployment.github.played.failures.add(failure)
    row = rows()["App 101"]
    assert row.startswith(f"problem: {said}")
    assert f" -> {remedy}" in row


def test_a_proxy_of_the_environment_is_gone_through(
    deployment: Deployment, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://github.internal/api/v3")
    monkeypatch.setenv("HTTP_PROXY", deployment.webhook.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # AWS
    before = len(deployment.webhook.heard)
    assert "App 101" in rows()
    assert len(deployment.webhook.heard) == before + 1
