"""A cache device that is an SSD, in a guest: the disk alone, and pcache and the kernel's caches on it."""
import subprocess

from lib.run import Unavailable, folder_in_memory

MIB = 1 << 20


class Ssd:
    name = "ssd"
    repeat = True
    SECONDS = 8
    DELAY_MS = 1
    CACHED_MIB = 2048
    DISK_MIB = 3072

    def measure(self, context, numbers):
        cached = 256 if context.quick else self.CACHED_MIB
        disk = 768 if context.quick else self.DISK_MIB
        with folder_in_memory(2 * disk * MIB) as folder:
            tree = context.this.tree
            command = [tree / "scripts" / "vm", "--tree", tree, "--memory", "1200M", "--timeout", "2400",
                       "--unsafe-drive", f"ssd={folder / 'ssd'}:{disk}M", "--unsafe-drive", f"backing={folder / 'backing'}:{disk}M",
                       tree / "scripts" / "bench.d" / "ssd" / "guest", 2 if context.quick else self.SECONDS, self.DELAY_MS, cached]
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode == 77:
            raise Unavailable(done.stderr.strip().splitlines()[-1])
        if done.returncode != 0:
            raise RuntimeError(f"the guest ended with {done.returncode}:\n" + (done.stdout + done.stderr)[-3000:])
        for line in done.stdout.splitlines():
            words = line.split()
            if len(words) == 3 and "/" in words[0] and words[2] in ("1/s", "ms"):
                numbers.add(f"ssd/{words[0]}", float(words[1]), words[2])

    @staticmethod
    def derive(numbers, suffix):
        """Nothing is computed from these numbers: each is what a user sees."""
