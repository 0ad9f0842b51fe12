"""Image Builder's place in moto: a service registered from outside, whose every operation asks one object."""

import re
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from moto import backend_index
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model

from embedded.aws.patches import Patches

HOST = r"https?://imagebuilder\.(.+)\.amazonaws\.com"
MODULE = "moto.imagebuilder"
_PATTERN = ("imagebuilder", re.compile(HOST))
_serving: list[Any] = []


class ImageBuilderResponse(BaseResponse):  # type: ignore[misc] # moto carries no types
    """One request; moto parses it and writes the answer by botocore's model."""

    def __init__(self) -> None:
        super().__init__(service_name="imagebuilder")
        self.automated_parameter_parsing = True


class ImageBuilderBackend(BaseBackend):  # type: ignore[misc] # as above
    """What moto needs to route requests; the state lives in the service."""

    @property
    def _url_module(self) -> SimpleNamespace:
        return SimpleNamespace(url_bases=[HOST], url_paths={"{0}/.*$": ImageBuilderResponse.dispatch})


def _method(operation: str) -> Callable[[ImageBuilderResponse], Any]:
    def answer(self: ImageBuilderResponse) -> Any:
        return ActionResult(_serving[-1].answer(operation, self.params, self.region))

    return answer


for name in get_service_model("imagebuilder").operation_names:
    setattr(ImageBuilderResponse, camelcase_to_underscores(name), _method(name))


def install(service: Any, patches: Patches) -> None:
    """Let moto serve Image Builder with what `service.answer(operation, params, region)` returns."""
    module = ModuleType(MODULE)
    module.imagebuilder_backends = BackendDict(  # type: ignore[attr-defined] # moto's convention
        ImageBuilderBackend, "imagebuilder", use_boto3_regions=False, additional_regions=["us-east-1"]
    )  # botocore lists no regions for imagebuilder, and this is the one by which moto finds the paths
    sys.modules[MODULE] = module
    patches.callback(sys.modules.pop, MODULE)
    for listed, one in ((backend_index.backend_url_patterns, _PATTERN), (_serving, service)):
        listed.append(one)
        patches.callback(listed.remove, one)


def tags_of(arn: str) -> dict[str, str]:
    """Return the tags of a resource of the installed service; none if there is neither."""
    return dict(_serving[-1].tags_of(arn)) if _serving else {}
