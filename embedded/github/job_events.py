"""The event `workflow_job`: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job."""

from dataclasses import dataclass

from embedded.github.action_shapes import job_json
from embedded.github.hooks import Hooks
from embedded.github.shapes import organization_json, repository_json, user_json
from embedded.github.workflow_jobs import Job
from embedded.github.world import World


@dataclass(kw_only=True)
class JobEvents:
    """Tells the Apps what becomes of jobs; `api` is the address that links begin with."""

    world: World
    hooks: Hooks
    api: str = ""

    def tell(self, action: str, job: Job) -> None:
        """Deliver that a job is `queued`, `waiting`, `in_progress` or `completed`."""
        repository = job.run.repository
        owner, is_organization = repository.owner, self.world.is_organization(repository.owner)
        of_organization = {"organization": organization_json(self, owner)} if is_organization else {}
        content = {
            "workflow_job": job_json(self, job), "repository": repository_json(self, repository), **of_organization,
            "sender": user_json(self, job.run.actor),
        }  # fmt: skip
        self.hooks.emit("workflow_job", action, repository, content)
