"""The register: measures under Law 6284, what became of them, breaches and coercive detention (duties A1 and A3)."""
