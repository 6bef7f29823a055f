"""The grammar, as people are told it."""

from __future__ import annotations

HELP = """\
spend                                        this month, by project, the top 10
spend research                               a project, key, user, model or team by name or id; globs too: ci-*
spend project:research by model last 7 days  dimension:value; key:, user:, provider:, source:, line_item:, any label
spend not project:research                   everything but that; -project:research is the same
spend project:"my project"                   quotes around a name with blanks, or one that is a word of this list
spend without owner                          what has no such label or dimension (project:none is the same)
spend by key yesterday top 5                 by project key user model line_item provider source hour day week month
                                             or a label; several: by project model
When (this month where nothing is said):
  today, yesterday, this week, last week, this month, last month, this or last quarter or year
  last 7 days, 30d                           today included
  wtd, mtd, qtd, ytd                         this week, month, quarter, year as far as it has come
  2026-10, 2026-11-03                        a month, a day
  since 2026-11-01, 2026-11-01..2026-11-15   the last day included
spend vs last month                          beside the same days of another period:
                                             vs yesterday, last week, last month, last quarter, last year, previous
spend why yesterday                          what the change comes from, against `vs ...` or else the same before it:
                                             what is new or gone, and in the rest volume, price and mix
spend me                                     what you own, by the label owner; else what you use
spend over $50                               rows above an amount; what is left out is one row
spend in EUR                                 in another currency, by the rates of the policy
spend share                                  in Slack: the answer is for the whole channel
Words stand in any order. Weeks start on Monday."""
