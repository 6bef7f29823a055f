"""The edge to Slack: both transports, one handler path; the app and its set-up."""
