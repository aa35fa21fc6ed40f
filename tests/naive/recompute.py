"""A second statement of the rules: from the raw files that a pipeline names to every partner's index, in plain loops.

    recompute.py PIPELINE            prints the index as CSV
    recompute.py PIPELINE RUN_DIR    compares it, and what leads to it, with the tables of a published run (needs pyarrow)
    recompute.py --self-check        works the hand-made cases

Shares no code with the product. Exit codes: 0 equal, 1 different, 2 wrong use.
"""

import csv
import sys
from types import SimpleNamespace

from attach import attach
from decisions import adjust, exception_sums, find_exceptions
from index import cells_of, expect, index_of
from lines import read_everything
from plan import Plan, Reference
from settle import mark_repeats, settle_registrations, settle_returns


def recompute(path):
    """Everything that is compared with a run."""
    plan = Plan(path)
    reference = Reference(plan)
    files, sales, registrations, quarantine = read_everything(plan, reference)
    disagreements = mark_repeats(sales)
    added, adjustments = adjust(plan, reference, files, sales)
    of_path = {file.path: file for file in files}
    for line in sales:
        if line.is_duplicate:
            of_path[line.file].counts["accepted"] -= 1
            of_path[line.file].counts["duplicate"] += 1
    dropped = [line for line in sales if line.is_dropped]
    counting = [line for line in sales if not line.is_duplicate and not line.is_dropped] + added
    lines = [line for line in counting if line.date >= plan.horizon]
    settle_returns(lines)
    only_registered = settle_registrations([r for r in registrations if r.date >= plan.horizon], lines)
    attachments = attach(lines, plan)
    find_exceptions(plan, lines)
    in_index = [line for line in lines if line.exception is None]
    attached_in_index = [attachment for attachment in attachments if attachment.hardware.exception is None]
    cells = cells_of(in_index, attached_in_index, plan, reference.partners)
    levels = expect(cells, plan, reference.partners, reference.family)
    index = index_of(cells, plan, reference)
    return SimpleNamespace(
        files=files,
        quarantine=quarantine,
        disagreements=disagreements,
        lines=lines,
        dropped=dropped,
        adjustments=adjustments,
        exceptions=exception_sums(plan, lines, attachments),
        only_registered=only_registered,
        attachments=attachments,
        cells=cells,
        levels=levels,
        index=index,
    )


def print_index(index):
    """The index as CSV: money in cents, expected units in millionths."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    names = list(next(iter(index.values())))
    out.writerow(["partner_id", *names])
    for partner, total in index.items():
        out.writerow([partner, *("" if total[name] is None else total[name] for name in names)])


def main(arguments):
    """Runs one of the three uses."""
    if arguments == ["--self-check"]:
        import self_check

        self_check.run()
    elif len(arguments) == 1:
        print_index(recompute(arguments[0]).index)
    elif len(arguments) == 2:
        import compare

        return compare.run(recompute(arguments[0]), arguments[1])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
