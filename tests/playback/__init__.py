"""Playback as players meet it: gateway processes, the embedded AWS and real HTTP between all of them."""
