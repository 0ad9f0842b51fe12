"""A job's row in the table, read at the border: what is not as the functions write it is refused, by name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from generator import rows
from lambdas.core.jobs import REFUSED
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS

STAMP = "At"
LAUNCHED, PARKED = "launched", "parked"
# When a job came into these; into any other, when its row last changed.
SINCE = {REFUSED: "refusedAt", LAUNCHED: "launchedAt", IN_PROGRESS: "pickedUpAt", COMPLETED: "completedAt"}
Moment = Annotated[AwareDatetime, Field(strict=False)]


class JobRow(BaseModel):
    """One workflow job; `stamps` are its times by attribute, such as `receivedAt`, None where GitHub told none.

    What a newer release adds is ignored, apart from further stamps. `refusal` is the kind of refusal and may be a word
    that this release does not know.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)

    job_id: int
    status: str
    repository: str
    labels: list[str]
    preset: str | None = None
    launch_id: str | None = None
    run_id: int | None = None
    run_attempt: int | None = None
    refusal: str | None = None
    reason: str | None = None
    runner_name: str | None = None
    conclusion: str | None = None
    waits_for: str | None = None
    stamps: dict[str, Moment | None]

    @property
    def is_refused(self) -> bool:
        """Tell whether the job got no machine, be it that it waits in GitHub or has ended there."""
        return self.status == REFUSED or self.refusal is not None

    @property
    def told(self) -> Mapping[str, datetime]:
        """Return the stamps that there are, the earliest first."""
        known = {name: moment for name, moment in self.stamps.items() if moment is not None}
        return dict(sorted(known.items(), key=lambda stamp: stamp[::-1]))

    @property
    def since(self) -> datetime | None:
        """Return since when the job has its status, or None where the row does not tell."""
        return self.stamps.get(SINCE.get(self.status, "")) or self.stamps.get("updatedAt")

    def page(self, server_url: str) -> str | None:
        """Return the job's page in GitHub, or None where the row does not tell enough."""
        if self.run_id is None:
            return None
        return f"{server_url}/{quote(self.repository)}/actions/runs/{self.run_id}/job/{self.job_id}"


def parse(record: Mapping[str, object]) -> JobRow:
    """Return the row that a record of the table stands for; raise SpotRunnerError with what is wrong first."""
    stamps = {name: value for name, value in record.items() if name.endswith(STAMP)}
    try:
        return JobRow.model_validate({**record, "stamps": stamps})
    except ValidationError as error:
        raise rows.unexpected(f"job {record.get('jobId')}", error) from error
