"""The register of measures and the law's clock on the screen."""
