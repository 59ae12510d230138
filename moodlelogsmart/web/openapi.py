"""/openapi.json: what programs may ask of the server, in OpenAPI 3.1; the tests hold the app to it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from moodlelogsmart import __version__
from moodlelogsmart.jobs.job import COMPLETED, FAILED, PROCESSING
from moodlelogsmart.meaning.rules import ActivityType
from moodlelogsmart.options import CHECK, FORM, Entry, entries
from moodlelogsmart.report import labels
from moodlelogsmart.web.access import PROBLEM
from moodlelogsmart.web.download import TYPES
from moodlelogsmart.web.errors import SENTENCES

blueprint = Blueprint("openapi", __name__)

Json = dict[str, Any]

_TEXT, _NUMBER, _TIME = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "string", "format": "date-time"}
_PERHAPS_TIME, _PERHAPS_TEXT = {"type": ["string", "null"], "format": "date-time"}, {"type": ["string", "null"]}
_FREE: Json = {"type": "object", "additionalProperties": True}  # described in docs/results.md
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}

# Of every request: from another site, and a wrong token or too many of them.
_ANYWHERE = {401: "A token is needed, or the one that came is wrong.", 403: SENTENCES[403], 429: SENTENCES[429]}
_NOT_YOURS = {404: "There is no such job, or it is somebody else's."}
_GONE = {410: "What is asked for is deleted by now."}


@blueprint.get("/openapi.json")
def show() -> ResponseReturnValue:
    """The description of the API."""
    return jsonify(description())


def description() -> Json:
    """The whole description, in OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MoodleLogSmart",
            "version": __version__,
            "summary": "Turns the activity log of a Moodle course into an event log that says what learners did.",
            "description": "Hand in a log at /upload, look at /status until it is completed, take the results from "
            "/download. Send `Accept: application/json`, and the cookie of the first answer, or an access token where "
            "the installation has those. Errors are problem details (RFC 9457); `error` is the same as `detail`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(),
        "components": {
            "schemas": {"Job": _job(), "Begun": _begun(), "Problem": _problem()},
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "moodlelogsmart"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{"cookie": []}, {"token": []}, {}],
    }


def _paths() -> dict[str, dict[str, Any]]:
    """Every address for programs, with its operations and what stands in it."""
    known = {**_of_jobs(), **_of_results(), **_of_server()}
    return {path: {**operations, **_places(path)} for path, operations in known.items()}


def _of_jobs() -> dict[str, dict[str, Json]]:
    taken = {
        400: "The file is no log, or an option cannot be.",
        411: SENTENCES[411],
        413: "It is too large.",
        415: "A file of this kind holds no log.",
        503: "The queue or the disk is full; come back after `Retry-After` seconds.",
    }
    begun = {202: ("The job has begun.", "application/json", _ref("Begun"))}
    job = {200: ("How far the job is.", "application/json", _ref("Job"))}
    again = {**_NOT_YOURS, **_GONE, 409: SENTENCES[409]}
    key = {200: ("The key.", "text/plain", _TEXT)}
    return {
        "/upload": {"post": _does("Hand in a log", begun, taken, body=_form(FORM, ["file"]))},
        "/status/{job_id}": {"get": _does("How far a job is, and its figures", job, _NOT_YOURS)},
        "/jobs/{job_id}/rerun": {
            "post": _does("Run a job again, corrected", begun, {**taken, **again}, body=_form(CHECK, []))
        },
        "/jobs/{job_id}/retry": {"post": _does("Try a failed job again", begun, {**again, 503: taken[503]})},
        "/jobs/{job_id}/cancel": {"post": _does("Stop a job", job, _NOT_YOURS)},
        "/jobs/{job_id}/delete": {
            "post": _does("Forget a job, files included", {204: ("Done.", "", None)}, _NOT_YOURS)
        },
        "/jobs/{job_id}/key": {"post": _does("Take the key of the pseudonyms, once", key, again)},
    }


def _of_results() -> dict[str, dict[str, Json]]:
    lists = {name: {"type": "array"} for name in ("warnings", "people", "unknown")}
    check: Json = {"type": "object", "required": ["reading", *lists], "properties": {"reading": _FREE, **lists}}
    compared: Json = {"type": "object", "properties": {"jobs": {"type": "array"}, "figures": {"type": "array"}}}
    soon = {**_NOT_YOURS, 409: SENTENCES[409]}
    loads = {**soon, **_GONE, 503: "Too many people are downloading just now."}
    jobs: Json = {"type": "array", "items": {"type": "string", "format": "uuid"}}
    answers: dict[str, tuple[str, str, str, Json | None, dict[int, Any], list[Json]]] = {
        "/status/{job_id}/learners/{n}": (
            "What one learner did, by the row of learners.csv", "The learner.", "application/json", _FREE,
            {**soon, **_GONE}, [],
        ),
        "/check/{job_id}": (
            "What was understood of a log", "What was understood.", "application/json", check, soon,
            [_asked("who", _TEXT, "Finds people by name or number.")],
        ),
        "/compare": (
            "The figures of several jobs side by side", "The figures.", "application/json", compared, _NOT_YOURS,
            [_asked("job", jobs, "The jobs; the first stands for itself, the others beside it.")],
        ),
        "/download/{job_id}": ("All results as a ZIP", "The ZIP.", "application/zip", None, loads, []),
        "/download/{job_id}/{name}": ("One file of the results", "The file.", "*/*", None, loads, []),
        "/download/{job_id}/excerpt.csv": (
            "The kinds of events without a rule, without anything personal", "The excerpt.", TYPES[".csv"], None,
            loads, [],
        ),
    }  # fmt: skip
    return {
        path: {"get": _does(summary, {200: (meaning, kind, schema)}, errors, asked)}
        for path, (summary, meaning, kind, schema, errors, asked) in answers.items()
    }


def _of_server() -> dict[str, dict[str, Json]]:
    lives: Json = {"type": "object", "properties": {"status": {"const": "ok"}, "waiting": _NUMBER, "running": _NUMBER}}
    answers: dict[str, tuple[str, str, Json | None]] = {
        "/rules/bloom.yaml": ("The rules, as a start for one's own", TYPES[".yaml"], None),
        "/healthz": ("Whether the server lives", "application/json", lives),
        "/metrics": ("What the server counts, for Prometheus", "text/plain", None),
        "/openapi.json": ("This description", "application/json", _FREE),
    }
    return {
        path: {"get": _does(summary, {200: (summary, kind, schema)}, {})}
        for path, (summary, kind, schema) in answers.items()
    }


def _places(path: str) -> Json:
    """What stands in an address."""
    kinds: dict[str, Json] = {
        "job_id": {"type": "string", "format": "uuid"},
        "n": {"type": "integer", "minimum": 1},
        "name": {"enum": _names()},
    }
    found = [
        {"name": name, "in": "path", "required": True, "schema": kinds[name]} for name in re.findall("{(.*?)}", path)
    ]
    return {"parameters": found} if found else {}


def _does(
    summary: str,
    answers: Mapping[int, tuple[str, str, Json | None]],
    errors: Mapping[int, str],
    parameters: Sequence[Json] = (),
    body: Json | None = None,
) -> Json:
    """An operation: its answers by status, each as what it means, its kind and its schema, and what can go wrong."""
    told: dict[str, Json] = {}
    for status, (meaning, kind, schema) in answers.items():
        content = {kind.partition(";")[0]: {"schema": schema} if schema else {}} if kind else {}
        told[str(status)] = {"description": meaning, **({"content": content} if content else {})}
    for status, sentence in sorted({**_ANYWHERE, **errors}.items()):
        told[str(status)] = {"description": str(sentence), "content": {PROBLEM: {"schema": _ref("Problem")}}}
    known = {"parameters": list(parameters)} if parameters else {}
    return {"summary": summary, **known, **({"requestBody": body} if body else {}), "responses": told}


def _asked(name: str, schema: Json, meaning: str) -> Json:
    """A parameter behind the question mark."""
    return {"name": name, "in": "query", "schema": schema, "description": meaning}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _names() -> list[str]:
    """What a file of the results can be called."""
    return [name for name in labels.FILES for name in ([name, f"{name}.gz"] if name.endswith(".xes") else [name])]


def _job() -> Json:
    known = {
        "job_id": {"type": "string", "format": "uuid"},
        "status": {"enum": [PROCESSING, COMPLETED, FAILED]},
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "stage": _PERHAPS_TEXT,
        "error": _PERHAPS_TEXT,
        "created_at": _TIME,
        "started_at": _PERHAPS_TIME,
        "completed_at": _PERHAPS_TIME,
    }
    later = {
        "seconds_left": {"type": ["number", "null"]},
        "rerun_of": {"type": "string", "format": "uuid"},
        "summary": _FREE,
        **{f"{name}_url": _TEXT for name in ("retry", "rerun", "download", "check")},
    }
    return {"type": "object", "required": list(known), "properties": {**known, **later}}


def _begun() -> Json:
    known = {
        "job_id": {"type": "string", "format": "uuid"},
        "status": {"enum": [PROCESSING]},
        "status_url": _TEXT,
    }
    return {"type": "object", "required": list(known), "properties": known}


def _problem() -> Json:
    known = {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "error": _TEXT}
    fields = {
        "type": "object",
        "additionalProperties": _TEXT,
        "description": "What is wrong, by the field of the form.",
    }
    return {"type": "object", "required": list(known), "properties": {**known, "fields": fields}}


def _form(door: str, required: Sequence[str]) -> Json:
    """The form that the options of a door make, with the log itself."""
    several = {"type": "array", "items": _FILE, "description": "The log, or several files of one."}
    fields: Json = {"file": several}
    for entry in entries():
        if entry.doors and not {door, FORM}.isdisjoint(entry.doors):
            fields[entry.name] = _field(entry)
    fields |= {
        "check": {"enum": ["1"], "description": "Wait for a person who looks at what was understood."},
        "keep_input": {"enum": ["0", "1"], "description": "Whether the log is kept for a while to be corrected."},
    }
    schema = {"type": "object", "properties": fields, **({"required": list(required)} if required else {})}
    return {"required": bool(required), "content": {"multipart/form-data": {"schema": schema}}}


def _field(entry: Entry) -> Json:
    """An option as a field of a form."""
    told: Json = {"description": entry.meaning}
    match entry.kind:
        case "choice":
            return told | {"enum": list(entry.choices)}
        case "choices":
            return told | {"type": "array", "items": {"enum": list(entry.choices)}}
        case "texts" if entry.name == "meanings":
            kinds = "|".join(get_args(ActivityType))
            return told | {"type": "array", "items": {"type": "string", "pattern": f"^[^/]*/.+=({kinds})$"}}
        case "texts":
            return told | {"type": "array", "items": _TEXT}
        case "number":
            return told | {"type": "integer", "minimum": entry.least, "maximum": entry.most}
        case "file":
            return told | _FILE
        case "day":
            return told | {"type": "string", "format": "date"}
        case "flag":
            return told | {"enum": ["1", ""]}
        case _:
            return told | _TEXT
