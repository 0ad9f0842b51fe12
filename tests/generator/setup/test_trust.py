import pytest

from generator.errors import SpotRunnerError, UsageError
from generator.github.subject import Subject
from generator.inputs.settings import GitHub
from generator.setup.trust import Trust, check_owner, check_prefix, prefix_of

OCTO = GitHub(owner="octo-org")
GITHUB, SERVER = "https://github.com", "https://git.example.com"


def a_subject(**fields: object) -> Subject:
    return Subject(**{"prefix": "repo:octo-org@1/runners@2", "uses_default": True, **fields})  # type: ignore[arg-type]


def test_the_parameters_follow_from_what_github_says() -> None:
    trust = Trust(
        repository="octo-org/runners",
        repository_id=2,
        subject_prefix="repo:octo-org@1/runners@2",
        default_branch="trunk",
    )
    assert trust.parameters == {
        "SubjectPrefix": "repo:octo-org@1/runners@2",
        "RepositoryId": "2",
        "BranchRef": "refs/heads/trunk",
    }


@pytest.mark.parametrize(
    "template",
    [a_subject(), a_subject(uses_default=False, claim_keys=("repo", "context"))],
    ids=["GitHub's default", "the default spelled out"],
)
def test_a_prefix_with_ids_is_taken_as_it_is(template: Subject) -> None:
    assert prefix_of(template, "octo-org/runners", GITHUB) == "repo:octo-org@1/runners@2"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("repo", "context", "job_workflow_ref"), "made of repo, context, job_workflow_ref"),
        (("repository_owner",), "made of repository_owner"),
        ((), "made of what its organization says"),
    ],
    ids=["more than the default", "without the repository", "the organization's"],
)
def test_a_template_that_no_trust_policy_matches_is_refused_with_the_way_back(keys: tuple[str, ...], said: str) -> None:
    with pytest.raises(SpotRunnerError, match=said) as refused:
        prefix_of(a_subject(uses_default=False, claim_keys=keys), "octo-org/runners", GITHUB)
    assert "gh api --method PUT repos/octo-org/runners/actions/oidc/customization/sub -F use_default=true" in str(
        refused.value
    )


def test_only_an_enterprise_server_may_leave_the_prefix_out() -> None:
    silent = a_subject(prefix=None)
    assert prefix_of(silent, "octo-org/runners", SERVER) == "repo:octo-org/runners"
    for cloud in (GITHUB, "https://octo.ghe.com"):
        with pytest.raises(SpotRunnerError, match="pass --subject-prefix and --repository-id"):
            prefix_of(silent, "octo-org/runners", cloud)


def test_a_prefix_with_a_wildcard_is_not_believed() -> None:
    with pytest.raises(SpotRunnerError, match="expected repo:OWNER/REPO"):
        prefix_of(a_subject(prefix="repo:octo-org/*"), "octo-org/runners", GITHUB)


def test_another_owner_is_refused_whatever_the_case() -> None:
    check_owner("Octo-Org", OCTO, "the repository is Octo-Org/runners")
    with pytest.raises(
        SpotRunnerError, match=r"the repository is evil/runners, spot-runner.yaml says github.owner: octo"
    ):
        check_owner("evil", OCTO, "the repository is evil/runners")


@pytest.mark.parametrize("prefix", ["repo:octo-org/runners", "repo:octo-org@1/runners@2"])
def test_a_prefix_by_hand_may_have_ids(prefix: str) -> None:
    check_prefix(prefix, OCTO)


@pytest.mark.parametrize(
    ("prefix", "error"),
    [
        ("octo-org/runners", UsageError),
        ("repo:octo-org/*", UsageError),
        ("repo:octo-org@x/runners@2", UsageError),
        ("repo:evil@1/runners@2", SpotRunnerError),
    ],
)
def test_a_prefix_by_hand_of_another_form_or_owner_is_refused(prefix: str, error: type[SpotRunnerError]) -> None:
    with pytest.raises(error, match="--subject-prefix is"):
        check_prefix(prefix, OCTO)
