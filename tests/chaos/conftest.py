"""The same day as the gateway's tests have."""

from tests.gateway.conftest import today

__all__ = ["today"]
