"""The reference itself, against figures worked by hand: whoever trusts it can check it here without riskshare."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cases import FUNDS, HEAD, PARTNERS, write_model
from contracts import ADULT, GRANT, LOCALITIES, RESERVES, shared, toml
from reference import settle
from reference_money import RefusedError, cut, penny, split
from reference_payments import payments, reconciliation, settlement

COLUMNS = "line,fund,level,locality,holder,risk,budget,outturn"


def model(folder: Path, rules: tuple[str, ...], lines: str, more: str = "") -> Path:
    """Pools for the localities and one for the place, all with the same rules."""
    head = HEAD.format(name="by-hand") + PARTNERS + RESERVES + FUNDS + GRANT + ADULT
    head += '\n[[inputs]]\nfile = "inputs/lines.csv"\n'
    pools = [
        f'\n[[pools]]\ncode = "local"\nfor_each = "adult"\nscope = {{ level = ["locality"] }}\n{toml(rules)}',
        f'\n[[pools]]\ncode = "place"\nscope = {{ level = ["place"] }}\n{toml(rules)}',
    ]
    rows = [f"L{number},{line.strip()}" for number, line in enumerate(lines.strip().splitlines())]
    return write_model(folder, head + "".join(pools) + more, lines="\n".join([COLUMNS, *rows]), adult=LOCALITIES)


def pots(folder: Path, rules: tuple[str, ...], lines: str) -> dict[str, dict[str, int]]:
    """What every account holds in each pool, in pennies, pools without any left out."""
    return {pool: held for pool, held in settle(model(folder, rules, lines)).pots().items() if held}


def test_half_a_penny_goes_up_in_size() -> None:
    assert [penny(half) for half in (1, 0, -1)] == [1, 0, -1]
    assert [penny(Fraction(half, 2)) for half in (1, 3, -1, -3)] == [1, 2, -1, -2]


def test_parts_go_by_running_totals() -> None:
    """100.00 in three: 33.33, then 66.67 less 33.33, then the rest. A third of 0.01 each of three: 0, 1, 0."""
    assert split(10_000, [1, 1, 1]) == [3333, 3334, 3333]
    assert split(1, [1, 1, 1]) == [0, 1, 0]
    with pytest.raises(RefusedError):
        split(1, [0, 0])


def test_a_part_of_amounts_that_cancel_out() -> None:
    """A third of 600.00 and (597.00): 200.00, and round(1.00) - 200.00 = (199.00)."""
    assert cut([60_000, -59_700], Fraction(1, 3)) == [20_000, -19_900]


def test_a_ring_fence_binds_the_fund(tmp_path: Path) -> None:
    """100 and 200 left unspent, 150 overspent: the reserve keeps 150, 50 and 100 of it; 100, the rest, is shared."""
    lines = """
        grant,locality,GRAYS,,,1000,900
        grant,locality,TILBURY,,,1000,800
        grant,place,,,,1000,1150
    """
    assert pots(tmp_path, (shared("TRUST = 100"),), lines) == {
        "local:GRAYS": {"grant_reserve": 5_000, "TRUST": 5_000},
        "local:TILBURY": {"grant_reserve": 10_000, "TRUST": 10_000},
        "place": {"TRUST": -15_000},
    }


def test_a_reserve_is_drawn_pro_rata(tmp_path: Path) -> None:
    """Losses of 60,000 and 40,000 ask a reserve of 50,000: 30,000 and 20,000, and the place finds nothing left."""
    lines = """
        core,locality,GRAYS,,,100000,160000
        core,locality,TILBURY,,,100000,140000
        core,place,,,,100000,101000
    """
    drawn = ('reserve: side = "loss", reserve = "risk_reserve"', shared("TRUST = 100"))
    assert pots(tmp_path, drawn, lines) == {
        "local:GRAYS": {"risk_reserve": -3_000_000, "TRUST": -3_000_000},
        "local:TILBURY": {"risk_reserve": -2_000_000, "TRUST": -2_000_000},
        "place": {"TRUST": -100_000},
    }


def test_what_is_unshared_stays_with_those_who_hold_it(tmp_path: Path) -> None:
    """CCG gained 60,000, the council lost 59,970; of the 30 the first 10 are unshared, a third of what each held."""
    lines = "core,place,,CCG,,100000,40000\ncore,place,,COUNCIL,,100000,159970"
    rules = ('threshold: amount = 10, basis = "excess_only"', shared("TRUST = 100"))
    assert pots(tmp_path, rules, lines) == {"place": {"CCG": 2_000_000, "COUNCIL": -1_999_000, "TRUST": 2_000}}


def test_a_guarantee_by_a_role_goes_by_its_key(tmp_path: Path) -> None:
    """TRUST bears 600 of 1,000 but at most 500: of the other 100 the commissioners pay 25 and 75, as they share."""
    rules = (
        shared("TRUST = 60, commissioners = 40"),
        'allocate: from = "commissioners", key = { CCG = 1, COUNCIL = 3 }',
        'guarantee: partner = "TRUST", floor = -500, funded_by = "commissioners"',
    )
    held = pots(tmp_path, rules, "core,place,,CCG,,10000,11000")
    assert held == {"place": {"TRUST": -50_000, "CCG": -12_500, "COUNCIL": -37_500}}


def test_a_cap_of_partners_is_repeated_until_nobody_is_over(tmp_path: Path) -> None:
    """Of 100 three bear 50, 30 and 20, at most 40, 34 and all: 10 go 6 and 4; then CCG is 2 over for CHARITY."""
    rules = (
        shared("TRUST = 50, CCG = 30, CHARITY = 20"),
        'cap: limits = { TRUST = { amount = 40 }, CCG = { amount = 34 } }, excess_to = "others"',
    )
    held = pots(tmp_path, rules, "core,place,,CCG,,1000,1100")
    assert held == {"place": {"TRUST": -4_000, "CCG": -3_400, "CHARITY": -2_600}}


# The example of docs/decisions/0006-who-pays-whom.md.
OWED = "core,locality,GRAYS,CCG,,1000,900\ncore,locality,GRAYS,COUNCIL,,1000,950\ncore,place,,CCG,,1000,1010"
METHODS = {
    "pro_rata": {
        ("CCG", "TRUST"): 5_667,
        ("CCG", "CHARITY"): 3_333,
        ("COUNCIL", "TRUST"): 3_333,
        ("COUNCIL", "CHARITY"): 1_667,
    },
    "fewest": {("CCG", "TRUST"): 9_000, ("COUNCIL", "CHARITY"): 5_000},
    "through_host": {("CCG", "COUNCIL"): 9_000, ("COUNCIL", "TRUST"): 9_000, ("COUNCIL", "CHARITY"): 5_000},
}


@pytest.mark.parametrize("method", METHODS)
def test_who_pays_whom(method: str, tmp_path: Path) -> None:
    """CCG and COUNCIL owe 100 and 50, TRUST and CHARITY are owed them in the localities; at the place TRUST owes 10."""
    host = 'host = "COUNCIL"\n' if method == "through_host" else ""
    folder = model(tmp_path, (shared("TRUST = 100"),), OWED, f'\n[settlement]\nmethod = "{method}"\n{host}')
    text = (folder / "model.toml").read_text(encoding="utf-8")
    first = text.replace("shares = { TRUST = 100 }", 'shares = { TRUST = "2/3", CHARITY = "1/3" }', 1)
    (folder / "model.toml").write_text(first, encoding="utf-8")
    assert payments(settle(folder)) == METHODS[method]


def test_the_reconciliation_and_an_appropriation(tmp_path: Path) -> None:
    """The council's grant leaves 100 at the place and a fixed line of it overspends 30: its own reserve gets 70."""
    lines = "grant,place,,,,1000,900\ngrant,place,,,fixed,1000,1030\ncore,system,,CCG,,1000,995"
    settled = settle(model(tmp_path, (shared("TRUST = 100"),), lines))
    account, rows = settlement(settled), reconciliation(settled)
    assert (account.appropriated["COUNCIL"], account.settles["COUNCIL"], account.settles["TRUST"]) == (
        -7_000,
        -3_000,
        3_000,
    )
    assert payments(settled) == {("COUNCIL", "TRUST"): 3_000}
    assert (rows["COUNCIL"]["in_pools"], rows["COUNCIL"]["fixed"], rows["COUNCIL"]["after"]) == (10_000, -3_000, -3_000)
    assert (rows["CCG"]["no_pool"], rows["CCG"]["after"], rows["grant_reserve"]["after"]) == (500, 500, 7_000)
