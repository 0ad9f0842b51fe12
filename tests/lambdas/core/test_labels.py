import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.labels import Refusal, Wish, others, wish

WISHES = {
    "a preset": (["self-hosted", "spotrunner/linux-x64"], Wish(preset="linux-x64")),
    "a preset alone": (["spotrunner/linux-x64"], Wish(preset="linux-x64")),
    "in any case": (["SpotRunner/Linux-X64"], Wish(preset="linux-x64")),
    "the same twice": (["spotrunner/gpu", "Spotrunner/GPU"], Wish(preset="gpu")),
    "both options": (["spotrunner/gpu/cpu=4,ram=16"], Wish(preset="gpu", cpu=4, ram=16)),
    "options the other way round": (["spotrunner/gpu/RAM=16,CPU=4"], Wish(preset="gpu", cpu=4, ram=16)),
    "options between slashes": (["spotrunner/gpu/cpu=4/ram=16"], Wish(preset="gpu", cpu=4, ram=16)),
    "slashes, and the other way round": (["spotrunner/gpu/RAM=16/CPU=4"], Wish(preset="gpu", cpu=4, ram=16)),
    "one option": (["spotrunner/gpu/ram=3"], Wish(preset="gpu", ram=3)),
    "nothing": ([], None),
    "another's machine": (["ubuntu-latest"], None),
    "a label that only looks like it": (["spotrunner-linux-x64", "my-spotrunner/linux-x64"], None),
    "another's label with a comma": (["self-hosted,linux"], None),
}


@pytest.mark.parametrize("name", WISHES)
def test_the_label_says_which_preset_and_how_large_job_7(name: str) -> None:
    labels, expected = WISHES[name]
    assert wish(labels) == expected


REFUSALS = {
    "self-hosted,spotrunner/linux-x64": "comma-joined labels",
    "self-hosted, spotrunner/linux-x64": "comma-joined labels",
    "spotrunner/linux-x64,self-hosted": "comma-joined labels",
    "spotrunner/linux-x64,spotrunner/gpu/cpu=2": "comma-joined labels",
    "spotrunner": "malformed label",
    "spotrunner/": "malformed label",
    "spotrunner//cpu=2": "malformed label",
    "spotrunner/linux_x64": "malformed label",
    "spotrunner/../gpu": "malformed label",
    f"spotrunner/{'x' * 41}": "malformed label",
    "spotrunner/gpu/": "malformed option",
    "spotrunner/gpu/cpu": "malformed option",
    "spotrunner/gpu/cpu=": "malformed option",
    "spotrunner/gpu/cpu=0": "malformed option",
    "spotrunner/gpu/cpu=-1": "malformed option",
    "spotrunner/gpu/cpu=1.5": "malformed option",
    "spotrunner/gpu/cpu=٤": "malformed option",
    "spotrunner/gpu/cpu=4,": "malformed option",
    "spotrunner/gpu/cpu=4,cpu=8": "malformed option",
    "spotrunner/gpu/cpu=4,ram=8,disk=9": "malformed option",
    "spotrunner/gpu/cpu=4/": "malformed option",
    "spotrunner/gpu//cpu=4": "malformed option",
    "spotrunner/gpu/cpu=4,/ram=8": "malformed option",
    "spotrunner/gpu/cpu=4/cpu=8": "malformed option",
    "spotrunner/gpu/cpu=4/ram=8,cpu=2": "malformed option",
    "spotrunner/gpu/cpu=4/self-hosted": "malformed option",
    "spotrunner/gpu/cpu=4/spotrunner/linux-x64": "malformed option",
    "spotrunner/gpu/cpu=4,self-hosted": "malformed option",
}


@pytest.mark.parametrize("label", REFUSALS)
def test_what_is_not_clear_is_refused_and_never_guessed_job_7(label: str) -> None:
    found = wish([label])
    assert isinstance(found, Refusal)
    assert found.kind == REFUSALS[label]
    assert "expected" in found.why


@given(
    options=st.permutations(["cpu", "ram"]),
    sizes=st.tuples(*[st.integers(1, 999_999)] * 2),
    between=st.sampled_from(",/"),
)
def test_a_slash_between_options_says_what_a_comma_says(
    options: list[str], sizes: tuple[int, int], between: str
) -> None:
    asked = dict(zip(options, sizes, strict=True))
    label = "spotrunner/gpu/" + between.join(f"{key}={value}" for key, value in asked.items())
    assert wish([label]) == Wish(preset="gpu", **asked)


@given(text=st.text(alphabet="cpuram=4,/", max_size=20))
def test_whatever_is_no_list_of_options_is_refused_with_commas_as_with_slashes(text: str) -> None:
    commas, slashes = (wish([f"spotrunner/gpu/{text.replace(*change)}"]) for change in (("/", ","), (",", "/")))
    assert isinstance(commas, Refusal) == isinstance(slashes, Refusal)
    assert isinstance(commas, Refusal) or commas == slashes


@pytest.mark.parametrize(
    "labels",
    [["spotrunner/gpu", "x" * 257], ["spotrunner/gpu", *(str(number) for number in range(100))]],
    ids=["too long", "too many"],
)
def test_what_no_runner_could_have_is_refused(labels: list[str]) -> None:
    found = wish(labels)
    assert isinstance(found, Refusal)
    assert (found.kind, len(found.why) < 200) == ("malformed label", True)
    assert wish(labels[1:]) is None, "another's labels are another's business"


def test_two_presets_are_one_too_many() -> None:
    found = wish(["spotrunner/linux-x64", "spotrunner/gpu"])
    assert found == Refusal(
        kind="several presets",
        why="the job asks for 'spotrunner/linux-x64' and 'spotrunner/gpu', expected one of them",
    )


def test_a_reason_is_a_line_whatever_the_label_is() -> None:
    found = wish(["spotrunner/\x1b[31m\n::error::" + "x" * 300])
    assert isinstance(found, Refusal)
    assert found.why.isprintable()
    assert len(found.why) < 300


def test_the_other_labels_are_those_that_ask_for_no_preset() -> None:
    assert list(others(["self-hosted", "SPOTRUNNER/gpu", "docker"])) == ["self-hosted", "docker"]
