"""The generator's workbooks of every kind, opened by LibreOffice: each says what the .csv of the same market says.

usage: read_workbooks.py PROGRAM WORK
"""

import csv
import subprocess
import sys
from pathlib import Path

KINDS = ["", "+1904", "+xls", "+xls+1904", "+xlsb", "+xlsb+1904", "+ods"]
FEED = "distributor_a"


def generated(program: str, folder: Path, layout: str) -> Path:
    market = ["--lines", "900", "--partners", "4", "--seed", "7", "--defects", "none"]
    options = ["--layout", f"{FEED}={layout}"] if layout else []
    subprocess.run([program, "generate", *market, *options, "--out", folder], check=True, stdout=subprocess.DEVNULL)
    return folder / "2026-12-15" / FEED


def rows(path: Path, encoding: str) -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file))


def plain(row: list[str]) -> list[str]:
    """Numbers as a spreadsheet shows them: without zeros behind the point."""
    return [str(float(cell)) if cell.replace(".", "", 1).lstrip("-").isdigit() else cell for cell in row]


def main() -> None:
    program, work = sys.argv[1], Path(sys.argv[2])
    work.mkdir()
    expected = {path.stem: rows(path, "utf-8-sig") for path in generated(program, work / "text", "").iterdir()}
    wrong = 0
    for kind in KINDS:
        files = sorted(generated(program, work / f"excel{kind}", f"excel{kind}").iterdir())
        out = work / f"csv{kind}"
        profile = f"-env:UserInstallation={(work / 'profile').as_uri()}"
        # 44, 34, 76: comma, double quote, UTF-8.
        to = ["--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1", "--outdir", out]
        subprocess.run(["soffice", profile, "--headless", *to, *files], check=True, capture_output=True)
        found = {path.stem: rows(path, "utf-8") for path in out.iterdir()}
        same = found.keys() == expected.keys() and all(
            [plain(row) for row in found[name]] == [plain(row) for row in expected[name]] for name in expected
        )
        print(f"{files[0].suffix}{' from 1904' if '1904' in kind else ''}: {len(files)} workbooks", "as written" if same else "DIFFER")
        wrong += not same
    sys.exit(bool(wrong))


main()
