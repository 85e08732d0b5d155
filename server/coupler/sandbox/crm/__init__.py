"""Dataverse side of the sandbox: the Web API of one organization (protocols 1 and 7.2)."""
