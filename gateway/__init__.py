"""The running service: settings, wiring, the wire, sockets and the command line."""
