"""What an administrator installs in CRM, NAV, Business Central and browsers, filled in and checked.

Templates and names are data in manifest/; this package renders and checks them. It writes no file and asks no server.
"""

from coupler.manifests.artefacts import KINDS, Artefact, Options, build
from coupler.manifests.checks import Finding, check, check_files
from coupler.manifests.surfaces import Surfaces, load_surfaces

__all__ = ["KINDS", "Artefact", "Finding", "Options", "Surfaces", "build", "check", "check_files", "load_surfaces"]
