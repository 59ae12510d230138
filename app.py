"""What `flask --app app` and `gunicorn 'app:create_app()'` find in a checkout; the app is made in the package."""

from moodlelogsmart.application import create_app

__all__ = ["create_app"]
