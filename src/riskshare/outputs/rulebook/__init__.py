"""Every rule in words, on a terminal and in docs/rules.md, from the rule's own class: `riskshare rules`."""
