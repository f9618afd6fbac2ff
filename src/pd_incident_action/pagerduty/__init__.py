"""PagerDuty's APIs, each behind typed methods, one for each endpoint in use."""
