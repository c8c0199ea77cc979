"""The HTTP server for shares: cheroot, hardened against clients that stall, flood or blur where requests end.

Knows sockets and WSGI; not WebDAV, shares or Django.
"""

from webdav.server.dav_server import AddressUnusable, CertificateUnusable, DavServer, PortInUse, build_server

__all__ = ["AddressUnusable", "CertificateUnusable", "DavServer", "PortInUse", "build_server"]
