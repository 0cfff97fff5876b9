"""nbdkit's memory plugin, the peer."""
import os
import subprocess
import time
from contextlib import contextmanager


@contextmanager
def nbdkit(folder, mebibytes, name="nbdkit"):
    socket = folder / name
    server = subprocess.Popen(["nbdkit", "--foreground", "--unix", str(socket), "memory", f"size={mebibytes}M"])
    try:
        while not os.path.exists(socket):
            if server.poll() is not None:
                raise RuntimeError("nbdkit has ended")
            time.sleep(0.05)
        yield f"nbd+unix:///?socket={socket}"
    finally:
        server.terminate()
        server.wait()
        if os.path.exists(socket):
            os.unlink(socket)
