"""What an account has from the start, and moto does not know: service-linked roles by name, service quotas."""

from collections.abc import Mapping
from typing import Any

from moto.iam import models as iam
from moto.iam.exceptions import InvalidInput
from moto.servicequotas.models import ServiceQuotasBackend

from embedded.aws.patches import Patches

SERVICE_ROLES = {"imagebuilder": "ImageBuilder", "spot": "EC2Spot"}
# As of a new account: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
QUOTAS = {("ec2", "L-1216C47A"): 5.0, ("ec2", "L-34B43A08"): 5.0, ("lambda", "L-B99A9384"): 10.0}


def install(quotas: Mapping[tuple[str, str], float], patches: Patches) -> None:
    """Name service-linked roles as AWS does, refuse a second; answer with `quotas`, by service and code."""
    make, quota = iam.IAMBackend.create_service_linked_role, ServiceQuotasBackend.get_service_quota

    def create(backend: Any, service_name: str, description: str, suffix: str) -> Any:
        name = f"AWSServiceRoleFor{SERVICE_ROLES.get(service_name.partition('.')[0])}"
        if any(role.name == name for role in backend.roles.values()):
            raise InvalidInput(f"Service role name {name} has been taken in this account")
        return make(backend, service_name, description, suffix)

    def get(backend: Any, service_code: str, quota_code: str) -> dict[str, Any]:
        if (value := quotas.get((service_code, quota_code))) is not None:
            return {"ServiceCode": service_code, "QuotaCode": quota_code, "Value": value}
        return dict(quota(backend, service_code, quota_code))

    patches.replace(iam, "SERVICE_NAME_CONVERSION", {**iam.SERVICE_NAME_CONVERSION, **SERVICE_ROLES})
    patches.replace(iam.IAMBackend, "create_service_linked_role", create)
    patches.replace(ServiceQuotasBackend, "get_service_quota", get)
