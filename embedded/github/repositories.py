"""The repository, its OIDC subject and its workflows.

https://docs.github.com/en/rest/repos/repos, https://docs.github.com/en/rest/actions/oidc and
https://docs.github.com/en/rest/actions/workflows
"""

from embedded.github.errors import not_found
from embedded.github.requests import Answer, Request, Route
from embedded.github.shapes import repository_json, workflow_json
from embedded.github.world import Workflow


def get_repository(request: Request) -> Answer:
    """Read the repository."""
    return Answer(content=repository_json(request, request.repository))


def get_subject(request: Request) -> Answer:
    """Read what the `sub` of the repository's OIDC tokens is made of."""
    it = request.repository
    template = {} if it.claim_keys is None else {"include_claim_keys": list(it.claim_keys)}
    content = {
        "use_default": it.claim_keys is None,
        **template,
        "use_immutable_subject": it.immutable_subject,
        "sub_claim_prefix": request.world.subject_prefix(it),
    }
    return Answer(content=content)


def get_workflow(request: Request) -> Answer:
    """Read one workflow, by its id or the name of its file."""
    return Answer(content=workflow_json(request, _workflow(request)))


def enable_workflow(request: Request) -> Answer:
    """Let a workflow run."""
    _workflow(request).state = "active"
    return Answer(status=204)


def disable_workflow(request: Request) -> Answer:
    """Let a workflow run no more."""
    _workflow(request).state = "disabled_manually"
    return Answer(status=204)


def _workflow(request: Request) -> Workflow:
    wanted = request.path["workflow_id"]
    for workflow in request.repository.workflows.values():
        if wanted in (workflow.file_name, str(workflow.id)):
            return workflow
    raise not_found()


REPOSITORY = "/repos/<owner>/<repo>"
WORKFLOW = f"{REPOSITORY}/actions/workflows/<workflow_id>"
ROUTES = (
    Route(method="GET", path=REPOSITORY, operation=get_repository, permission="metadata", public=True),
    Route(
        method="GET", path=f"{REPOSITORY}/actions/oidc/customization/sub", operation=get_subject, permission="actions"
    ),
    Route(method="GET", path=WORKFLOW, operation=get_workflow, permission="actions", public=True),
    Route(method="PUT", path=f"{WORKFLOW}/enable", operation=enable_workflow, permission="actions", level="write"),
    Route(method="PUT", path=f"{WORKFLOW}/disable", operation=disable_workflow, permission="actions", level="write"),
)
