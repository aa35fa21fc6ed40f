"""Hand-made cases: the two worked cases of the rules, and small ones for reading, splitting and rounding."""

from datetime import date
from fractions import Fraction
from types import SimpleNamespace

from attach import attach
from index import cells_of, expect, index_of
from lines import Line
from plan import Reference, base_sku
from read import day, delimited_records, number, quote_shape, scaled
from settle import mark_repeats, settle_registrations, settle_returns, split_cents


def expect_equal(what, found, wanted):
    """Ends the check at the first case that does not come out as worked by hand."""
    if found != wanted:
        raise SystemExit(f"self-check failed: {what}\n  found  {found}\n  wanted {wanted}")


def plan_of(**changes):
    """The defaults of the pipeline file, for the fiscal year 2026."""
    values = {
        "period_from": date(2025, 11, 1),
        "period_to": date(2026, 10, 31),
        "as_of": date(2026, 12, 15),
        "window_days": 90,
        "lead_days": 30,
        "rungs": ["serial", "invoice", "order", "customer"],
        "credit": "hardware_seller",
        "assess": "partner",
        "population": "program",
        "min_partners": 5,
        "measure": "revenue",
        "at": 1,
        "near": Fraction(3, 4),
        "min_hardware_units": 1,
        "min_hardware_cents": 0,
    }
    return SimpleNamespace(**(values | changes))


def line(kind, category, when, quantity, amount, **changes):
    """A line of partner P1 with what a case does not name left empty."""
    values = {
        "partner": "P1",
        "invoice": "",
        "sku": "",
        "serials": (),
        "purchase_order": "",
        "sales_order": "",
        "end_customer": "",
        "certificate": "",
        "feed": "f",
        "priority": 0,
        "file": "f",
        "record": 0,
        "is_post_warranty": False,
    }
    return Line(**(values | {"kind": kind, "category": category, "date": when, "quantity": quantity, "amount": amount} | changes))


def check_worked_attachment():
    """The worked case of part 4 (window 90, lead 30)."""
    march, april = (lambda d: date(2026, 3, d)), (lambda d: date(2026, 4, d))
    h1 = line("hardware", "notebook", march(1), 3, 300_000, invoice="A1", sku="NB1", serials=("S1", "S2"))
    h2 = line("hardware", "notebook", march(20), 2, 200_000, invoice="A2", sku="NB2", end_customer="C9")
    h3 = line("hardware", "server", date(2026, 5, 1), 1, 500_000, invoice="A3", sku="SV1", serials=("S9",))
    back = line("hardware", "notebook", april(10), -1, -100_000, invoice="A2", sku="NB2")
    v1 = line("service", "notebook", march(5), 1, 10_000, invoice="B7", sku="U1")
    v2 = line("service", "notebook", march(1), 3, 30_000, invoice="A1", sku="U2", end_customer="C9")
    v3 = line("service", "server", date(2026, 8, 15), 1, 90_000, invoice="Z7", sku="U3")
    v4 = line("service", "notebook", april(2), 1, 8_000, sku="U4", is_post_warranty=True)
    registration = line("service", "notebook", march(6), None, None, partner=None, sku="U1", serials=("S2",))
    lines = [v4, v3, back, h3, v2, h2, v1, h1]
    settle_returns(lines)
    expect_equal("H2 nets to 1 unit", (h2.net_units, h2.net_amount, back.net_units, back.net_amount), (1, 100_000, 0, 0))
    expect_equal("the registration joins V1", settle_registrations([registration], lines), [])
    attachments = attach(lines, plan_of())
    names = {id(h1): "H1", id(h2): "H2", id(h3): "H3", id(v1): "V1", id(v2): "V2", id(v3): "V3", id(v4): "V4"}
    found = sorted((names[id(a.service)], names[id(a.hardware)], a.rung, a.packs, a.amount) for a in attachments)
    wanted = [("V1", "H1", "serial", 1, 10_000), ("V2", "H1", "invoice", 2, 20_000), ("V2", "H2", "customer", 1, 10_000)]
    expect_equal("worked case of attachment", found, wanted)
    left = [(names[id(s)], s.left_reason, s.left_units, s.left_amount) for s in (v1, v2, v3, v4)]
    wanted = [("V1", None, 0, 0), ("V2", None, 0, 0), ("V3", "OUT_OF_WINDOW", 1, 90_000), ("V4", "POST_WARRANTY", 1, 8_000)]
    expect_equal("left over in the worked case", left, wanted)
    expect_equal("net notebook units", h1.net_units + h2.net_units, 4)


def reference_of(countries):
    """Partners of one program in the given countries."""
    reference = Reference.__new__(Reference)
    reference.family = {"notebook": "pc", "server": "servers"}
    reference.partners = {
        partner: {"country_code": country, "region_code": "AMER", "is_program": "true"} for partner, country in countries.items()
    }
    return reference


def check_worked_index():
    """The worked case of part 5: country US, all closed, revenue; cents."""
    hardware = {"notebook": {"P1": 100_000, "P2": 60_000, "P3": 40_000}, "server": {"P1": 50_000, "P3": 50_000}}
    services = {"notebook": {"P1": 2_000, "P2": 4_000, "P3": 2_000}, "server": {"P1": 3_000, "P3": 9_000}}
    lines = []
    for category, by_partner in hardware.items():
        for partner, amount in by_partner.items():
            common = {"partner": partner, "invoice": partner, "sku": category}
            lines.append(line("hardware", category, date(2026, 3, 1), 1, 100 * amount, **common))
            lines.append(line("service", category, date(2026, 3, 1), 1, 100 * services[category][partner], **common))
    plan = plan_of(min_partners=1)
    reference = reference_of({"P1": "US", "P2": "US", "P3": "US"})
    cells = cells_of(lines, attach(lines, plan), plan, reference.partners)
    expect(cells, plan, reference.partners, reference.family)
    index = index_of(cells, plan, reference)
    found = {partner: (total["services_amount"], total["revenue"], total["verdict"]) for partner, total in index.items()}
    wanted = {"P1": (500_000, 1_000_000, "below"), "P2": (400_000, 240_000, "at"), "P3": (1_100_000, 760_000, "at")}
    expect_equal("worked case of the index", found, wanted)
    expect_equal("sum of expected", sum(total["revenue"] for total in index.values()), 2_000_000)
    expect_equal("P1's gap to 0.75", index["P1"]["gap_near_amount"], 250_000)
    short = {key[1]: f["revenue"] - f["services_amount"] for key, f in cells.items() if key[0] == "P1"}
    expect_equal("P1's shortfall by category", short, {"notebook": 200_000, "server": 300_000})
    # 1,000.00 at 8,000/3 a notebook pack and 1,500.00 at 12,000/2 a server pack: one pack each.
    expect_equal("P1's gap in packs", index["P1"]["gap_near_packs"], 2)


def check_small_cases():
    """Splitting, signs, numbers, dates, quotes and repeats."""
    expect_equal("split of 1.00 by thirds", split_cents(100, [(1, 2), (1, 1), (1, 3)]), [33, 34, 33])
    expect_equal("split of -1.00 by thirds", split_cents(-100, [(1, 2), (1, 1), (1, 3)]), [-33, -34, -33])
    german = {"decimal": ",", "thousands": ".", "sign": "trailing"}
    plain = {"decimal": ".", "thousands": "", "sign": "leading"}
    expect_equal("German amount", scaled("1.234,50-", german, 2, 10**12, "BAD"), (-123_450, None))
    expect_equal("misplaced thousands mark", number("12.34,50", german), None)
    expect_equal("minus on the wrong side", number("-5", german), None)
    expect_equal("whole quantity", scaled("3.00", plain, 0, 10**7, "BAD"), (3, None))
    expect_equal("three, or three thousand", scaled("3.000", plain, 0, 10**7, "BAD"), (None, "AMBIGUOUS_NUMBER"))
    expect_equal("half a unit", scaled("1.5", plain, 0, 10**7, "BAD"), (None, "BAD"))
    expect_equal("too large", scaled("10000001", plain, 0, 10**7, "BAD"), (None, "OUT_OF_RANGE"))
    expect_equal("30 February", day("2026-02-30", "yyyy-mm-dd"), None)
    expect_equal("base SKU", base_sku(" nb1059e#abd "), "NB1059E")
    expect_equal("doubled quotes", quote_shape(b'a,"15.6"" screen",b', b",", b'"'), "whole")
    expect_equal("stray quote", quote_shape(b'a,15.6" screen,b', b",", b'"'), "stray")
    expect_equal("open quote", quote_shape(b'a,"15.6', b",", b'"'), "open")
    feed = {"delimiter": ",", "quote": '"', "encoding": "utf-8"}
    text = b'a,b\n1,"x\ny"\n\n2,"x,\n3,"y"\n4\n5,\xff\n6,"cut'
    found = [(r.number, r.line, r.fields, r.reason) for r in delimited_records(SimpleNamespace(feed=feed, data=text))[1]]
    wanted = [
        (1, 2, ["1", "x\ny"], None),
        (2, 5, None, "STRAY_QUOTE"),
        (3, 6, ["3", "y"], None),
        (4, 7, None, "FIELD_COUNT"),
        (5, 8, None, "UNDECODABLE"),
        (6, 9, None, "UNTERMINATED"),
    ]
    expect_equal("records of a damaged file", found, wanted)
    kept = line("hardware", "notebook", date(2026, 3, 1), 2, 100, invoice="A", feed="a", priority=20)
    again = line("hardware", "notebook", date(2026, 3, 1), 2, 90, invoice="A", feed="b", priority=10)
    other = line("hardware", "notebook", date(2026, 3, 2), 2, 90, invoice="A", feed="b", priority=10)
    mark_repeats([again, other, kept])
    expect_equal("repeats across feeds", [x.is_duplicate for x in (kept, again, other)], [False, True, False])
    first = line("hardware", "notebook", date(2026, 3, 1), 1, 100, serials=("S1",))
    packs = [line("service", "notebook", date(2026, 3, d), 1, 999, serials=("S1",)) for d in (2, 3)]
    found = [(a.packs, a.units(), a.amount) for a in attach([first, *packs], plan_of())]
    expect_equal("a second pack on a covered serial", found, [(1, 1, 999), (1, 0, 999)])


def run():
    """All cases."""
    check_worked_attachment()
    check_worked_index()
    check_small_cases()
    print("naive self-check: the worked cases come out as by hand")
