"""What docs/rules.md says around the rules: the pots, the order of things, and what all rules have in common."""

from __future__ import annotations

BEGINNING = """
A contract is an ordered list of rules for each pool. A pool starts with its whole variance, target less outturn, in
the pot `pool`: a gain is positive, a loss negative. Each rule moves money from pots to pots. Nothing is created or
lost, and the order is the one you write, because it changes the answer: of a gain of 12% of the target, a cap of 5%
followed by a share of 80% leaves 4%, the share followed by the cap 5%.

`riskshare rules` lists the rules and `riskshare rules cap` explains one, from the same source as this page. How real
schemes are expressed: [schemes.md](schemes.md).
"""

POTS = """
| Pot | What it holds |
| --- | --- |
| `pool` | The variance that is still to be shared. Rules that name no pot work on it. |
| the code of a partner | What the partner gains or bears in the end. |
| `commissioners`, `providers` | What the partners of a role hold together, until `allocate` splits it. |
| the code of a reserve | What the reserve takes in (positive) or pays (negative) this year; its balance is beside it. |
| `unshared` | What is not shared: it stays with those who hold the budgets. |
| `carry_forward` | What goes into next year. |
| `unallocated` | What nobody can bear or take: an account of its own in the settlement, for the board to decide. |
| `pool:CODE` | What is passed up to a pool that runs later, such as a locality's excess to its place. |
| any other word, such as `reinvestment` | Money on its way: a pot is there once a rule moves money to it. |
| `netted` | What `net` sets off between the pools of a group; it adds to zero over them. |

After the last rule money may stand only with partners, with reserves, in `unshared`, `carry_forward`, `unallocated`
and `pool:CODE`. A rule that works on a pot before anything was moved to it, and a pot on the way that is left with
money, are findings.
"""

ORDER = """
1. **Lines.** A line with `risk = "fixed"` leaves its pool; its holder keeps the variance. The other lines in the
   pool's scope give its target and its variance. What earlier pools passed up is added: that is what the pot `pool`
   starts with.
2. **Exclusions.** Every `exclude` comes first. The lines that leave count in no target and no variance of the pool.
3. **Ring-fence.** The net underspend of the ring-fenced funds in the pool goes to their reserve; an overspend stays.
   Nobody writes this rule.
4. **Rules** run in the order written. The pools of a group (one for each locality, or the rows of a table) run side by
   side; pool groups run in the order declared, so that money can only pass to a later one. Pools draw on a reserve in
   that order too.
5. **Unshared** money goes to the holders in proportion to their own variances after the ring-fence, or to the budgets
   they hold where those variances add to zero. Where a pool's variance is exactly zero and nothing was passed up to it,
   each holder keeps its own.
6. **Proof.** All pots together must be the variance, to the penny: a live check on the sheet Checks.
7. **Settlement.** A partner's entitlement (all that its pots hold) less its position (the variance it already bears as
   holder, and what it funded of changed targets) is what it receives or pays. Reserves, `carry_forward` and
   `unallocated` take part with a position of zero, so that transfers add to zero. Payers and receivers are matched in
   declared order.
"""

COMMON = """
- `side` says whether a rule works on gains, on losses or on both. On the other side it does nothing.
- Percentages are written as percentages (2.5 is 2.5%) with at most 6 decimals (10 in a table of pools), money in
  pounds with at most 2.
- A percentage of the target is of the target as rules above have changed it. Where that is zero or less and money
  moves, a percentage of it is an error.
- Limits and guarantees hold in each pool: a percent of a partner's whole income in each of four localities allows four
  times as much in all, and is a warning that says so.
- `{ column = "..." }` takes a term from the pool's row in a table of pools, so that it can vary by pool.
- An amount is rounded once, to the penny, half away from zero. Parts are cut by running totals, so that they add to the
  whole: part k = ROUND(total × W(k) ÷ W) - ROUND(total × W(k-1) ÷ W), W(k) being the weights up to part k.
- In the arithmetic below (1), (2), ... are the steps of the rule, `target` is the pool's target at that point, the name
  of a pot is what it holds before the rule, and a term is a number of the contract, shown on the sheet Terms.
"""

END = """
To add a rule of your own, see [CONTRIBUTING.md](../CONTRIBUTING.md#to-add-a-rule).
"""
