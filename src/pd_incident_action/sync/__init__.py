"""Syncing PagerDuty to Port's catalog: any number of incidents, in a fixed amount of memory."""
