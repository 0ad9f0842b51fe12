from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from embedded.aws.ec2 import images

SOMEBODY = "099720109477"
DISABLED, DEPRECATED = {"IncludeDisabled": True}, {"IncludeDeprecated": True}


@pytest.mark.parametrize(
    ("how", "asked", "shown"),
    [
        ({"state": "disabled"}, {}, False),
        ({"state": "disabled"}, DEPRECATED, False),
        ({"state": "disabled"}, DISABLED, True),
        ({"owner_id": SOMEBODY, images.DEPRECATED: True}, {}, False),
        ({"owner_id": SOMEBODY, images.DEPRECATED: True}, DISABLED, False),
        ({"owner_id": SOMEBODY, images.DEPRECATED: True}, DEPRECATED, True),
        ({"owner_id": SOMEBODY}, {}, True),
        ({images.DEPRECATED: True}, {}, True),
    ],
    ids=[
        "disabled",
        "disabled, and deprecated ones are asked for",
        "disabled, as asked for",
        "deprecated by others",
        "deprecated by others, and disabled ones are asked for",
        "deprecated by others, as asked for",
        "of others",
        "deprecated by its owner",
    ],
)
def test_an_image_is_shown(world: Any, how: dict[str, Any], asked: dict[str, bool], shown: bool) -> None:  # noqa: FBT001 - a table
    image = ec2_backends["123456789012"]["eu-west-1"].amis[world.image]
    for name, value in how.items():
        setattr(image, name, value)
    for named in ({"ImageIds": [image.id]}, {"Filters": [{"Name": "image-id", "Values": [image.id]}]}):
        assert bool(world.ec2.describe_images(**named, **asked)["Images"]) is shown
