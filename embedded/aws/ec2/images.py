"""EC2's images as they were registered, and not to be found any more once they are gone."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.responses.amis import AmisResponse

from embedded.aws.errors import ServiceError
from embedded.aws.patches import Patches

MAPPINGS = "_registered_mappings"


def install(patches: Patches) -> None:
    """Patch moto."""
    describe = AmiBackend.describe_images
    default: Any = Ami.block_device_mappings

    def describe_images(backend: Any, ami_ids: Any = None, *rest: Any, **named: Any) -> Any:
        missing = [one for one in ami_ids or () if one not in backend.amis]
        if missing:  # moto passes over deregistered images, and over any if one exists
            raise ServiceError("InvalidAMIID.NotFound", f"The image id '[{', '.join(missing)}]' does not exist")
        return describe(backend, ami_ids, *rest, **named)

    patches.replace(AmiBackend, "describe_images", describe_images)
    patches.replace(AmisResponse, "register_image", _register)
    patches.replace(Ami, "block_device_mappings", property(lambda ami: getattr(ami, MAPPINGS, default.fget(ami))))


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
