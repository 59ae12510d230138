"""Process maps laid out by Graphviz: where boxes and arrows lie; the report gives them words and colours."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import files
from typing import Any

from moodlelogsmart.workspace import Workspace

SIZE, END_SIZE = (176, 56), (90, 28)  # of a box in points: of an activity type, and of what holds no events
SECONDS = 30  # that Graphviz may take; a map of all activity types took 10 ms
_POINTS = 72  # to the inch


@dataclass(frozen=True)
class Edge:
    """One activity type or element that follows another: how many times, and after how many seconds in the middle, if
    told."""

    source: str
    target: str
    steps: int
    seconds: float | None


@dataclass(frozen=True)
class Node:
    """A box: its middle in points, and the events of its activity type or element (0 for start and end)."""

    name: str
    x: float
    y: float
    events: int


@dataclass(frozen=True)
class Arrow:
    """An arrow: its path in SVG, where its label stands, and its share of the thickest one."""

    edge: Edge
    path: str
    x: float
    y: float
    share: float


@dataclass(frozen=True)
class Drawing:
    """A process map of `width` x `height` points, the origin at the top left; `share` of all steps are on it, 0 where
    that is not known, as of jobs of an earlier version."""

    width: float
    height: float
    nodes: list[Node]
    arrows: list[Arrow]
    share: float = 0


@cache
def _program() -> str:
    """Graphviz as its package has installed it, wherever the environment keeps its programs."""
    return next(str(file.locate()) for file in files("graphviz-pure") or [] if file.stem == "graphviz-pure")


def draw(work: Workspace, events: dict[str, int], edges: Sequence[Edge], total: int = 0) -> Drawing:
    """Lay out the graph of these edges; `events` are those of each activity type, `total` the steps that there are.
    Raises RuntimeError on failure."""
    names = list(dict.fromkeys(name for edge in edges for name in (edge.source, edge.target)))
    numbers = {name: number for number, name in enumerate(names)}
    boxes = [f"{number} [{_size(events.get(name, 0))}]" for name, number in numbers.items()]
    lines = [
        f'{numbers[edge.source]} -> {numbers[edge.target]} [label="{edge.steps:,} 00 min", id={place}]'
        for place, edge in enumerate(edges)
    ]
    # Labels are drawn with 12 points; fonts differ, and some have wider letters than Graphviz reckons with.
    graph = "\n".join(
        [
            "digraph { nodesep=0.35; ranksep=0.4; node [fixedsize=true, shape=box]; edge [fontsize=16];",
            *boxes,
            *lines,
            "}",
        ]
    )
    done = subprocess.run(
        [_program(), "-Tjson0", "-y"],
        input=graph, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    work.check()
    if done.returncode:
        raise RuntimeError(f"graphviz-pure ended with {done.returncode}")
    laid: dict[str, Any] = json.loads(done.stdout)
    left, _, right, _ = map(float, laid["bb"].split(","))
    heights = [float(number) for number in laid["bb"].split(",")[1::2]]
    thickest = max(edge.steps for edge in edges)
    return Drawing(
        right - left,
        max(heights) - min(heights),
        [
            Node(names[int(node["name"])], *_point(node["pos"]), events.get(names[int(node["name"])], 0))
            for node in laid["objects"]
        ],
        [
            Arrow(
                edges[int(arrow["id"])],
                _path(arrow["pos"]),
                *_point(arrow["lp"]),
                edges[int(arrow["id"])].steps / thickest,
            )
            for arrow in laid["edges"]
        ],
        round(sum(edge.steps for edge in edges) / total, 4) if total else 0,
    )


def _size(events: int) -> str:
    width, height = SIZE if events else END_SIZE
    return f"width={width / _POINTS:.3f}, height={height / _POINTS:.3f}"


def _point(text: str) -> tuple[float, float]:
    x, y = text.split(",")
    return float(x), float(y)


def _path(text: str) -> str:
    """A spline of Graphviz, "e,END START BEZIER ...", as a path of SVG."""
    end, start, *points = text.removeprefix("e,").split()
    return f"M{start}C{' '.join(points)}L{end}"
