"""The words of /spend and `budgetbot spend`, and answers in plain text."""
