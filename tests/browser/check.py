"""Opens the pages of a published run in a real headless Chromium, from disk, and says what is wrong with them.

    check.py RUN_DIR [--all] [--chromium PATH]

Of every page type one page is opened, or with --all every page. No page may say anything on the console or ask for anything outside the run's
folder; every link must lead somewhere; axe-core must find nothing, in light and dark; nothing may be cut in print or make a screen of 320 pixels
scroll sideways. The partner table is searched, filtered, sorted, worked by keyboard, shared by link and downloaded. Exit codes: 0 nothing
wrong, 1 something is, which is printed.
"""

import argparse
import html
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import partner_table

# With more partners than this, names are not looked for in every file of every other.
COMPARED = 500
# Everything that axe knows, its best practices too. It does not fetch style sheets of its own, which pages from disk may not.
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
# A4 within margins of 12 mm, at 96 pixels an inch.
PAPER = {"width": 703, "height": 1032}


class Checks:
    """What was looked at, and what is wrong."""

    def __init__(self, run):
        self.run = run
        self.wrong = []
        self.done = {}

    def expect(self, holds, page, message):
        if not holds:
            self.wrong.append(f"{page.relative_to(self.run)}: {message}")

    def count(self, what, number=1):
        self.done[what] = self.done.get(what, 0) + number


def main(run, is_all, chromium):
    checks = Checks(run.resolve())
    pages = every_page(checks.run) if is_all else one_of_each(checks.run)
    links(checks, every_page(checks.run))
    disclosure(checks)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        sees_faults(checks, browser)
        for scheme in ["light", "dark"]:
            for path in pages:
                look(checks, browser, path, scheme)
        partner_table.check(checks, browser, checks.run / "report" / "partners.html")
        browser.close()
    for what, number in checks.done.items():
        print(f"{what}: {number}")
    for message in checks.wrong:
        print(f"WRONG {message}")
    print(f"{len(checks.wrong)} wrong")
    return 1 if checks.wrong or not checks.done else 0


def every_page(run):
    return sorted([*(run / "report").rglob("*.html"), *(run / "cases").rglob("*.html")])


def one_of_each(run):
    """Every page of the site's top level; of partners' pages and of case files one of every verdict, the fullest."""
    chosen = sorted((run / "report").glob("*.html"))
    for folder in [run / "report" / "partners", run / "cases"]:
        fullest = {}
        for path in sorted(folder.rglob("*.html")):
            text = path.read_text(encoding="utf-8")
            kind = next((code for code in ["v-at", "v-near", "v-below", "v-not_assessed"] if code in text), "none")
            if len(text) > len(fullest[kind][1] if kind in fullest else ""):
                fullest[kind] = (path, text)
        chosen += [path for path, _ in fullest.values()]
    return chosen


def links(checks, pages):
    """Every link and every part of a page that a link names is there."""
    ids = {}
    for path in pages:
        found = html_names(path)
        ids[path.resolve()] = found[0]
        for target in found[1]:
            parts = urlsplit(target)
            if parts.scheme in ("data", "mailto"):
                continue
            checks.count("links")
            checks.expect(not parts.scheme and not parts.netloc, path, f"the link {target} leads out")
            aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            checks.expect(aim.is_relative_to(checks.run), path, f"the link {target} leaves the run's folder")
            checks.expect(aim.is_file(), path, f"the link {target} leads nowhere")
            # The hash of the partner table is its state.
            if parts.fragment and "=" not in parts.fragment and aim.suffix == ".html" and aim.is_file():
                known = ids.get(aim) or html_names(aim)[0]
                checks.expect(unquote(parts.fragment) in known, path, f"nothing on the page has the id of {target}")


def disclosure(checks):
    """What goes to a partner names no other: neither its id, nor, where the partners are few enough to compare all with all, its name."""
    data = partner_table.read(checks.run / "report" / "assets" / "partners-data.js")
    ids, names = set(data["id"]), data["name"]
    for path in sorted((checks.run / "cases").iterdir()):
        text = html.unescape(path.read_text(encoding="utf-8"))
        own = [row for row, partner in enumerate(data["id"]) if partner == path.stem]
        checks.expect(len(own) == 1 or path.stem not in ids, path, "belongs to no partner")
        others = ids & set(re.findall(r"[\w-]+", text)) - {data["id"][row] for row in own}
        checks.expect(not others, path, f"names other partners: {sorted(others)[:3]}")
        if len(names) <= COMPARED:
            # A name that is part of the partner's own tells nothing.
            mine = "\n".join(names[row] for row in own)
            found = [name for name in names if name in text and name not in mine]
            checks.expect(not found, path, f"names other partners: {found[:3]}")
        checks.count("case files without other partners")


def html_names(path):
    """Ids, and targets of links and resources, of a page."""
    from html.parser import HTMLParser

    class Names(HTMLParser):
        def __init__(self):
            super().__init__()
            self.ids, self.targets = set(), []

        def handle_starttag(self, tag, attributes):
            for name, value in attributes:
                if name == "id":
                    self.ids.add(value)
                if name in ("href", "src"):
                    self.targets.append(value)

    names = Names()
    names.feed(path.read_text(encoding="utf-8"))
    return names.ids, names.targets


def sees_faults(checks, browser):
    """A page with faults is found to have them: else the checks check nothing."""
    page = browser.new_page(viewport=PHONE)
    page.set_content('<img src="data:,"><p style="color: #bbb; background: #fff">pale</p><p style="width: 400px; overflow: hidden"><b style="padding-left: 900px">cut</b></p>')
    found = {violation["id"] for violation in Axe().run(page, options=AXE_OPTIONS).response["violations"]}
    is_seen = {"image-alt", "color-contrast", "html-has-lang"} <= found and page.evaluate("document.scrollingElement.scrollWidth") > PHONE["width"]
    checks.expect(is_seen and page.evaluate(CUT), checks.run / "planted", f"faults that were planted are not found, only {sorted(found)}")
    page.close()


def look(checks, browser, path, scheme):
    context = browser.new_context(color_scheme=scheme, viewport=DESK)
    page = context.new_page()
    page.on("console", lambda message: checks.expect(False, path, f"the console says: {message.text}"))
    page.on("pageerror", lambda error: checks.expect(False, path, f"an error: {error}"))
    page.on("request", lambda request: checks.expect(is_within(checks.run, request.url), path, f"asks for {request.url}"))
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    for details in page.query_selector_all("details"):
        details.evaluate("element => { element.open = true; }")
    for violation in Axe().run(page, options=AXE_OPTIONS).response["violations"]:
        where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
        checks.expect(False, path, f"axe in {scheme}: {violation['id']}: {violation['help']} ({where})")
    checks.count(f"pages in {scheme}")
    if scheme == "light":
        page.set_viewport_size(PHONE)
        width = page.evaluate("document.scrollingElement.scrollWidth")
        checks.expect(width <= PHONE["width"], path, f"a screen of 320 pixels scrolls sideways: {width} wide")
        page.set_viewport_size(PAPER)
        page.emulate_media(media="print")
        for cut in page.evaluate(CUT):
            checks.expect(False, path, f"print cuts {cut}")
    context.close()


# Elements whose content does not fit on paper: wider than the page, or within a box that hides what is over.
CUT = """() => Array.from(document.body.querySelectorAll('*')).filter((element) => {
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden' || element.closest('.hidden, svg')) return false;
  const box = element.getBoundingClientRect();
  const hides = style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
  return box.width > 0 && (hides || box.right > document.documentElement.clientWidth + 1);
}).slice(0, 3).map((element) => element.outerHTML.slice(0, 90))"""


def is_within(run, url):
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob") or (parts.scheme == "file" and Path(unquote(parts.path)).resolve().is_relative_to(run))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("run", type=Path)
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("--chromium", default=shutil.which("chromium"))
    given = arguments.parse_args()
    if not given.chromium:
        sys.exit("no chromium was found: install it (Debian: apt-get install chromium), or name it with --chromium")
    sys.exit(main(given.run, given.all, given.chromium))
