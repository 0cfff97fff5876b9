"""A slow disk in a guest: alone, and behind pcache and the kernel's caches."""
import subprocess

from lib.run import Unavailable, folder_in_memory

MIB = 1 << 20


class Slow:
    name = "slow"
    repeat = False
    SECONDS = 40
    DELAY_MS = 10

    def measure(self, context, numbers):
        with folder_in_memory(2400 * MIB) as folder:
            tree = context.this.tree
            command = [tree / "scripts" / "vm", "--tree", tree, "--memory", "3G", "--timeout", "2400",
                       "--unsafe-drive", f"backing={folder / 'backing'}:1536M", "--pmem", f"cache={folder / 'cache'}:768M",
                       tree / "scripts" / "bench.d" / "slow" / "guest", 3 if context.quick else self.SECONDS, self.DELAY_MS]
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode == 77:
            raise Unavailable(done.stderr.strip().splitlines()[-1])
        if done.returncode != 0:
            raise RuntimeError(f"the guest ended with {done.returncode}:\n" + (done.stdout + done.stderr)[-3000:])
        for line in done.stdout.splitlines():
            words = line.split()
            if len(words) == 3 and "/" in words[0] and words[2] in ("1/s", "ms"):
                numbers.add(f"slow/{words[0]}", float(words[1]), words[2])

    @staticmethod
    def derive(numbers, suffix):
        """Nothing is computed from these numbers: each is what a user sees."""
