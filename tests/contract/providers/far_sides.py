"""Every provider's far side, by the provider's name: a new one adds a line."""

from __future__ import annotations

from collections.abc import Mapping

from tests.contract.providers.far_side import FarSide
from tests.contract.providers.of_harutaka import OfHarutaka
from tests.contract.providers.of_scripted import OfScripted
from tests.contract.providers.of_webrtc import OfWebrtc
from tests.contract.providers.of_zoom import OfZoom

FAR_SIDES: Mapping[str, type[FarSide]] = {
    "scripted": OfScripted,
    "harutaka": OfHarutaka,
    "zoom": OfZoom,
    "webrtc": OfWebrtc,
}
