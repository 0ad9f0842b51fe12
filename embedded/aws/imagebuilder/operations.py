"""The operations of Image Builder that are served: each takes its parsed input and returns its output."""

from collections.abc import Callable
from functools import partial

from embedded.aws.imagebuilder import schedules
from embedded.aws.imagebuilder.builds import Builds
from embedded.aws.imagebuilder.definitions import check, define
from embedded.aws.imagebuilder.resources import Body, Resources, page

KINDS = {  # operation's noun: kind in ARNs, key of its ARN
    "Component": ("component", "componentBuildVersionArn"),
    "ImageRecipe": ("image-recipe", "imageRecipeArn"),
    "ImagePipeline": ("image-pipeline", "imagePipelineArn"),
    "InfrastructureConfiguration": ("infrastructure-configuration", "infrastructureConfigurationArn"),
    "DistributionConfiguration": ("distribution-configuration", "distributionConfigurationArn"),
}
KEPT = ("arn", "name", "owner", "platform", "dateCreated", "tags")  # what an update leaves: it replaces all else


class Operations:
    """Resources and builds as the service's API; every operation runs under the service's lock."""

    def __init__(self, resources: Resources, builds: Builds, profile_exists: Callable[[str], bool]) -> None:
        """`profile_exists(name)` tells whether IAM has an instance profile."""
        self._resources, self._builds = resources, builds
        self._profile_exists = profile_exists
        self.lag_seconds = 0.0
        self.table: dict[str, Callable[[Body], Body]] = {
            "ListImageBuildVersions": self._of_version,
            "ListImages": self._versions,
            "ListImagePipelines": lambda params: page("imagePipelineList", resources.of("image-pipeline"), params),
            "ListImagePipelineImages": self._of_pipeline,
            "StartImagePipelineExecution": self._start,
            "GetImage": lambda params: {"image": self._builds.seen(self._image(params), self.lag_seconds)},
            "CancelImageCreation": partial(self._on_image, builds.cancel),
            "RetryImage": partial(self._on_image, builds.retry),
            "DeleteImage": partial(self._on_image, builds.delete),
            "TagResource": lambda params: self._tags(params).update(params["tags"]) or {},
            "UntagResource": lambda params: {key: self._tags(params).pop(key, "") for key in params["tagKeys"]},
            "ListTagsForResource": lambda params: {"tags": self._tags(params)},
        }
        for noun, (kind, key) in KINDS.items():
            self.table[f"Create{noun}"] = partial(self._create, kind, key)
            self.table[f"Get{noun}"] = partial(self._get, key, noun[0].lower() + noun[1:])
            self.table[f"Delete{noun}"] = partial(self._delete, key)
            if noun.endswith(("Configuration", "Pipeline")):  # recipes and components never change
                self.table[f"Update{noun}"] = partial(self._update, key)

    def _create(self, kind: str, key: str, params: Body) -> Body:
        body = {name: value for name, value in params.items() if name != "clientToken"}
        schedules.check(body)
        arn, derived = define(kind, body, self._resources, self._profile_exists)
        return {key: self._resources.add(arn, {**derived, **body, **self._builds.made_now()})["arn"]}

    def _get(self, key: str, member: str, params: Body) -> Body:
        return {member: self._resources.find(params[key])}

    def _update(self, key: str, params: Body) -> Body:
        body = self._resources.find(params[key])
        changes = {name: value for name, value in params.items() if name not in {"clientToken", key}}
        schedules.check(changes)
        check(changes, self._resources, self._profile_exists)
        kept = {name: body[name] for name in KEPT if name in body}
        body.clear()
        body.update({"status": "ENABLED", "consecutiveFailures": 0, **changes, **kept})
        return {key: body["arn"]}

    def _delete(self, key: str, params: Body) -> Body:
        self._resources.remove(params[key])
        return {key: params[key]}

    def _versions(self, params: Body) -> Body:
        images = {one["arn"].rpartition("/")[0]: one for one in self._resources.of("image")}
        found = [{**one, "arn": arn, "version": arn.rpartition("/")[2]} for arn, one in images.items()]
        return page("imageVersionList", found, params)

    def _of_version(self, params: Body) -> Body:
        """List the builds of one version, or of all."""
        version = params.get("imageVersionArn", "")
        found = [one for one in self._resources.of("image") if one["arn"].startswith(version)]
        return page("imageSummaryList", found, params)

    def _of_pipeline(self, params: Body) -> Body:
        pipeline = self._resources.find(params["imagePipelineArn"])["arn"]
        found = [one for one in self._resources.of("image") if one["sourcePipelineArn"] == pipeline]
        return page("imageSummaryList", found, params)

    def _start(self, params: Body) -> Body:
        pipeline = self._resources.find(params["imagePipelineArn"])
        return {"imageBuildVersionArn": self._builds.start(pipeline, "USER_INITIATED", params.get("tags", {}))}

    def _on_image(self, action: Callable[[Body], None], params: Body) -> Body:
        image = self._image(params)
        action(image)
        return {"imageBuildVersionArn": image["arn"]}

    def _image(self, params: Body) -> Body:
        return self._resources.find(params["imageBuildVersionArn"])

    def _tags(self, params: Body) -> dict[str, str]:
        tags: dict[str, str] = self._resources.find(params["resourceArn"])["tags"]
        return tags
