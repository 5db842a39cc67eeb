"""The media worker, in a process where making any decoder or encoder raises."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parents[2]))

import aiortc.codecs
import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender

from providers.webrtc.worker import main


def refuse(*_args: Any, **_options: Any) -> NoReturn:
    raise AssertionError("a codec was made")


for module in (aiortc.codecs, aiortc.rtcrtpreceiver, aiortc.rtcrtpsender):
    for name in ("get_decoder", "get_encoder"):
        if hasattr(module, name):
            setattr(module, name, refuse)
for name in ("Vp8Decoder", "Vp8Encoder", "H264Decoder", "H264Encoder", "OpusDecoder", "OpusEncoder"):
    getattr(aiortc.codecs, name).__init__ = refuse

sys.exit(main())
