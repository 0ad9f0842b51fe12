from generator.deployment.stack_events import StackEvent, culprit, last_operation, why


def an_event(resource: str = "Topic", status: str = "CREATE_IN_PROGRESS", reason: str = "") -> StackEvent:
    return StackEvent(
        id=f"{resource}-{status}",
        resource=resource,
        type="AWS::SNS::Topic",
        status=status,
        reason=reason,
        about_stack=resource == "stack",
    )


def test_only_the_last_operation_counts() -> None:
    old = (an_event("stack"), an_event(status="CREATE_FAILED", reason="old trouble"))
    new = (an_event("stack", "UPDATE_IN_PROGRESS"), an_event(status="UPDATE_COMPLETE"))
    assert last_operation((*old, *new)) == new


def test_the_culprit_is_the_first_that_failed_by_itself() -> None:
    events = (
        an_event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
        an_event("Topic", "CREATE_FAILED", "Name is taken"),
        an_event("Role", "CREATE_FAILED", "Denied"),
    )
    assert culprit(events) == events[1]


def test_a_stack_that_fails_is_not_its_own_culprit() -> None:
    assert culprit((an_event("stack", "UPDATE_FAILED", "something failed"),)) is None


def test_the_reason_names_the_resource() -> None:
    events = (an_event("Topic", "CREATE_FAILED", "Name is taken"),)
    assert why(events, "unknown") == "Topic (AWS::SNS::Topic): Name is taken"
