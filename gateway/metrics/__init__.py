"""What a gateway counts and times, for Prometheus: no personal data, and labels of few values only.

``instruments`` are written to as things happen; ``reading`` is what is looked up when somebody asks; ``serving`` is the
listener, a port of its own that is off unless ``[metrics]`` is set. docs/operations.md has the alert rules.
"""
