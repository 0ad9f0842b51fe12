import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.errors import InvalidInputError, Problem
from generator.inputs.project import load_project
from tests import team

PRESET = team.FOLDER / "presets/linux-x64.yaml"
SETTINGS = team.FOLDER / "spot-runner.yaml"
ODD = (
    *("&a ", "*a", "<<: ", "!!python/name:os.system ", "- ", ": ", "\t", "---\n", "...\n", "%YAML 9.9\n", "? "),
    *("'", '"', '"\\ud800"', '"\\x00"', "|\n", ">-\n", "[[", "{{", "\ufeff", "\x00", "\x85", "\r", "=", "~"),
    *("0x_", "0b_", "1e999", ".nan", "1:2:3", "0o8", "2026-99-99", "on", "1_0", "-0", "00"),
)
PIECES = st.one_of(
    st.binary(max_size=6),
    st.text(max_size=4).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(ODD).map(str.encode),
)


def problems_of(files: dict[str, bytes]) -> tuple[Problem, ...]:
    """Return what is wrong with a project of these files; anything but an answer in words is this test's failure."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "presets").mkdir()
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        try:
            load_project(Path(folder))
        except InvalidInputError as error:
            return error.problems
        return ()


def check(files: dict[str, bytes]) -> None:
    for problem in problems_of(files):
        assert problem.line >= 1
        assert problem.message
        assert "\n" not in str(problem)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=200), st.binary(max_size=200))
@example(b"[" * 65536, b"{" * 65536)
@example(b"a: " * 20000, b"? " * 30000)
@example(b"- " * 30000, b"name: " + b"9" * 60000)
@example(b"{" * 4000, b"instanceTypes:\n" + b"- q\n" * 12000)
@example(b"a: &a [*a]", b"&a a: *a")
def test_any_bytes_are_answered_in_words(preset: bytes, deployment: bytes) -> None:
    check({"presets/linux-x64.yaml": preset, "spot-runner.yaml": deployment})


@st.composite
def mutated(draw: st.DrawFn, path: Path) -> bytes:
    """Return a good file with some pieces replaced, put in, moved or left out."""
    content = path.read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        content = content[:start] + draw(PIECES) + content[end:]
    return content


@settings(max_examples=400, deadline=None, derandomize=True)
@given(mutated(PRESET), mutated(SETTINGS))
def test_any_mutation_of_good_files_is_answered_in_words(preset: bytes, deployment: bytes) -> None:
    check({"presets/linux-x64.yaml": preset, "spot-runner.yaml": deployment})
