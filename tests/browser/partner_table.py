"""Works the partner table as a person does, and compares what it shows with its own data, filtered here a second time."""

import csv
import io
import json
import unicodedata

ROWS = 100


def check(checks, browser, path):
    data = read(path.parent / "assets" / "partners-data.js")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.on("console", lambda message: checks.expect(False, path, f"the console says: {message.text}"))
    page.on("pageerror", lambda error: checks.expect(False, path, f"an error: {error}"))
    page.goto(path.as_uri())
    rows = range(len(data["id"]))
    by_gap = sorted(rows, key=lambda row: (-data["gap"][row], row))

    def expect(wanted, what):
        checks.count("states of the partner table")
        shown = page.eval_on_selector_all("#partners tbody tr th .id", "all => all.map(element => element.textContent.split(',')[0])")
        ids = [data["id"][row] for row in wanted[:ROWS]]
        checks.expect(shown == ids, path, f"{what}: shows {shown[:3]} and {len(shown)} rows, not {ids[:3]} and {len(ids)}")

    expect(by_gap, "at first, largest gap first")
    filters = {
        "verdict": [entry[0] for entry in data["verdicts"]], "evidence": [entry[0] for entry in data["evidences"]],
        "action": data["actions"], "manager": data["managers"], "region": data["regions"], "country": data["countries"],
    }
    for name, values in filters.items():
        for place, value in list(enumerate(values))[:4]:
            page.select_option(f"#{name}", value)
            expect([row for row in by_gap if column(data, name)[row] == place], f"{name} {value}")
        page.select_option(f"#{name}", "")
    for bit, (code, _) in enumerate(data["flags"]):
        page.select_option("#flag", code)
        expect([row for row in by_gap if column(data, "flag")[row] >> bit & 1], f"flag {code}")
    page.click("button[type=reset]")
    expect(by_gap, "after Clear")

    name = data["name"][by_gap[0]]
    page.fill("#q", name.upper())
    expect([row for row in by_gap if fold(name) in haystack(data, row)], f"search for {name}")
    page.fill("#q", "")
    searched(checks, page, path, expect, by_gap, data)

    for sort in ["index", "packs", "expected", "services", "hardware"]:
        page.click(f"[data-sort={sort}]")
        values = data[sort]
        known = sorted((row for row in rows if values[row] is not None), key=lambda row: (-values[row], row))
        expect(known + [row for row in rows if values[row] is None], f"sorted by {sort}")
    keyboard(checks, page, path, expect, rows, data)
    shared(checks, browser, page, path, by_gap, data)
    download(checks, page, path, data)
    context.close()


def searched(checks, page, path, expect, by_gap, data):
    """Nothing is found, and it says so."""
    page.fill("#q", "no such partner anywhere")
    expect([], "search for nobody")
    text = page.text_content("#matches")
    checks.expect(text.startswith("0 of "), path, f"nobody is found, and it says {text}")
    page.fill("#q", "")


def keyboard(checks, page, path, expect, rows, data):
    """From the search field by Tab alone to a button of the header, which sorts by Enter and the other way by Space."""
    page.focus("#q")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.sort") == "hardware":
            break
    checks.expect(page.evaluate("document.activeElement.dataset.sort") == "hardware", path, "Tab does not reach the header's buttons")
    before = page.get_attribute("th:has([data-sort=hardware])", "aria-sort")
    page.keyboard.press("Enter")
    after = page.get_attribute("th:has([data-sort=hardware])", "aria-sort")
    checks.expect({before, after} == {"ascending", "descending"}, path, f"Enter sorts from {before} to {after}")
    expect(sorted(rows, key=lambda row: (data["hardware"][row], row)), "sorted the other way by Enter")
    page.keyboard.press("Space")
    expect(sorted(rows, key=lambda row: (-data["hardware"][row], row)), "and back by Space")


def shared(checks, browser, page, path, by_gap, data):
    """A link that is sent shows the same rows to the one who gets it; going back in the history works."""
    verdict, evidence = (data[f"{name}s"][column(data, name)[by_gap[0]]][0] for name in ("verdict", "evidence"))
    page.select_option("#verdict", verdict)
    page.select_option("#evidence", evidence)
    page.click("[data-sort=name]")
    sent = page.url
    rows = "#partners tbody tr th .id"
    shown = page.eval_on_selector_all(rows, "all => all.map(element => element.textContent)")
    other = browser.new_context().new_page()
    other.goto(sent)
    got = other.eval_on_selector_all(rows, "all => all.map(element => element.textContent)")
    checks.expect(shown and got == shown, path, f"a shared link shows {got[:2]}, not {shown[:2]}")
    checks.expect(other.input_value("#evidence") == evidence, path, "a shared link does not set the filters")
    other.evaluate("location.hash = 'verdict=at'")
    other.wait_for_function("document.getElementById('verdict').value === 'at'")
    other.context.close()
    checks.count("shared links")


def download(checks, page, path, data):
    """The CSV has every row that matches, and no cell that a spreadsheet would run."""
    matches = int(page.text_content("#matches").split()[0].replace(",", ""))
    with page.expect_download() as waiting:
        page.click("#export")
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    checks.expect(len(table) == matches, path, f"the download has {len(table)} of {matches} rows")
    ids = set(data["id"])
    checks.expect(all(row["partner_id"].lstrip("'") in ids for row in table), path, "the download has ids that are none")
    is_safe = all(not value.startswith(tuple("=+@\t\r\n")) for row in table for value in row.values())
    checks.expect(is_safe, path, "a cell of the download begins as a formula")
    checks.count("downloaded rows", len(table))


def read(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text[text.index("{"):text.rindex("}") + 1])


def column(data, name):
    values = data[name]
    return [int(digit, 16) for digit in values] if isinstance(values, str) else values


def haystack(data, row):
    return fold("\n".join([data["name"][row], data["id"][row], data["hq"][row] or data["id"][row], data["managers"][data["manager"][row]]]))


def fold(text):
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.category(letter).startswith("M")).lower()
