"""Measures the report of a published run against its budgets: sizes, the time until the partner table can be used, and the time to write all pages.

    site.py RUN_DIR [--chromium PATH]

RUN_DIR stands in the output folder of its run, whose newest log has the times of the stages. Needs `pip install playwright` and a Chromium.
Exit codes: 0 all budgets are kept, 1 one is not.

A population of 30,000 partners:

    attachrate generate --lines 600000 --partners 30000 --seed 7 --out data
"""

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

MEGABYTE = 1_000_000
TRIES = 5


def main(run, chromium):
    report = run.resolve() / "report"
    index = [report / "index.html", report / "partners.html", *(report / "assets").iterdir()]
    pages = [page.stat().st_size for page in (report / "partners").iterdir()]
    stages = stage_times(run.resolve().parent / "logs")
    usable, sorted_in = times(report / "partners.html", chromium)
    measured = [
        ("index, partner table and assets", sum(file.stat().st_size for file in index) / MEGABYTE, 2.5, "MB"),
        ("largest partner page", max(pages) / 1_000, 30, "kB"),
        (f"{len(pages):,} partner pages written", stages["partner pages"] / 1_000, 10, "s"),
        ("partner table usable", usable, 1, "s"),
        ("partner table sorted", sorted_in, 0.1, "s"),
    ]
    for what, found, budget, unit in measured:
        print(f"{what:<34} {found:8.2f} of {budget} {unit}{'' if found <= budget else '  OVER'}")
    return 1 if any(found > budget for _, found, budget, _ in measured) else 0


def stage_times(logs):
    """Milliseconds by stage, of the newest run."""
    times = {}
    for line in max(logs.glob("*.jsonl"), key=lambda log: log.stat().st_mtime).read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)["fields"]
        if fields.get("message") == "ended":
            times[fields["stage"]] = fields["milliseconds"]
    return times


def times(path, chromium):
    """Medians, in seconds: from the request until the rows stand there, and from a click until they are sorted and drawn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        usable, sorting = [], []
        for _ in range(TRIES):
            page = browser.new_page()
            page.goto(path.as_uri())
            page.wait_for_selector("#partners tbody tr")
            usable.append(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd") / 1_000)
            sorting.append(page.evaluate("""() => new Promise((done) => {
              const begin = performance.now();
              document.querySelector('[data-sort=hardware]').click();
              requestAnimationFrame(() => done(performance.now() - begin));
            })""") / 1_000)
            page.close()
        browser.close()
    return statistics.median(usable), statistics.median(sorting)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("run", type=Path)
    arguments.add_argument("--chromium", default=shutil.which("chromium"))
    given = arguments.parse_args()
    if not given.chromium:
        sys.exit("no chromium was found: install it (Debian: apt-get install chromium), or name it with --chromium")
    sys.exit(main(given.run, given.chromium))
