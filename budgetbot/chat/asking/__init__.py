"""The grammar of /spend and /budget: words to a query. Pure."""
