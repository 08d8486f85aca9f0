"""Serves the components to programs in other languages, as a Pulumi component package."""

from pulumi.provider.experimental import component_provider_host

from genai_tiers import __version__, aws
from genai_tiers.lineage import PACKAGE

if __name__ == "__main__":
    component_provider_host([getattr(aws, name) for name in aws.__all__], PACKAGE, version=__version__)
