"""A machine's row in the table, read at the border: what is not as the functions write it is refused, by name."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from generator import rows

PREFIX = "RUNNER#"
STARTING, CONFIGURED, RUNNING = "starting", "configured", "running"
Moment = Annotated[AwareDatetime, Field(strict=False)]


class RunnerRow(BaseModel):
    """One machine; `labels` are those that its runner has in GitHub, `launched_for` and `running_job` ids of jobs.

    GitHub gives any job to any runner that has its labels, so that the two may differ. A `running_job` of 0 is one that
    nobody told of, such as that of a workflow that asks for no preset. What a newer release adds is ignored.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)

    instance_arn: str
    preset: str
    labels: list[str]
    market: str | None = None
    instance_type: str | None = None
    repository: str | None = None
    launch_id: str | None = None
    launched_for: int | None = None
    runner_id: int | None = None
    running_job: int | None = None
    end_reason: str | None = None
    launched_at: Moment
    configured_at: Moment | None = None

    @property
    def instance_id(self) -> str:
        """Return the id of the instance, which is the runner's name in GitHub, too."""
        return self.instance_arn.rpartition("/")[2]

    @property
    def state(self) -> str:
        """Return how far the machine has come, as far as the table knows."""
        if self.running_job is not None:
            return RUNNING
        return STARTING if self.configured_at is None else CONFIGURED


def parse(record: Mapping[str, object]) -> RunnerRow:
    """Return the row that a record of the table stands for; raise SpotRunnerError with what is wrong first."""
    arn = str(record["PK"]).removeprefix(PREFIX)
    try:
        return RunnerRow.model_validate({**record, "instanceArn": arn})
    except ValidationError as error:
        raise rows.unexpected(f"machine {arn}", error) from error
