"""`python -m moodlelogsmart`: the same as the command `moodlelogsmart`."""

from moodlelogsmart.commands import main

if __name__ == "__main__":
    main(prog_name="moodlelogsmart")
