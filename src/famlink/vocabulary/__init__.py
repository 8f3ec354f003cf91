"""Words as data: relationships, event kinds, holders, formats and date forms, used by every floor above."""
