"""EventBridge's default bus: moto keeps and matches the rules, this delivers, with retries and dead-letter queues."""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import EventsBackend, Rule, events_backends
from moto.sqs.models import sqs_backends

from embedded.aws.aws_event import aws_event
from embedded.aws.clock import Clock
from embedded.aws.cron import ScheduleError, check
from embedded.aws.errors import ServiceError
from embedded.aws.faults import Faults
from embedded.aws.iam.errors import UnsupportedError
from embedded.aws.lambda_api import LambdaApi
from embedded.aws.patches import Patches
from embedded.aws.resource_policy import allows, statements_of
from embedded.aws.work import Work

logger = logging.getLogger(__name__)

PRINCIPAL = "events.amazonaws.com"
BACKOFF_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one event at one target: `delivered`, `dead-lettered` or `failed` (lost)."""

    rule: str
    target: str
    event_id: str
    status: str
    reason: str | None = None


class _RefusedError(Exception):
    """A target that is missing or does not permit the rule: retrying would not help."""


class Events:
    """Publishes events to the rules of one account and Region."""

    def __init__(
        self, functions: LambdaApi, work: Work, clock: Clock, faults: Faults, account: str, region: str
    ) -> None:
        self.deliveries: list[Delivery] = []
        self._account, self._region = account, region
        self._functions, self._work, self._clock, self._faults = functions, work, clock, faults
        self.on_change: Any = lambda: None  # a rule came, changed or was enabled

    def install(self, patches: Patches) -> None:
        """Patch moto."""
        put_rule, enable, events = EventsBackend.put_rule, Rule.enable, self

        def send_to_targets(rule: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002, ARG001 - moto's signature
            events.offer(rule, _normal(original_event))

        def checked_rule(backend: Any, name: str, *args: Any, **kwargs: Any) -> Any:
            _check_schedule(kwargs.get("scheduled_expression"))
            rule = put_rule(backend, name, *args, **kwargs)
            events.on_change()
            return rule

        def enable_rule(rule: Any) -> None:
            enable(rule)
            events.on_change()

        patches.replace(Rule, "send_to_targets", send_to_targets)
        patches.replace(EventsBackend, "put_rule", checked_rule)
        patches.replace(Rule, "enable", enable_rule)

    def rules(self) -> list[Any]:
        """Return the rules of the default bus, as moto keeps them."""
        return list(events_backends[self._account][self._region].event_buses["default"].rules.values())

    def publish(self, event: dict[str, Any]) -> None:
        """Put an event (full EventBridge shape, as AWS's services send it) on the default bus."""
        for rule in self.rules():
            self.offer(rule, event)

    def offer(self, rule: Any, event: dict[str, Any]) -> None:
        """Deliver the event if the rule is enabled and its pattern matches."""
        if rule.state == "ENABLED" and rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event):
            self.deliver(rule, event)

    def deliver(self, rule: Any, event: dict[str, Any]) -> None:
        """Send the event to all targets of the rule, in the background."""
        for target in list(rule.targets):
            self._work.submit(lambda target=target: self._deliver(rule, target, event))  # type: ignore[misc]

    def _deliver(self, rule: Any, target: dict[str, Any], event: dict[str, Any]) -> None:
        body, policy = json.dumps(event), target.get("RetryPolicy", {})
        tries = 1 + policy.get("MaximumRetryAttempts", 185)
        oldest = self._clock.timestamp() + policy.get("MaximumEventAgeInSeconds", 86400)
        reason, condition = "", "MaximumRetryAttempts"
        for tried in range(tries):
            if tried and self._clock.timestamp() > oldest:
                condition = "MaximumEventAge"
                break
            fault = self._faults.strike("events.Deliver", "")
            try:
                if fault is None:
                    self._send(rule, target["Arn"], body)
                    return self._note(rule, target, event, "delivered", None)
                reason = fault.code
            except _RefusedError as error:
                reason, condition = str(error), ""
                break
            self._work.pause(BACKOFF_SECONDS)
        return self._give_up(rule, target, event, body, (reason, condition))

    def _give_up(
        self, rule: Any, target: dict[str, Any], event: dict[str, Any], body: str, why: tuple[str, str]
    ) -> None:
        reason, condition = why
        status, dead_letters = "failed", target.get("DeadLetterConfig", {}).get("Arn")
        if dead_letters:
            attributes = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], "ERROR_CODE": reason}
            attributes |= {"EXHAUSTED_RETRY_CONDITION": condition} if condition else {}
            try:
                self._send_to_queue(rule, dead_letters, body, attributes)
                status = "dead-lettered"
            except _RefusedError as error:
                reason = f"{reason}; dead-letter queue: {error}"
        logger.warning("event %s of rule %s is %s: %s", event["id"], rule.name, status, reason)
        self._note(rule, target, event, status, reason)

    def _note(self, rule: Any, target: dict[str, Any], event: dict[str, Any], status: str, reason: str | None) -> None:
        delivery = Delivery(rule=rule.name, target=target["Arn"], event_id=event["id"], status=status, reason=reason)
        self.deliveries.append(delivery)

    def _send(self, rule: Any, arn: str, body: str) -> None:
        if arn.split(":")[2] == "sqs":
            return self._send_to_queue(rule, arn, body, {})
        function = self._functions.find(arn)
        if function is None:
            raise _RefusedError("RESOURCE_NOT_FOUND")
        self._permit(rule, function.policy.statements, "lambda:InvokeFunction", arn)
        return self._functions.invoke_later(function, body.encode())

    def _send_to_queue(self, rule: Any, arn: str, body: str, attributes: dict[str, str]) -> None:
        _, _, _, region, account, name = arn.split(":")
        backend = sqs_backends[account][region]
        if name not in backend.queues:
            raise _RefusedError("RESOURCE_NOT_FOUND")
        self._permit(rule, statements_of(backend.queues[name].policy), "sqs:SendMessage", arn)
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
        backend.send_message(name, body, message_attributes=typed)

    def _permit(self, rule: Any, statements: list[dict[str, Any]], action: str, arn: str) -> None:
        try:
            allowed = allows(statements, PRINCIPAL, action, arn, rule.arn)
        except UnsupportedError as error:
            raise _RefusedError(error.message) from error
        if not allowed:
            raise _RefusedError("NO_PERMISSIONS")


def scheduled_event(rule: Any, due: datetime) -> dict[str, Any]:
    """Return the event of a schedule that fell due."""
    return aws_event("aws.events", "Scheduled Event", rule.arn, {}, (rule.account_id, rule.region_name), due)


def _normal(event: dict[str, Any]) -> dict[str, Any]:
    event = {key: value for key, value in event.items() if key != "ingestion-time"}
    time = event.get("time")
    if isinstance(time, int | float):
        time = datetime.fromtimestamp(time, UTC)
    return event | {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(time, datetime) else time}


def _check_schedule(expression: str | None) -> None:
    try:
        if expression:
            check(expression)
    except ScheduleError as error:
        raise ServiceError("ValidationException", f"Parameter ScheduleExpression is not valid. {error}") from error
