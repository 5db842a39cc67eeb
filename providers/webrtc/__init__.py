"""The built-in room: packets forwarded by a worker process of its own, never decoded, never stored.

``adapter`` is the provider, ``client`` and ``spawn`` are the gateway's side of the worker. The worker, from the wire
inwards: ``mux`` (sockets) and ``forward`` (the hot path) over ``_aiortc`` (DTLS, SRTP); ``stun``, ``rtp``, ``rtcp``,
``twcc``, ``nack`` and ``sequence`` (bytes and numbers); ``uplink``, ``downlink``, ``path``, ``budget`` and ``voice``
(state of one stream or person); ``sdp`` and ``assembly`` (offer to peer); ``call`` and ``switchboard`` (who may be in,
who is); ``rounds`` and ``feedback`` (what is due by the clock); ``tokens``, ``control`` and ``worker`` (the process).
"""
