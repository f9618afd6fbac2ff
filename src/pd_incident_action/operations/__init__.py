"""What the action can do with PagerDuty: one module for each operation, which is named like it.

A module that is here is an operation; nothing is listed. `Provider.load_operation` finds it.
"""
