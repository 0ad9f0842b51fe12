"""EC2's images as they were registered, hidden as EC2 hides them, and not to be found any more once they are gone."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse

from embedded.aws.errors import ServiceError
from embedded.aws.patches import Patches

MAPPINGS, DEPRECATED = "_registered_mappings", "_deprecated"


def install(patches: Patches) -> None:
    """Patch moto."""
    describe, answer = AmiBackend.describe_images, AmisResponse.describe_images
    default: Any = Ami.block_device_mappings

    def describe_images(backend: Any, ami_ids: Any = None, *rest: Any, **named: Any) -> Any:
        missing = [one for one in ami_ids or () if one not in backend.amis]
        if missing:  # moto passes over deregistered images, and over any if one exists
            raise ServiceError("InvalidAMIID.NotFound", f"The image id '[{', '.join(missing)}]' does not exist")
        return describe(backend, ami_ids, *rest, **named)

    def shown(response: Any) -> ActionResult:
        images = answer(response).result["Images"]
        return ActionResult({"Images": [one for one in images if not _is_hidden(one, response)]})

    patches.replace(AmiBackend, "describe_images", describe_images)
    patches.replace(AmisResponse, "describe_images", shown)
    patches.replace(AmisResponse, "register_image", _register)
    patches.replace(Ami, "block_device_mappings", property(lambda ami: getattr(ami, MAPPINGS, default.fget(ami))))


def _is_hidden(image: Any, response: Any) -> bool:
    """Tell whether DescribeImages passes over an image that is disabled, or that others deprecated, unless asked for.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
    """
    asked, others = response.params, image.owner_id != response.current_account
    if image.state == "disabled" and not asked.get("IncludeDisabled"):
        return True
    return others and getattr(image, DEPRECATED, False) and not asked.get("IncludeDeprecated")


def _register(response: Any) -> ActionResult:
    """Register an image as RegisterImage says, of which moto keeps the name alone."""
    given = response.params
    image = response.ec2_backend.register_image(given.get("Name"), given.get("Description", ""))
    image.architecture = given.get("Architecture")
    image.root_device_name = given.get("RootDeviceName", image.root_device_name)
    if given.get("BlockDeviceMappings"):
        image.root_device_type = "ebs"
        setattr(image, MAPPINGS, given["BlockDeviceMappings"])
    return ActionResult({"ImageId": image.id})
