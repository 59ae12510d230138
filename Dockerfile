# MoodleLogSmart in a container: docker build -t moodlelogsmart . && docker run -p 127.0.0.1:8000:8000 \
#   -v moodlelogsmart:/instance --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#   --pids-limit 512 --ulimit core=0 moodlelogsmart
# deploy/compose.yaml says the same for docker compose.
FROM python:3.11-slim-bookworm AS package
WORKDIR /source
COPY pyproject.toml LICENSE ./
COPY docs/library.md ./docs/
COPY moodlelogsmart ./moodlelogsmart
COPY templates ./templates
COPY static ./static
COPY translations ./translations
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.11-slim-bookworm
# For several machines: --build-arg REQUIREMENTS=requirements-cluster.txt. /store is where they may share a folder.
ARG REQUIREMENTS=requirements.txt
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin moodlelogsmart \
    && install -d -o moodlelogsmart -g moodlelogsmart -m 700 /instance /store
COPY ${REQUIREMENTS} /requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /requirements.txt
COPY --from=package /wheel /wheel
# The templates are compiled here, for the server may not write beside them.
RUN pip install --no-cache-dir --no-deps /wheel/*.whl \
    && python -c "from moodlelogsmart.report import page; page.warm_up()"

ENV MOODLELOGSMART_HOST=0.0.0.0 \
    MOODLELOGSMART_INSTANCE=/instance \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /tmp
VOLUME /instance
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["moodlelogsmart", "serve"]
