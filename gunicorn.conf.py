"""What `gunicorn 'app:create_app()'` reads by itself in a checkout; the settings are in the package."""

from moodlelogsmart.server import *  # noqa: F403
