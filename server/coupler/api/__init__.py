"""The web front end: blueprints per resource. Translates requests and answers; decides nothing about couplings."""
