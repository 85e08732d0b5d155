"""Dynamics CRM / Dataverse: Web API and form addresses."""
