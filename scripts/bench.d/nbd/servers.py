"""Other NBD servers, the peers."""
import os
import subprocess
import time
from contextlib import contextmanager


@contextmanager
def serving(socket, command):
    """A server on a socket, for which the command's words have SOCKET; gives its URI."""
    server = subprocess.Popen([str(word).replace("SOCKET", str(socket)) for word in command])
    try:
        while not os.path.exists(socket):
            if server.poll() is not None:
                raise RuntimeError(f"{command[0]} has ended")
            time.sleep(0.05)
        yield f"nbd+unix:///?socket={socket}"
    finally:
        server.terminate()
        server.wait()
        if os.path.exists(socket):
            os.unlink(socket)


def nbdkit(folder, mebibytes, name="nbdkit"):
    """nbdkit's memory plugin."""
    return serving(folder / name, ["nbdkit", "--foreground", "--unix", "SOCKET", "memory", f"size={mebibytes}M"])
