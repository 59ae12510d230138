# MoodleLogSmart in a container: docker build -t moodlelogsmart . && docker run -p 127.0.0.1:8000:8000 \
#   -v moodlelogsmart:/instance --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#   --pids-limit 512 --ulimit core=0 moodlelogsmart
FROM python:3.11-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin moodlelogsmart \
    && install -d -o moodlelogsmart -g moodlelogsmart -m 700 /instance
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY app.py gunicorn.conf.py ./
COPY moodlelogsmart ./moodlelogsmart
COPY templates ./templates
COPY static ./static
COPY translations ./translations

ENV MOODLELOGSMART_HOST=0.0.0.0 \
    MOODLELOGSMART_INSTANCE=/instance \
    PYTHONUNBUFFERED=1
USER 10001
VOLUME /instance
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "app:create_app()"]
