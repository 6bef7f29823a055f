"""People ask and act: the words of /spend, the answers, the buttons, and the edge to Slack."""
