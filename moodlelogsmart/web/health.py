"""For the administrator's monitoring: is the server alive, how full is it."""

from collections import Counter

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from moodlelogsmart.jobs.job import COMPLETED, FAILED
from moodlelogsmart.web.access import runner

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Liveness, with the figures of the queue."""
    figures = _figures()
    return jsonify(
        status="ok", waiting=figures["waiting"], running=figures["running"], queue_limit=runner().queue_limit
    )


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """What the server counts, in Prometheus' text format."""
    figures = runner().metrics
    kinds = Counter(member.kind for member in runner().members())
    for kind in ("web", "worker") if kinds else ():
        figures.processes.labels(kind).set(kinds[kind])
    figures.workers.set(runner().workers)
    for state, number in _figures().items():
        figures.jobs.labels(state).set(number)
    return Response(generate_latest(figures.registry), content_type=CONTENT_TYPE_LATEST)


def _figures() -> dict[str, int]:
    manager = runner().manager
    ended, under_way = manager.count_finished(), manager.unfinished()
    waiting, asking = sum(job.is_waiting for job in under_way), sum(job.is_asking for job in under_way)
    return {
        "waiting": waiting,
        "asking": asking,
        "running": len(under_way) - waiting - asking,
        "completed": ended.get(COMPLETED, 0),
        "failed": ended.get(FAILED, 0),
    }
