"""Print each figure beside what it is expected to be; absolute times are this machine's, ratios are anyone's."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
RUNS = 5
RENDER = """
import json, resource, sys, time
from pathlib import Path
from generator.inputs.project import load_project
from generator.render import render
began = time.process_time()
project = load_project(Path(sys.argv[1]))
loaded = time.process_time()
files = render(project)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"load": loaded - began, "render": time.process_time() - loaded, "rssMib": usage.ru_maxrss / 1024,
                  "files": len(files), "bytes": sum(map(len, files.values()))}))
"""


def measure() -> None:
    """Measure and print."""
    print(f"median of {RUNS} runs each\n")
    bare = wall([sys.executable, "-c", "pass"])
    helped = wall([sys.executable, "-m", "generator", "--help"])
    print(f"spot-runner --help     {helped:6.2f} s wall, {helped / bare:4.1f} times an empty Python   (under 0.3 s)")
    hundred, thousand = rendered(100), rendered(1000)
    cpu100, cpu1000 = (figures["load"] + figures["render"] for figures in (hundred, thousand))
    print(f"render 100 presets     {cpu100:6.2f} s CPU, {hundred['render']:.2f} of it rendering   (under 1 s)")
    print(f"render 1,000 presets   {cpu1000:6.2f} s CPU, {cpu1000 / cpu100:4.1f} times as long as 100   (linear: 10)")
    print(f"                       {thousand['rssMib']:6.0f} MiB at most   (under 150 MB)")
    print(f"                       {thousand['bytes'] / 2**20:6.1f} MiB of templates in {thousand['files']} files")
    print(f"make demo              {wall(['make', '--silent', 'demo'], runs=1):6.1f} s wall, one run   (under 60 s)")


def wall(command: list[str], runs: int = RUNS) -> float:
    """Return the median wall time of a command, in seconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def rendered(count: int) -> dict[str, float]:
    """Return the median figures of loading and rendering `count` presets, each run in a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        write_project(Path(home), count)
        runs = [
            json.loads(
                subprocess.run([sys.executable, "-c", RENDER, home], cwd=ROOT, check=True, capture_output=True).stdout
            )
            for _ in range(RUNS if count <= 100 else 3)  # noqa: PLR2004 - thousands are run less often
        ]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def write_project(root: Path, count: int) -> None:
    """Write a project with `count` presets that differ in what is baked in."""
    (root / "spot-runner.yaml").write_text((ROOT / "spot-runner.yaml").read_text())
    (root / "presets").mkdir()
    original = yaml.safe_load((ROOT / "presets" / "linux-x64.yaml").read_text())
    for number in range(count):
        name = f"preset-{number:04}"
        preset = original | {"name": name}
        preset["image"] = (original.get("image") or {}) | {"testCommands": [f"echo {number}"]}
        (root / "presets" / f"{name}.yaml").write_text(yaml.safe_dump(preset))
