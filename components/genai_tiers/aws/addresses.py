"""The APIs at another address: that of the distribution before them."""

from urllib.parse import urlsplit

import pulumi


def websocket_at(app_url: pulumi.Input[str], websocket_url: pulumi.Input[str]) -> pulumi.Output[str]:
    """The stage of a WebSocket API at the address of the page, whose distribution hands its path on."""
    return pulumi.Output.all(app_url, websocket_url).apply(
        lambda urls: f"ws{urls[0].removeprefix('http')}{urlsplit(urls[1]).path}"
    )
