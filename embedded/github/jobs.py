"""Workflow runs and jobs: https://docs.github.com/en/rest/actions/workflow-jobs and …/workflow-runs."""

from collections.abc import Sequence

from embedded.github.action_shapes import job_json, run_json
from embedded.github.errors import not_found
from embedded.github.paging import PARAMETERS, page_of
from embedded.github.requests import Answer, Request, Route
from embedded.github.workflow_jobs import Job, Run


def get_job(request: Request) -> Answer:
    """Read one job."""
    return Answer(content=job_json(request, _job(request)))


def rerun_job(request: Request) -> Answer:
    """Do a job of a run that is over again."""
    request.fields()
    request.actions.rerun(_job(request))
    return Answer(status=201, content={})


def get_run(request: Request) -> Answer:
    """Read one run."""
    return Answer(content=run_json(request, _run(request)))


def list_jobs(request: Request) -> Answer:
    """List the jobs of a run's newest attempt, or with `filter=all` of every attempt."""
    run, query = _run(request), request.parameters("filter", *PARAMETERS)
    return _listed(request, run.jobs if query.get("filter") == "all" else run.jobs_of(run.attempt))


def list_jobs_of_attempt(request: Request) -> Answer:
    """List the jobs of one attempt."""
    request.parameters(*PARAMETERS)
    wanted = request.path["attempt_number"]
    found = [job for job in _run(request).jobs if str(job.run_attempt) == wanted]
    if not found:
        raise not_found()
    return _listed(request, found)


def _listed(request: Request, found: Sequence[Job]) -> Answer:
    page, headers = page_of(request, found, request.below)
    return Answer(
        content={"total_count": len(found), "jobs": [job_json(request, one) for one in page]}, headers=headers
    )


def _job(request: Request) -> Job:
    repository = request.repository
    return request.one_of((job for job in request.actions.jobs.values() if job.run.repository is repository), "job_id")


def _run(request: Request) -> Run:
    repository = request.repository
    return request.one_of((run for run in request.actions.runs.values() if run.repository is repository), "run_id")


ACTIONS = "/repos/<owner>/<repo>/actions"
JOB, RUN = f"{ACTIONS}/jobs/<job_id>", f"{ACTIONS}/runs/<run_id>"
ROUTES = (
    Route(method="GET", path=JOB, operation=get_job, permission="actions", public=True),
    Route(method="POST", path=f"{JOB}/rerun", operation=rerun_job, permission="actions", level="write"),
    Route(method="GET", path=RUN, operation=get_run, permission="actions", public=True),
    Route(method="GET", path=f"{RUN}/jobs", operation=list_jobs, permission="actions", public=True),
    Route(
        method="GET", path=f"{RUN}/attempts/<attempt_number>/jobs", operation=list_jobs_of_attempt,
        permission="actions", public=True,
    ),
)  # fmt: skip
