"""Copying PagerDuty into Port's catalog: any number of incidents, in a fixed amount of memory."""
