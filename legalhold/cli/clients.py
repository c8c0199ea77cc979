"""How a share is opened with what people's systems already have."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

CLIENTS: Final = (
    ("Browser", "open {url}"),
    ("Windows Explorer", "This PC > Map network drive > {url} (a file over 47 MB: by browser)"),
    ("macOS Finder", "Go > Connect to Server > {url}"),
    ("Linux file managers", "Other Locations > {dav}"),
    ("davfs2", "mount -t davfs -o ro {url} /mnt/share"),
    (
        "rclone",
        "rclone copy :webdav: ./share --webdav-url={url} --webdav-user={user} --webdav-pass=$(rclone obscure -)",
    ),
    ("cadaver", "cadaver {url}"),
    ("curl", "curl --user {user} --output share.zip '{url}?zip'"),
)


def how_to_open(*, url: str, user_name: str) -> list[str]:
    """Return a line per client; none of them holds the password, which would stay in a shell's history."""
    scheme, host = urlsplit(url).scheme, urlsplit(url).netloc
    dav = f"{'davs' if scheme == 'https' else 'dav'}://{host}/dav/"
    width = max(len(name) for name, _ in CLIENTS)
    return [f"{name:<{width}}  {how.format(url=url, dav=dav, user=user_name)}" for name, how in CLIENTS]
