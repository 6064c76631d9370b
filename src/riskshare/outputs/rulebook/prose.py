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
and `pool:CODE`. A rule that works on a pot before anything was moved to it, a partner's too, and a pot on the way that
is left with money, are errors: order is data.
"""

ORDER = """
1. **Lines.** A line with `risk = "fixed"` leaves its pool; its holder keeps the variance. The other lines in the
   pool's scope give its target and its variance. What earlier pools passed up is added: that is what the pot `pool`
   starts with.
2. **Exclusions.** Every `exclude` comes first. The lines that leave count in no target and no variance of the pool.
3. **Ring-fence.** Nobody writes this rule. What ring-fenced funds left unspent over all their lines, in pools or not,
   goes to their reserve and never less than nothing: first from the pools that underspent them, in proportion to what
   each left unspent; the rest from those who hold such lines outside the pools. An overspend stays in its pool. With
   `over = "pool"` each pool gives all that it left unspent. Funds that share a reserve are taken together.
4. **Rules** run in the order written. The pools of a group (one for each locality, or the rows of a table) run side by
   side; pool groups run in the order declared, so that money can only pass to a later one. The pools of a group draw on
   a reserve together, in proportion to what they ask or in the order that the rule states; groups one after the other.
5. **Unshared** money stays with the holders. Each keeps of its own variance the part that the rules leave unshared, and
   what is unshared beyond that (what was passed up, what the board gave) goes by the budgets they hold. A holder's own
   variance is that of its lines in the pool, less what the ring-fence took of its underspend, with the changes of the
   target that it funded before the first rule that takes a part. A pool whose variance is exactly zero is shared like a
   gain of nothing: see [the part that stays unshared](arithmetic.md#the-part-that-stays-unshared).
6. **Guarantees** hold after the last rule, or the build stops.
7. **Proof.** All pots together must be the variance, to the penny: a live check on the sheet Checks.

   **Over all pools.** The rules of `[[overall.rules]]` run last, on what every account holds after all pools: limits
   and guarantees of a whole year, whatever the pools are. Targets and contributions are those of all pools together.
   `allocate`, `cap`, `carry_forward`, `decision`, `guarantee`, `outcomes` and `withhold` can stand there. The split
   by locality stays as the pools left it; what the stage moves is settled by itself.
8. **Settlement.** A partner's entitlement (all that its pots hold) less its position (the variance it already bears as
   holder, and what it funded of changed targets) is its transfer. Reserves, `carry_forward` and `unallocated` have a
   position of zero, so that transfers add to zero. What a partner owes its own reserve it sets aside in its books, or
   draws from it: an appropriation, never a payment. So each partner settles its transfer together with those of the
   reserves that it holds.
9. **Payments** pass between organisations, and to or from `carry_forward` and `unallocated`. By
   `[settlement] method = "pro_rata"`, which is meant where nothing is said, pool groups that pass money up to one
   another are settled together and others apart. There each account that is owed, in the order declared, is paid by
   those who still owe, in proportion: of what is owed, R, payer k pays ROUND(R × L(k) ÷ L) - ROUND(R × L(k-1) ÷ L),
   L(k) being what payers up to k still owe. Then what two organisations owe each other is netted. `"through_host"`
   (with `host`): all pay, or are paid by, the host. `"fewest"`: totals are matched in the order declared.
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
- A fraction in quotes, `"1/3"`, is a part of the whole that no percentage is. It is exact: a third of £3,000,000 is
  £1,000,000.00, while 33.333333% of it is £999,999.99.
- `where` and `scope` match values, `service = ["Beds"]`, or all but some, `service = { not = ["Beds"] }`. Every column
  that is given must match. A cell that is empty is not one of the values, so it matches `not`.
- An amount is rounded once, to the penny, half away from zero. Parts are cut by running totals, so that they add to the
  whole: part k = ROUND(total × W(k) ÷ W) - ROUND(total × W(k-1) ÷ W), W(k) being the weights up to part k.
- In the arithmetic below (1), (2), ... are the steps of the rule, `target` is the pool's target at that point, the name
  of a pot is what it holds before the rule, and a term is a number of the contract, shown on the sheet Terms.
"""

SHARED = """
Rules that several pools have in common are written once, as a list that the pools name. What differs stands in the
pool's own terms, and a rule asks for one by `{ term = "..." }` in place of any value: a number, a word, a whole table.

```toml
[[rule_lists]]
code = "sharing"
rules = [
  { rule = "share_ranges", clause = "Para 1", bands = [{ shares = { TRUST = { term = "rate" }, CCG = "rest" } }] },
  { rule = "cap", clause = "Para 2", from = "TRUST", limit = { amount = { term = "most" } }, excess_to = "CCG" },
]

[[pools]]
code = "basic"
table = "inputs/pools.csv"
holder = "CCG"
where = { track = ["basic"] }
rules_from = "sharing"
terms = { rate = 50, most = 10_000 }
variants = [
  { code = "enhanced", where = { track = ["enhanced"] }, terms = { rate = 75 } },
]
```

- `rules_from` names a list, or several in the order in which they apply. The pool's own `rules` come after them.
- `variants` are further pool groups, with all keys of the pool but for those that a variant states otherwise. Terms are
  added to the pool's terms; a name is not taken over. They run after the pool, in their order.
- Every pool has its own copy: on the sheets each has its terms, and a term's line of `model.toml` is the one that it is
  written on, in the list, the pool or the variant. To the audit a list is what its pools say, however it is written.
- A list that is misspelt or that nobody names, a term that is missing or that nothing asks for: each is a finding.
"""

YEARS = """
What is left of a reserve, and what was carried forward, stands in `balances.csv` of the results. The file is next
year's input as it is: a reserve opens with its own account of it, or with another that it names.

```toml
[[reserves]]
code = "last_year"
name = "Brought forward from last year"
holder = "CCG"
balances = "inputs/balances.csv"
account = "carry_forward"

[[pools.rules]]
rule = "carry_forward"
clause = "Schedule 9.4, para 12"
balance = "last_year"
```

A loss that was carried forward is negative, in the file or as `opening = -50_000`, and lowers what the pools share. A
balance in the file that no reserve opens with, and a loss that no rule brings in, are told with their amounts.
"""

END = """
To add a rule of your own, see [CONTRIBUTING.md](../CONTRIBUTING.md#to-add-a-rule).
"""
