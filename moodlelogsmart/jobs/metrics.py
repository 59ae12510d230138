"""What the server counts, for Prometheus: numbers alone, nobody's data."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector


class Metrics:
    """The counters of one server, since its start."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.jobs = Gauge("moodlelogsmart_jobs", "Jobs by state.", ["state"], registry=self.registry)
        self.processes = Gauge(
            "moodlelogsmart_processes",
            "Processes of several machines, by kind.",
            ["kind"],
            registry=self.registry,
        )
        self.workers = Gauge("moodlelogsmart_workers", "Jobs that are worked on at a time.", registry=self.registry)
        self.ended = Counter("moodlelogsmart_jobs_ended", "Jobs that ended, by how.", ["how"], registry=self.registry)
        self.events = Counter("moodlelogsmart_events", "Rows of completed jobs.", registry=self.registry)
        self.upload_bytes = Counter("moodlelogsmart_upload_bytes", "Bytes of accepted uploads.", registry=self.registry)
        self.refusals = Counter("moodlelogsmart_refusals", "Refused uploads, by why.", ["why"], registry=self.registry)
        self.crashes = Counter(
            "moodlelogsmart_crashes", "Processes of jobs that broke, by cause.", ["cause"], registry=self.registry
        )
        self.stage_seconds = Histogram(
            "moodlelogsmart_stage_seconds",
            "Time that a stage of a job took.",
            ["stage"],
            buckets=(0.1, 0.5, 1, 5, 15, 60, 300),
            registry=self.registry,
        )
