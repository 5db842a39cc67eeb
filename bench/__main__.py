"""``python -m bench [name…]``: run every measurement (or those named), each in a process of its own, and print all
figures beside their targets."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from bench.figures import Figure, table

BOUND = 240  # s for one measurement; each takes under 90 on a free machine
HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def measure(name: str) -> list[Figure] | None:
    """What ``bench.bench_<name>.main()`` returned; None when it failed, and it has said why."""
    code = (
        "import dataclasses, importlib, json, sys\n"
        f"made = importlib.import_module('bench.bench_{name}').main()\n"
        "print('\\n@' + json.dumps([dataclasses.asdict(f) for f in made or []]), file=sys.stderr)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=HERE.parent, stderr=subprocess.PIPE, text=True) as run:
        try:
            told = run.communicate(timeout=BOUND)[1]
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGINT)  # so that it ends what it started
            run.communicate()
            print(f"{name}: not done after {BOUND} s")
            return None
    said, _, figures = told.rpartition("\n@")
    if run.returncode:
        print(told, file=sys.stderr)
        return None
    print(said, file=sys.stderr, end="")
    return [Figure(**one) for one in json.loads(figures)]


def main() -> int:
    figures: list[Figure] = []
    failed: list[str] = []
    for name in sys.argv[1:] or names():
        print(f"measuring: {name} …", flush=True)
        made = measure(name)
        figures += made or []
        failed += [name] if made is None else []
    print()
    print(table(figures))
    print("\nCPU is that of the server's process; the client runs in another. Shared machines vary by a quarter.")
    if failed:
        print(f"\nNot measured: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
