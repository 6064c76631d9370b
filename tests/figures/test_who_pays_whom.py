"""Who pays whom: the three methods, families of pool groups, reserves in somebody's books, and the live list."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from cases import FUNDS, HEAD, LINES_INPUT, PARTNERS, Answer, answer, findings, write_model
from contracts import (
    ADULT,
    GRANT,
    LOCAL,
    LOCALITIES,
    PLACE,
    TO_TRUST,
    by_locality,
    cap_of,
    contract,
    excluded,
    money,
    pools_contract,
    shared,
    toml,
)
from random_models import random_model
from recalculation import CellValues, cached, changed_by_input, differences, formulas, ironcalc, prove
from riskshare.build import build, compute
from riskshare.figures.computed import ComputedModel
from riskshare.figures.names import family_payments_table, paid_to_column
from riskshare.outputs.headline import headline
from riskshare.outputs.payments import Payment, payments_made
from riskshare.outputs.results import write_results

Paid = list[tuple[str, str, Decimal]]

# ------------------------------------------------------------------------------------------ methods


def with_method(folder: Path, settlement: str, lines: str, rules: tuple[str, ...], more: str = "") -> Answer:
    """One pool, `place`, settled as the contract says."""
    text = HEAD.format(name="method") + PARTNERS + more + FUNDS + LINES_INPUT + '\n[[pools]]\ncode = "place"\n'
    found = answer(write_model(folder / "method", text + toml(rules) + settlement, lines=lines))
    assert found.failing_checks() == []
    return found


def paid(*rows: str) -> Paid:
    """Payments written as `CCG TRUST 18.00`."""
    return [(payer, payee, Decimal(amount)) for payer, payee, amount in (row.split() for row in rows)]


# The CCG gains 60 and the council 40; of these the trust is to have 30 and the charity 70.
SIXTY_FORTY = "line,holder,budget,outturn\nc,CCG,1000,940\nl,COUNCIL,1000,960"
THIRTY_SEVENTY = (shared("TRUST = 30, CHARITY = 70"),)
METHODS = {
    "": paid("CCG TRUST 18.00", "CCG CHARITY 42.00", "COUNCIL TRUST 12.00", "COUNCIL CHARITY 28.00"),
    'method = "pro_rata"': paid("CCG TRUST 18.00", "CCG CHARITY 42.00", "COUNCIL TRUST 12.00", "COUNCIL CHARITY 28.00"),
    'method = "fewest"': paid("CCG TRUST 30.00", "CCG CHARITY 30.00", "COUNCIL CHARITY 40.00"),
    'method = "through_host"\nhost = "COUNCIL"': paid(
        "CCG COUNCIL 60.00", "COUNCIL TRUST 30.00", "COUNCIL CHARITY 70.00"
    ),
    'method = "through_host"\nhost = "TRUST"': paid("CCG TRUST 60.00", "COUNCIL TRUST 40.00", "TRUST CHARITY 70.00"),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_a_term_of_the_contract(method: str, tmp_path: Path) -> None:
    settlement = f"\n[settlement]\n{method}\n" if method else ""
    found = with_method(tmp_path, settlement, SIXTY_FORTY, THIRTY_SEVENTY)
    assert found.payments() == METHODS[method]
    assert found.settlement() == money({"CCG": "-60.00", "COUNCIL": "-40.00", "TRUST": "30.00", "CHARITY": "70.00"})


def test_pennies_that_do_not_divide_go_by_running_totals_and_the_last_takes_the_rest(tmp_path: Path) -> None:
    """The CCG owes 0.01 and the council 0.02, of which the trust is owed 0.02 and the charity 0.01.

    The trust: ROUND(0.02 x 0.01 / 0.03) = 0.01 from the CCG, 0.02 - 0.01 = 0.01 from the council. Then the council
    alone still owes, 0.01, which the charity is owed.
    """
    lines = "line,holder,budget,outturn\nc,CCG,10,9.99\nl,COUNCIL,10,9.98"
    found = with_method(tmp_path, "", lines, (shared("TRUST = 66.6666, CHARITY = 33.3334"),))
    assert found.payments() == paid("CCG TRUST 0.01", "COUNCIL TRUST 0.01", "COUNCIL CHARITY 0.01")


# Two families: the CCG's 100 and the council's 50 of the localities for the trust and the charity, two to one; at the
# place, whose loss of 10 the CCG holds, the trust owes it 10. Worked in docs/decisions/0006-who-pays-whom.md.
OF_THE_RECORD = {
    "pro_rata": paid("CCG TRUST 56.67", "CCG CHARITY 33.33", "COUNCIL TRUST 33.33", "COUNCIL CHARITY 16.67"),
    "fewest": paid("CCG TRUST 90.00", "COUNCIL CHARITY 50.00"),
    "through_host": paid("CCG COUNCIL 90.00", "COUNCIL TRUST 90.00", "COUNCIL CHARITY 50.00"),
}


@pytest.mark.parametrize("method", OF_THE_RECORD)
def test_the_example_of_the_decision_record(method: str, tmp_path: Path) -> None:
    lines = """
        line,level,locality,holder,budget,outturn
        c,locality,GRAYS,CCG,1000,900
        l,locality,GRAYS,COUNCIL,1000,950
        p,place,,CCG,1000,1010
    """
    two_to_one = shared("TRUST = 66.6667, CHARITY = 33.3333")
    pools = toml((two_to_one,)), toml((TO_TRUST,))
    text = HEAD.format(name="record") + PARTNERS + FUNDS + ADULT + LINES_INPUT.replace('level = "place"\n', "")
    text += f'\n[[pools]]\ncode = "local"\n{LOCAL}\n{pools[0]}\n[[pools]]\ncode = "place"\n{PLACE}\n{pools[1]}'
    host = 'host = "COUNCIL"\n' if method == "through_host" else ""
    text += f'\n[settlement]\nmethod = "{method}"\n{host}'
    found = answer(write_model(tmp_path / "record", text, lines=lines, adult=LOCALITIES))
    assert found.failing_checks() == []
    assert found.payments() == OF_THE_RECORD[method]


# ------------------------------------------------------------------------------------------ what is wrong in it


@pytest.mark.parametrize(
    ("settlement", "expected"),
    [
        (
            'method = "through_host"',
            "settlement: 'through_host' needs host = ..., the partner that keeps the pooled fund.",
        ),
        (
            'method = "fewest"\nhost = "CCG"',
            "settlement: method = 'fewest' has no host: write method = 'through_host', or leave host out.",
        ),
        (
            'method = "through_host"\nhost = "COUNCL"',
            "host of the settlement: there is no partner 'COUNCL'. Did you mean 'COUNCIL'?",
        ),
        (
            'method = "prorata"',
            "settlement.method = 'prorata'. Expected: 'pro_rata', 'through_host' or 'fewest'. Did you mean 'pro_rata'?",
        ),
    ],
)
def test_a_settlement_that_cannot_be_is_an_error(settlement: str, expected: str, tmp_path: Path) -> None:
    text = HEAD.format(name="wrong") + PARTNERS + FUNDS + LINES_INPUT + '\n[[pools]]\ncode = "place"\n'
    lines, written = "line,budget,outturn\na,1,1", f"\n[settlement]\n{settlement}\n"
    folder = write_model(tmp_path / "wrong", text + toml((TO_TRUST,)) + written, lines=lines)
    (found,) = findings(folder)
    assert found.startswith("error: model.toml, line")
    assert found.endswith(expected)


# ------------------------------------------------------------------------------------------ families


def test_no_place_pays_for_anothers_contract(tmp_path: Path) -> None:
    """In the localities the council owes the trust 100; at the place the CCG owes the charity 100.

    Totals matched in declared order would make the CCG pay the trust, though under its contract it owes nothing.
    """
    pools = {"local": (LOCAL, (TO_TRUST,)), "place": (PLACE, (shared("CHARITY = 100"),))}
    lines = by_locality(place=100).replace("budget,outturn", "holder,budget,outturn")
    lines = lines.replace("GRAYS,,1000,1000", "GRAYS,,COUNCIL,1000,900").replace("TILBURY,,", "TILBURY,,COUNCIL,")
    lines = lines.replace("registered,400", "registered,COUNCIL,400").replace("place,,,", "place,,,CCG,")
    found = pools_contract(tmp_path, pools, lines.replace("system,,,", "system,,,CCG,"))
    assert found.payments() == paid("CCG CHARITY 100.00", "COUNCIL TRUST 100.00")
    assert [entry.pools for entry in made(found)] == ["place £100.00", "local £100.00"]


def test_opposite_payments_of_a_pair_are_netted_over_families(tmp_path: Path) -> None:
    """The trust is owed 100 of Grays' gain by the CCG, and owes it 40 of the place's loss: the CCG pays 60."""
    pools = {"local": (LOCAL, (TO_TRUST,)), "place": (PLACE, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(grays=100, place=-40))
    assert found.payments() == paid("CCG TRUST 60.00")
    (payment,) = made(found)
    assert payment.because == "local £100.00 (Schedule 9); less place £40.00 (Schedule 9)"


def test_groups_that_pass_money_up_are_settled_together(tmp_path: Path) -> None:
    """A locality's gain passed up to the place is shared there: one family, so that the reason names both."""
    pools = {"local": (LOCAL, (shared('"pool:place" = 100'),)), "place": (PLACE, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(grays=100, place=-40))
    assert found.payments() == paid("CCG TRUST 60.00")
    assert [entry.because for entry in made(found)] == ["local, place £60.00 (Schedule 9)"]


def made(found: Answer) -> list[Payment]:
    return list(payments_made(found.built.plan.accounts, found.built.figures))


# ------------------------------------------------------------------------------------------ reserves in books

TWO_COUNCILS = """
[[reserves]]
code = "city_reserve"
name = "City's public health reserve"
holder = "COUNCIL"

[[reserves]]
code = "trust_reserve"
name = "Reserve in the trust's books"
holder = "TRUST"
"""


def test_a_county_does_not_pay_a_citys_ring_fenced_reserve(tmp_path: Path) -> None:
    """The council's grant leaves 30 for its own reserve: it sets that aside, and the CCG pays the trust its 100.

    Matched in declared order with reserves as if they were organisations, the CCG paid the council's reserve.
    """
    lines = "line,fund,budget,outturn\nhealth,grant,1000,970\ncore,core,1000,900"
    found = contract(tmp_path, (TO_TRUST,), lines)
    assert found.payments() == paid("CCG TRUST 100.00")
    assert found.settlement("appropriated") == money({"COUNCIL": "-30.00", "grant_reserve": "30.00"})
    assert found.settlement("settles") == money({"CCG": "-100.00", "TRUST": "100.00"})
    assert found.closing_balances()["grant_reserve"] == 30
    frame = found.built.figures["closing"].filter(pl.col("closing_reserve") == "grant_reserve")
    assert frame["closing_holder"].item() == "COUNCIL"


def test_what_others_owe_a_reserve_they_pay_its_holder(tmp_path: Path) -> None:
    """The CCG's gain of 100 goes to a reserve in the trust's books: the CCG pays the trust, which sets it aside."""
    lines = "line,budget,outturn\ncore,1000,900"
    found = with_method(tmp_path, "", lines, (shared("trust_reserve = 100"),), TWO_COUNCILS)
    assert found.payments() == paid("CCG TRUST 100.00")
    assert found.settlement("appropriated") == money({"TRUST": "-100.00", "trust_reserve": "100.00"})


def test_an_account_of_nobody_pays_and_is_paid(tmp_path: Path) -> None:
    """Of the CCG's gain of 100 the trust may have 60: 40 is owed to `unallocated`, for the board to decide on."""
    found = contract(tmp_path, (cap_of("pool", "{ amount = 60 }"), TO_TRUST), "line,budget,outturn\na,1000,900")
    assert found.payments() == paid("CCG TRUST 60.00", "CCG unallocated 40.00")


# ------------------------------------------------------------------------------------------ the list is live


def on_sheet(values: CellValues, sheet: str, rows: int, columns: str = "ABCD") -> list[tuple[object, ...]]:
    """The rows of the list of payments on a sheet, from its first row on, those that are used."""
    top = 8
    found = [tuple(values.get((sheet, f"{letter}{row}")) for letter in columns) for row in range(top, top + rows)]
    return [row[1:] for row in found if row[-1]]


def test_the_list_rearranges_itself_when_an_input_changes(tmp_path: Path) -> None:
    """The council's gain of 40 becomes a loss of 40: then it is owed, and the CCG alone pays; all checks still hold."""
    text = HEAD.format(name="live") + PARTNERS + FUNDS + LINES_INPUT + '\n[[pools]]\ncode = "place"\n'
    folder = write_model(tmp_path / "live", text + toml(THIRTY_SEVENTY), lines=SIXTY_FORTY)
    delivered, changed = tmp_path / "live.xlsx", tmp_path / "changed.xlsx"
    built, _ = build(folder, delivered, prove=None)
    assert built is not None
    assert prove(delivered, ironcalc) == []
    rows = built.figures["payment list"].height
    assert on_sheet(cached(delivered), "Settlement", rows) == [
        (payer, payee, float(amount)) for payer, payee, amount in METHODS[""]
    ]
    changed_by_input(delivered, changed, {("Lines", outturn_cell(delivered, "l")): 1040})
    write_model(folder, text + toml(THIRTY_SEVENTY), lines=SIXTY_FORTY.replace("1000,960", "1000,1040"))
    again, _ = build(folder, tmp_path / "again.xlsx", prove=None)
    assert again is not None
    now = Answer(again)
    assert now.payments() == paid("CCG COUNCIL 40.00", "CCG TRUST 6.00", "CCG CHARITY 14.00")
    assert now.failing_checks() == []
    recalculated = ironcalc([changed])[0]
    assert differences(cached(tmp_path / "again.xlsx"), recalculated, formulas(changed)) == []
    assert on_sheet(recalculated, "Settlement", rows) == [
        (payer, payee, float(amount)) for payer, payee, amount in now.payments()
    ]


def outturn_cell(workbook: Path, line: str) -> str:
    """The cell of a line's outturn on the sheet Lines."""
    sheet = load_workbook(workbook)["Lines"]
    top = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "Line")
    column = next(number for number, cell in enumerate(sheet[top], start=1) if str(cell.value).startswith("Outturn (£"))
    row = next(row for row in range(top + 1, top + 20) if sheet.cell(row, 1).value == line)
    return str(sheet.cell(row, column).coordinate)


# ------------------------------------------------------------------------------------------ many accounts


def many(count: int, method: str) -> tuple[str, str]:
    """Partners that each hold a line, every other one with a gain, and share all of it equally."""
    codes = [f"P{number:02}" for number in range(count)]
    partners = "".join(f'\n[[partners]]\ncode = "{code}"\nname = "{code}"\nrole = "commissioner"\n' for code in codes)
    amounts = (1000 + (7 * number + 1) * (-1) ** number for number in range(count))
    lines = "line,holder,budget,outturn\n" + "\n".join(
        f"{code},{code},1000,{amount}" for code, amount in zip(codes, amounts, strict=True)
    )
    to_all = "share_ranges: bands = [{ shares = { commissioners = 100 } }]"
    rules = toml((to_all, 'allocate: from = "commissioners", key = "equal"'))
    funds, pool = FUNDS.replace('"CCG"', '"P00"'), '\n[[pools]]\ncode = "place"\n'
    text = HEAD.format(name="many") + partners + funds + LINES_INPUT + pool + rules
    return f'{text}\n[settlement]\nmethod = "{method}"\n', lines


@pytest.mark.parametrize(("method", "most"), [("pro_rata", 61), ("fewest", 40)])
def test_forty_accounts_are_settled_with_short_formulas(method: str, most: int, tmp_path: Path) -> None:
    """Twenty owe twenty: 400 payments pro rata, of which the list shows 60 and the total of all others."""
    text, lines = many(40, method)
    workbook = tmp_path / "many.xlsx"
    built, _ = build(write_model(tmp_path / "many", text, lines=lines), workbook)
    assert built is not None
    assert Answer(built).failing_checks() == []
    listed = built.figures["payment list"]
    assert listed.height == most
    assert listed["paid_amount"].sum() == built.figures["payments"]["paid"].sum() > 0
    longest = max((formula for (sheet, _), formula in formulas(workbook).items() if "ayment" in sheet), key=len)
    assert len(longest) < 400, longest


# ------------------------------------------------------------------------------------------ whatever the model


SEEDS = range(7_000, 7_040)
"""Random models: every method, reserves in anybody's books, pools that pass money up."""


def computed(folder: Path, seed: int) -> ComputedModel:
    built, found = compute(random_model(folder / f"seed-{seed}", seed))
    assert built is not None, "\n".join(map(str, found))
    return built


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_pays_who_does_not_owe_and_all_are_settled(seed: int, tmp_path: Path) -> None:
    """In every family gross, before netting: payers owe there, payees are owed there, both to the penny."""
    built = computed(tmp_path, seed)
    assert Answer(built).failing_checks() == []
    assert_settled(built)
    if built.plan.model.settlement.method == "pro_rata":
        for family in built.plan.accounts.families:
            assert_only_those_pay_who_owe(built.figures[family_payments_table(family.code)], family.accounts)


def assert_settled(built: ComputedModel) -> None:
    settles = dict(built.figures["settlement"].select("account", "settles").rows())
    for entry in payments_made(built.plan.accounts, built.figures):
        settles[entry.payer] += entry.amount
        settles[entry.payee] -= entry.amount
        assert not entry.reasons or sum(reason.amount for reason in entry.reasons) == entry.amount
    assert set(settles.values()) == {Decimal(0)}


def assert_only_those_pay_who_owe(frame: pl.DataFrame, accounts: Sequence[str]) -> None:
    for row in frame.iter_rows(named=True):
        given = [row[paid_to_column(account)] for account in accounts]
        assert all(amount >= 0 for amount in given)
        assert sum(given) == row["owes"]
        assert frame[paid_to_column(row["payer"])].sum() == row["owed"]


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_the_order_of_partners_moves_pennies_at_most(seed: int, tmp_path: Path) -> None:
    """Pro rata, partners declared the other way round: a payment moves by pennies, since each is cut once per payee.

    What the contract's own rules cut among partners in declared order moves by pennies as well.
    """
    text, lines = many(7, "pro_rata")
    one = answer(write_model(tmp_path / "many", text, lines=lines.replace(",1000,", f",{1000 + seed % 7},")))
    head, *blocks = text.partition("\n[[funds]]")[0].split("\n[[partners]]")
    turned = "\n[[partners]]".join([head, *reversed(blocks)]) + "\n[[funds]]" + text.partition("\n[[funds]]")[2]
    other = answer(write_model(tmp_path / "many", turned, lines=lines.replace(",1000,", f",{1000 + seed % 7},")))
    first = {(payer, payee): amount for payer, payee, amount in one.payments()}
    second = {(payer, payee): amount for payer, payee, amount in other.payments()}
    for pair in {*first, *second}:
        assert abs(first.get(pair, Decimal(0)) - second.get(pair, Decimal(0))) <= Decimal("0.05"), pair


# ------------------------------------------------------------------------------------------ in words


def test_a_payment_says_what_it_is_for_in_a_file_and_on_the_terminal(tmp_path: Path) -> None:
    pools = {"local": (LOCAL, (TO_TRUST,)), "place": (PLACE, (TO_TRUST,))}
    found = pools_contract(tmp_path, pools, by_locality(grays=100, place=-40))
    write_results(tmp_path, found.built.plan, found.built.figures)
    assert (tmp_path / "payments.csv").read_text().splitlines() == [
        "from,to,amount,because",
        "CCG,TRUST,60.00,local £100.00 (Schedule 9); less place £40.00 (Schedule 9)",
    ]
    assert "  CCG pays TRUST  60.00   local £100.00; place -£40.00\n" in headline(found.built, 100)


def test_lines_taken_out_are_in_no_payment(tmp_path: Path) -> None:
    """An excluded gain of 200 stays with its holder: only the other 100 is paid for."""
    lines = "line,service,budget,outturn\na,Beds,1000,900\nb,Carers,1000,800"
    found = contract(tmp_path, (excluded('service = ["Carers"]'), TO_TRUST), lines)
    assert found.payments() == paid("CCG TRUST 100.00")


def test_a_grant_of_two_holders_is_settled_with_the_reserves_holder(tmp_path: Path) -> None:
    """Two grants share a reserve in the council's books; what the CCG's grant left unspent it pays the council."""
    assert 'holder = "COUNCIL"' in GRANT
    lines = "line,fund,budget,outturn\na,grant,1000,990\nb,second_grant,1000,980\nc,core,1000,1000"
    found = contract(tmp_path, (TO_TRUST,), lines)
    assert found.payments() == paid("CCG COUNCIL 20.00")
    assert found.settlement("appropriated") == money({"COUNCIL": "-30.00", "grant_reserve": "30.00"})
