#!/usr/bin/env python3
"""Peak memory of a run at 5 and at 20 million lines under the same limit.

    python3 benches/memory.py --attachrate target/release/attachrate --work <folder>

The population has one partner with 15 % of all lines. Prints both peaks and their ratio, and fails where it is above the bar. The
large population is deleted afterwards unless `--keep` is given; it needs about 4 GB, and as much again for the run.
"""

import argparse
import shutil
import sys
from pathlib import Path

from compare import count_sale_lines, measure, population, run_command

BAR = 1.15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attachrate", type=Path, required=True, help="the release binary")
    parser.add_argument("--work", type=Path, required=True, help="folder for the populations and all outputs")
    parser.add_argument("--lines", type=int, nargs=2, default=[5_000_000, 20_000_000], metavar=("SMALL", "LARGE"))
    parser.add_argument("--partners", type=int, default=5_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="1GiB")
    parser.add_argument("--keep", action="store_true", help="keep the large population")
    arguments = parser.parse_args()

    attachrate = arguments.attachrate.resolve()
    print(f"{arguments.partners:,} partners, {arguments.threads} threads, memory {arguments.memory}\n")
    print(f"{'sale lines':>12} {'seconds':>9} {'lines/s':>11} {'peak MiB':>9}")
    peaks = []
    for asked in arguments.lines:
        folder = population(attachrate, arguments.work.resolve(), asked, arguments.partners)
        lines = count_sale_lines(folder)
        shutil.rmtree(folder / "run", ignore_errors=True)
        measured = measure(run_command(attachrate, arguments.threads, arguments.memory), folder, folder / "memory.log")
        shutil.rmtree(folder / "run")
        peaks.append(measured.peak_bytes)
        print(
            f"{lines:>12,} {measured.seconds:>9.1f} {lines / measured.seconds:>11,.0f} {measured.peak_bytes / 2**20:>9,.0f}",
            flush=True,
        )
    if not arguments.keep:
        shutil.rmtree(folder)

    ratio = peaks[1] / peaks[0]
    print(f"\npeak at {arguments.lines[1]:,} lines / peak at {arguments.lines[0]:,} lines: {ratio:.3f} (bar {BAR})")
    if ratio > BAR:
        sys.exit("peak memory grows with the number of lines")


if __name__ == "__main__":
    main()
