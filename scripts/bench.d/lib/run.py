"""Commands, and what a part does without a tool."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path


class Unavailable(Exception):
    """A measurement cannot be taken here; the text says why."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def need(*commands):
    missing = [command for command in commands if not shutil.which(command)]
    if missing:
        raise Unavailable("missing: " + ", ".join(missing))


def output(command, timeout=1800, **options):
    """The output of a command; the errors are shown when the command fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, check=False, **options)
    if done.returncode != 0:
        words = [str(word) for word in command if len(str(word)) < 200]
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n"
                           + (done.stdout + done.stderr)[-3000:])
    return done.stdout


def last_json(text):
    """The last line of a text that is JSON."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise RuntimeError("no result in:\n" + text[-3000:])


def whole_json(text):
    """The JSON in a program's output, behind any other text."""
    try:
        return json.loads(text[text.index("{"):])
    except ValueError:
        raise RuntimeError("no result in:\n" + text[-3000:]) from None


@contextmanager
def folder_in_memory(free_bytes):
    """A folder on tmpfs, with as much room as is asked for."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        raise Unavailable("/dev/shm cannot be written")
    status = os.statvfs(shared)
    if status.f_bavail * status.f_frsize < free_bytes:
        raise Unavailable(f"/dev/shm has less than {free_bytes >> 20} MiB free")
    with tempfile.TemporaryDirectory(prefix="pcache-bench-", dir=shared) as folder:
        yield Path(folder)
